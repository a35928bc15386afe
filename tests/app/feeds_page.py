"""A page with nothing but the inside of the dialog: a simulation can't act in an open dialog."""

from dyno_core.ui.calendar_feeds import feeds
from dyno_core.ui.session import current_actor, current_app

feeds(current_app(), current_actor())
