"""The rules that tell what a message without an order wants, in their order: the first that fits wins."""

import re
from typing import Final

from dyno_core.agent.models.offline.guards import Guard
from dyno_core.agent.models.offline.rules_dynos import FREE, HELD
from dyno_core.agent.models.offline.rules_past import PAST
from dyno_core.agent.models.offline.rules_plan import PLAN, ROWS
from dyno_core.agent.models.offline.rules_talk import TALK

RULES: Final[tuple[tuple[str, re.Pattern[str], Guard], ...]] = tuple(
    (name, re.compile(pattern), guard) for name, pattern, guard in (*TALK, *PAST, *HELD, *PLAN, *FREE, *ROWS)
)
