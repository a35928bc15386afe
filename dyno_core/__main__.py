"""``python -m dyno_core``: see `dyno_core.cli`."""

import sys

from dyno_core.cli import main

sys.exit(main())
