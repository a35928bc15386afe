"""Calendar feeds: the plan of a dyno, a vehicle or a person for the calendar program they use anyway."""

from dyno_core.feeds.addresses import MOST_FEEDS, Feed, NewFeed, create_feed, list_feeds, open_feed, revoke_feed
from dyno_core.feeds.ical import calendar_of
from dyno_core.feeds.reading import Event, events_of

__all__ = [
    "MOST_FEEDS",
    "Event",
    "Feed",
    "NewFeed",
    "calendar_of",
    "create_feed",
    "events_of",
    "list_feeds",
    "open_feed",
    "revoke_feed",
]
