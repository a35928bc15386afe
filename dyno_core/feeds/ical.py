"""A feed as RFC 5545 wants it. Escaping, folding and line ends are the library's; nothing is put together by hand."""

import re
from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any, Final

from dyno_core.feeds.reading import Event
from dyno_core.period import say_days

_REFRESH: Final = timedelta(hours=1)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What ends a line somewhere, or may not stand in a calendar at all."""
_STATES: Final = {"in_progress": "in progress"}


def calendar_of(name: str, events: Iterable[Event]) -> bytes:
    """The feed's text. The same plan gives the same text, so that it can be told apart by its hash."""
    from icalendar import Calendar  # noqa: PLC0415 - a fifth of a second that only who serves a feed needs

    calendar = Calendar()
    calendar.add("PRODID", "-//Dyno-Agent//Dyno-Agent//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("NAME", _plain(name))
    calendar.add("X-WR-CALNAME", _plain(name))
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")  # the same for Outlook, as text: the library knows no type for it
    for event in events:
        calendar.add_component(_event(event))
    return bytes(calendar.to_ical())


def _event(event: Event) -> Any:
    from icalendar import Event as CalendarEvent  # noqa: PLC0415 - as above

    one = event.allocation
    made = CalendarEvent()
    # The number alone would name another event once a database is set up anew.
    made.add("UID", f"allocation-{one.id}-{one.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}@dyno-agent")
    made.add("DTSTAMP", event.changed_at.astimezone(UTC))
    made.add("LAST-MODIFIED", event.changed_at.astimezone(UTC))
    made.add("CREATED", one.created_at.astimezone(UTC))
    made.add("SEQUENCE", one.version)
    made.add("DTSTART", one.start_date)
    made.add("DTEND", one.end_date + timedelta(days=1))  # the day after the last one
    made.add("SUMMARY", _plain(_summary(event)))
    made.add("LOCATION", _plain(f"{one.dyno}, {one.facility}"))
    made.add("DESCRIPTION", "\n".join(_plain(line) for line in _description(event)))
    made.add("CATEGORIES", ["Maintenance" if one.kind == "maintenance" else _plain(one.test_type or "Test")])
    made.add("STATUS", "TENTATIVE" if one.disputed or one.status == "tentative" else "CONFIRMED")
    made.add("TRANSP", "TRANSPARENT")  # a rig is taken, not the person who looks at it
    return made


def _summary(event: Event) -> str:
    one = event.allocation
    if one.kind == "maintenance":
        return f"Maintenance of {one.dyno}{f': {event.reason}' if event.reason else ''}"
    return f"{one.vehicle}: {one.test_type}{f', {one.leg}' if one.leg else ''} on {one.dyno}"


def _description(event: Event) -> list[str]:
    """No VIN: an address that leaks tells as little as it can."""
    one = event.allocation
    state = "disputed, needs another place" if one.disputed else _STATES.get(one.status, one.status)
    facts = [("State", state), ("Length", say_days(one.days)), ("Program", one.program), ("Contact", one.contact)]
    return [f"{name}: {said}" for name, said in facts if said] + [f"Number: {one.id}"]


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()
