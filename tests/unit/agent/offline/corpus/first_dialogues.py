"""The first corpus: dialogues. Every third one was held out when the first rules were written."""

from tests.unit.agent.offline.corpus.entries import (
    CANCEL,
    CHECK,
    EXPLAIN,
    MOVE,
    WINDOW,
    Dialogue,
    Turn,
    asks,
    book,
    calls,
    find,
    says,
)
from tests.unit.agent.offline.corpus.results import BOOKED, BRAKE_13, DECLINED, HEAVY, NO_DYNO, allocation, ok

FIRST_DIALOGUES: tuple[Dialogue, ...] = (
    Dialogue("missing parts are given one after the other", (
        Turn("book vehicle 13", asks("start", "days", "test_type")),
        Turn("brake", asks("start", "days")),
        Turn("7 December", asks("days")),
        Turn("3", BRAKE_13, (BOOKED,)),
    )),
    Dialogue("missing parts are given at once", (
        Turn("I want to book 195W114", asks("start", "days", "test_type")),
        Turn("brake test, from 7 December for three days", book(tag="195W114", start="2026-12-07", days=3, test="brake")),
    )),
    Dialogue("a declined booking is made two days later", (
        Turn("book vehicle 13 for brake from 7 December for 3 days", BRAKE_13, (DECLINED,), says("nothing was changed")),
        Turn("make it two days later", book(vehicle_id=13, start="2026-12-09", days=3, test="brake")),
    )),
    Dialogue("a made booking is moved two days later", (
        Turn("book vehicle 13 for brake from 7 December for 3 days", BRAKE_13, (BOOKED,)),
        Turn("make it two days later", calls(MOVE, allocation_id=51, start_date="2026-12-09")),
    )),
    Dialogue("the same for another vehicle", (
        Turn("book vehicle 12 for brake from 7 December for 3 days", book(vehicle_id=12, start="2026-12-07", days=3, test="brake"), (BOOKED,)),
        Turn("same for vehicle 13", BRAKE_13),
    )),
    Dialogue("the week after", (
        Turn("what is free next week for a heavy AWD brake test?", find("2026-11-23", "2026-11-29", "brake", **HEAVY), (ok([]),)),
        Turn("what about the week after?", find("2026-11-30", "2026-12-06", "brake", **HEAVY)),
    )),
    Dialogue("and on that dyno", (
        Turn("what is free next week for a heavy AWD brake test?", find("2026-11-23", "2026-11-29", "brake", **HEAVY), (ok([{"id": 1, "name": "PGN 1", "facility": "PGN"}]),)),
        Turn("and on PGN 3?", calls(EXPLAIN, start_date="2026-11-23", end_date="2026-11-29", test_type="brake", dyno="PGN 3", **HEAVY)),
    )),
    Dialogue("from free to booked", (
        Turn("which dynos are free for vehicle 13, brake, 7-9 December?", find("2026-12-07", "2026-12-09", "brake", vehicle_id=13), (ok([{"id": 1, "name": "PGN 1", "facility": "PGN"}]),)),
        Turn("book it", BRAKE_13),
    )),
    Dialogue("a correction of the length", (
        Turn("book vehicle 13 for brake from 7 December for 2 days", book(vehicle_id=13, start="2026-12-07", days=2, test="brake"), (DECLINED,)),
        Turn("no, 3 days", BRAKE_13),
    )),
    Dialogue("a correction of the test", (
        Turn("book vehicle 13 for evap from 7 December for 3 days", book(vehicle_id=13, start="2026-12-07", days=3, test="evap"), (DECLINED,)),
        Turn("I meant brake, not evap", BRAKE_13),
    )),
    Dialogue("cancel by vehicle with one allocation", (
        Turn("cancel the allocation of vehicle 195W114", calls(CHECK, tag="195W114"), (ok([allocation(42), allocation(41, status="completed")]),),
             calls(CANCEL, allocation_id=42, reason="requested in chat")),
    )),
    Dialogue("cancel by vehicle with two allocations", (
        Turn("cancel 195W114", calls(CHECK, tag="195W114"), (ok([allocation(42), allocation(43, start_date="2027-01-04", end_date="2027-01-06")]),), asks("allocation")),
        Turn("43", calls(CANCEL, allocation_id=43, reason="requested in chat")),
    )),
    Dialogue("move by vehicle", (
        Turn("move 195W114 to next Monday", calls(CHECK, tag="195W114"), (ok([allocation(42)]),),
             calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    )),
    Dialogue("nothing to cancel", (
        Turn("cancel the allocation of vehicle 195W114", calls(CHECK, tag="195W114"), (ok([]),), says("no active allocation")),
        Turn("ok", says("")),
    )),
    Dialogue("an offered window is taken", (
        Turn("book vehicle 13 for brake from 7 December for 3 days", BRAKE_13, (NO_DYNO,), says("earliest")),
        Turn("yes", book(vehicle_id=13, start="2026-12-14", days=3, test="brake", dyno="PGN 4")),
    )),
    Dialogue("an offered window is not taken", (
        Turn("book vehicle 13 for brake from 7 December for 3 days", BRAKE_13, (NO_DYNO,), says("earliest")),
        Turn("no", says("nothing")),
    )),
    Dialogue("a pronoun means the vehicle spoken of", (
        Turn("is vehicle 13 booked?", calls(CHECK, vehicle_id=13), (ok([]),)),
        Turn("book it for brake from 7 December for 3 days", BRAKE_13),
    )),
    Dialogue("another question in between, then a new topic", (
        Turn("book vehicle 13 for brake", asks("start", "days")),
        Turn("are there any conflicts?", calls("detect_conflicts"), (ok([]),), says("no conflict")),
        Turn("list all dynos", calls("list_dynos"), (ok([]),)),
    )),
    Dialogue("cancelling what was just booked", (
        Turn("book vehicle 13 for brake from 7 December for 3 days", BRAKE_13, (BOOKED,)),
        Turn("cancel it, wrong vehicle", calls(CANCEL, allocation_id=51, reason="wrong vehicle")),
    )),
    Dialogue("giving up", (
        Turn("book vehicle 13 for brake", asks("start", "days")),
        Turn("never mind", says("nothing")),
        Turn("yes", says("nothing")),
    )),
    Dialogue("next window, then book it", (
        Turn("earliest slot for vehicle 13, brake, 3 days", calls(WINDOW, vehicle_id=13, test_type="brake", days=3, not_before="2026-11-18"), (ok({"dyno": "PGN 1", "start_date": "2026-12-07", "end_date": "2026-12-09"}),)),
        Turn("book that", book(vehicle_id=13, start="2026-12-07", days=3, test="brake", dyno="PGN 1")),
    )),
    Dialogue("an impossible date is corrected", (
        Turn("book vehicle 13 for brake on 31 November for 3 days", asks("start", says="31 November")),
        Turn("7 December then", BRAKE_13),
    )),
)  # fmt: skip
