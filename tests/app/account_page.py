"""A page with nothing but the foot of the sidebar.

The entry itself can't be driven twice in a simulation: from its second run on, that one runs the page's file alone.
"""

from dyno_core.ui.account import account_foot
from dyno_core.ui.session import current_actor

account_foot(current_actor())
