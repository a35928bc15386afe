"""A page with nothing but what changes one's own password.

The entry itself can't be driven twice in a simulation: from its second run on, that one runs the page's file alone.
"""

from dyno_core.ui.account import own_password
from dyno_core.ui.session import current_actor

own_password(current_actor())
