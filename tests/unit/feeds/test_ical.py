"""Feeds as RFC 5545 wants them, whatever people wrote into the plan."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from icalendar import Calendar

from dyno_core.booking import Allocation
from dyno_core.feeds import Event, calendar_of

MADE = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
CHANGED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def an_event(reason: str = "", **changes: Any) -> Event:
    facts: dict[str, Any] = {
        "id": 559, "kind": "test", "dyno_id": 1, "dyno": "PGN 1", "facility": "Northfield", "vehicle_id": 7,
        "vin": "1HGBH41JXMN109186", "tag": "T-104", "program": "P1", "contact": "A. Novak", "test_type": "brake",
        "leg": "5-75K", "start_date": date(2026, 12, 3), "end_date": date(2026, 12, 8), "status": "scheduled",
        "disputed": False, "planned_start_date": None, "planned_end_date": None, "actual_start_date": None,
        "actual_end_date": None, "notes": "secret", "created_by": "a@b.c", "created_at": MADE, "source": "calendar",
        "version": 3,
    }  # fmt: skip
    return Event(Allocation(**facts | changes), CHANGED, reason)


def parsed(*events: Event, name: str = "PGN 1") -> list[Any]:
    return list(Calendar.from_ical(calendar_of(name, events)).walk("VEVENT"))


def test_an_allocation_is_an_all_day_event_that_ends_the_day_after_its_last() -> None:
    (event,) = parsed(an_event())

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 12, 3), date(2026, 12, 9))
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["UID"] == "allocation-559-20261102T083000Z@dyno-agent"
    assert (event["SEQUENCE"], event["DTSTAMP"].dt, event["CREATED"].dt) == (3, CHANGED, MADE)
    assert event["SUMMARY"] == "T-104: brake, 5-75K on PGN 1"
    assert event["LOCATION"] == "PGN 1, Northfield"
    assert event["DESCRIPTION"] == "State: scheduled\nLength: 6 days\nProgram: P1\nContact: A. Novak\nNumber: 559"
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "TRANSPARENT")


def test_an_address_that_leaks_tells_no_vin_and_no_notes() -> None:
    text = calendar_of("PGN 1", [an_event()])

    assert b"1HGBH41JXMN109186" not in text
    assert b"secret" not in text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "tentative"}, "TENTATIVE"),
        ({"disputed": True}, "TENTATIVE"),
        ({"status": "in_progress"}, "CONFIRMED"),
        ({"status": "completed"}, "CONFIRMED"),
    ],
)
def test_what_does_not_hold_its_place_is_tentative(changes: dict[str, Any], status: str) -> None:
    (event,) = parsed(an_event(**changes))

    assert event["STATUS"] == status


def test_a_maintenance_window_tells_its_reason() -> None:
    (event,) = parsed(an_event("Calibration, yearly; rollers", kind="maintenance", vehicle_id=None, test_type=None))

    assert event["SUMMARY"] == "Maintenance of PGN 1: Calibration, yearly; rollers"


@pytest.mark.parametrize(
    "tag",
    [
        "T1\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged",
        "T1\nX-EVIL:1",
        "T1\rATTACH:http://evil",
        "T1\u2028X\x00\x85Y",
        'a,b;c\\n\\,d:e"f',
        "\\",
    ],
)
def test_nothing_that_people_write_leaves_its_field(tag: str) -> None:
    text = calendar_of(
        tag, [an_event(tag, tag=tag, contact=tag, program=tag, leg=tag, dyno=tag, facility=tag, test_type=tag)]
    )
    lines = text.split(b"\r\n")

    assert [line for line in lines if line.startswith((b"BEGIN", b"END"))] == [
        b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"END:VEVENT", b"END:VCALENDAR",
    ]  # fmt: skip
    assert not any(line.startswith((b"X-EVIL", b"ATTACH")) for line in lines)
    assert not any(sign < 32 and sign not in (13, 10) for sign in text)
    assert text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n")
    (event,) = parsed(an_event(tag=tag))
    for word in "".join(sign if sign.isprintable() else " " for sign in tag).split():
        assert word in event["SUMMARY"]


def test_long_lines_are_folded_between_characters() -> None:
    name = "Ä🚗" * 60
    text = calendar_of("PGN 1", [an_event(tag=name)])

    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    (event,) = parsed(an_event(tag=name))
    assert name in event["SUMMARY"]


def test_the_calendar_says_what_it_is_and_how_often_to_look() -> None:
    calendar = Calendar.from_ical(calendar_of("PGN 1", []))

    assert (calendar["VERSION"], calendar["X-WR-CALNAME"], calendar["NAME"]) == ("2.0", "PGN 1", "PGN 1")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n" in calendar_of("PGN 1", [])
    assert calendar_of("PGN 1", [an_event()]) == calendar_of("PGN 1", [an_event()])
