"""What engineers type, and what the offline model must make of it. Data only.

Today is Wednesday 18 November 2026. Every third phrase and every third dialogue is held out:
its result is measured, and the rules were not tuned on it.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

TODAY = date(2026, 11, 18)
DYNOS = ("PGN 1", "PGN 2", "PGN 3", "PGN 4", "PGN 22", "VTB #1", "VTB #2", "ATC #1", "TRC #1", "Track 1", "Track 12")

FIND = "find_available_dynos"
BOOK = "auto_allocate_vehicle"
CHECK = "check_vehicle_allocation"
MOVE = "reschedule_allocation"
CANCEL = "cancel_allocation"
WINDOW = "find_next_available_window"
EXPLAIN = "explain_unavailable"
SQL = "query_database"
STATUS = "get_tests_by_status"
USE = "utilization_report"
VIN = "ZZ9F8NVTXSD363661"


@dataclass(frozen=True)
class Expected:
    """Either tool calls with their exact arguments, or what is asked for, or only words.

    ``contains`` are parts that the first call's ``sql`` must hold, instead of exact arguments.
    ``says`` is a part the reply's text must hold, whatever its letter case.
    """

    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    asks: frozenset[str] = frozenset()
    contains: tuple[str, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Phrase:
    text: str
    expected: Expected


@dataclass(frozen=True)
class Turn:
    """A message; ``results`` are what the tools called for it answer, one per call and step."""

    text: str
    expected: Expected
    results: tuple[dict[str, Any], ...] = ()
    then: Expected | None = None
    """What the model does after those results, where it goes on by itself."""


@dataclass(frozen=True)
class Dialogue:
    name: str
    turns: tuple[Turn, ...] = field(default_factory=tuple)


def calls(tool: str, **args: Any) -> Expected:
    return Expected(calls=((tool, args),))


def asks(*parts: str, says: str = "") -> Expected:
    return Expected(asks=frozenset(parts), says=says)


def says(part: str) -> Expected:
    return Expected(says=part)


def sql(*parts: str) -> Expected:
    return Expected(calls=((SQL, {}),), contains=parts)


def book(*, start: str, days: int, test: str, backup: int = 0, **vehicle: Any) -> Expected:
    return calls(
        BOOK,
        **vehicle,
        start_date=start,
        days_to_complete=days,
        test_type=test,
        backup=backup > 0,
        max_backup_days=backup,
    )


def find(start: str, end: str, test: str, **what: Any) -> Expected:
    return calls(FIND, start_date=start, end_date=end, test_type=test, **what)


def p(text: str, expected: Expected) -> Phrase:
    return Phrase(text, expected)


def both(*parts: Expected) -> Expected:
    return Expected(calls=tuple(call for part in parts for call in part.calls))


PHRASES: tuple[Phrase, ...] = (
    # booking
    p(f"book VIN {VIN} for a brake test from Tuesday for 3 days", book(vin=VIN, start="2026-11-24", days=3, test="brake")),
    p("Book vehicle 13 for a brake test from 7 December for 3 days", book(vehicle_id=13, start="2026-12-07", days=3, test="brake")),
    p("please schedule 195W114 for emissions on 12/1/2026, 5 days", book(tag="195W114", start="2026-12-01", days=5, test="emission")),
    p("allocate vehicle 7 evap next Monday for two days", book(vehicle_id=7, start="2026-11-23", days=2, test="evap")),
    p("can you book vehicle #21 for durability starting 2027-01-04 for 21 days?", book(vehicle_id=21, start="2027-01-04", days=21, test="durability")),
    p("I want to book 644W226 for 150K mileage from March 1 to March 14", book(tag="644W226", start="2027-03-01", days=14, test="150K mileage")),
    p("book veh 5 4k cert tomorrow 1 day", book(vehicle_id=5, start="2026-11-19", days=1, test="4K certification")),
    p("Book 195w114 on PGN 3 for a brake test, Dec 7th, for a week", book(tag="195W114", dyno="PGN 3", start="2026-12-07", days=7, test="brake")),
    p("put vehicle 13 on vtb1 for emmission testing from 9 March for three days", book(vehicle_id=13, dyno="VTB #1", start="2027-03-09", days=3, test="emission")),
    p("I'd like to reserve a dyno for vehicle 9, durabilty, week of 7 December", book(vehicle_id=9, start="2026-12-07", days=7, test="durability")),
    p("book vehicle 4 brake test next tuesday for 2 days, up to 5 days later is fine", book(vehicle_id=4, start="2026-11-24", days=2, test="brake", backup=5)),
    p("Schedule tag \"TBD-2026 P-M9-2.3L\" for evap from 2026-12-14 to 2026-12-16", book(tag="TBD-2026 P-M9-2.3L", start="2026-12-14", days=3, test="evap")),
    p("Could you please put 458W762 on a dyno for a brake test from Mon to Fri", book(tag="458W762", start="2026-11-23", days=5, test="brake")),
    p("need to book truck 31: brakes, the 20th of February, 4 days", book(vehicle_id=31, start="2027-02-20", days=4, test="brake")),
    p("book vehicle 13 for brake in two weeks for 3 days", book(vehicle_id=13, start="2026-12-02", days=3, test="brake")),
    p("book vehicle 12 emission from 1 to 4 March", book(vehicle_id=12, start="2027-03-01", days=4, test="emission")),
    p("assign vehicle 8 to PGN-22 for evaporative 3/9/2027 x 2 days", book(vehicle_id=8, dyno="PGN 22", start="2027-03-09", days=2, test="evap")),
    p("book a brake test for vehicle 13 the day after tomorrow for 3 days with a backup of 7 days", book(vehicle_id=13, start="2026-11-20", days=3, test="brake", backup=7)),
    # booking, something missing
    p("book vehicle 13", asks("start", "days", "test_type")),
    p("Book vehicle 13 for a brake test", asks("start", "days")),
    p("book a brake test from Tuesday for 3 days", asks("vehicle")),
    p("book 195W114 from next Monday for 3 days", asks("test_type")),
    p("book 195W114 brake next Monday", asks("days")),
    p("I need to schedule a vehicle", asks("vehicle", "start", "days", "test_type")),
    p("book vehicle 13 for brake on 30 February for 2 days", asks("start", says="30 February")),
    p("book vehicle 13 for brake in March for 2 days", asks("start")),
    p("book vehicle 13 for brake on 2026-11-31 for 2 days", asks("start", says="2026-11-31")),
    p("book something", asks("vehicle", "start", "days", "test_type")),
    p("book vehicle 13 brake from 10 to 8 December", asks("start", "days")),
    p("book vehicle 6 for 3 days next week for emission", asks("start")),
    # what is free
    p("what is free next week for a heavy AWD truck for a brake test?", find("2026-11-23", "2026-11-29", "brake", weight_class=">10K", drive_type="AWD")),
    p("which dynos are available from 2026-12-01 to 2026-12-05 for a 9,500 lbs AWD emission test", find("2026-12-01", "2026-12-05", "emission", weight_lbs=9500, drive_type="AWD")),
    p("any dyno free tomorrow for 8.2k 2wd evap?", find("2026-11-19", "2026-11-19", "evap", weight_lbs=8200, drive_type="2WD")),
    p("show free dynos for vehicle 13 brake 7-9 December", find("2026-12-07", "2026-12-09", "brake", vehicle_id=13)),
    p("find available dynos between Dec 1 and Dec 4 for a 4x4, 12000 lb, durability", find("2026-12-01", "2026-12-04", "durability", weight_lbs=12000, drive_type="AWD")),
    p("is there anything open for 195W114, 4K certification, on Friday?", find("2026-11-20", "2026-11-20", "4K certification", tag="195W114")),
    p("availability for a light front wheel drive vehicle, emissions, 3 days from 14 December", find("2026-12-14", "2026-12-16", "emission", weight_class="<10K", drive_type="2WD")),
    p("which dyno can take a 4100 kg RWD car for a brake test next Monday?", find("2026-11-23", "2026-11-23", "brake", weight_lbs=9039, drive_type="2WD")),
    p("what's free next week?", asks("weight", "drive_type", "test_type")),
    p("which dynos are free for an AWD brake test next week", asks("weight")),
    p("what dynos are free for a heavy AWD brake test", asks("window")),
    p("can I book a heavy AWD brake test next week?", find("2026-11-23", "2026-11-29", "brake", weight_class=">10K", drive_type="AWD")),
    p("Can I get a dyno for vehicle 13 on 12/7/2026 for 3 days, brake test?", find("2026-12-07", "2026-12-09", "brake", vehicle_id=13)),
    p("dynos free in January for >10k AWD 150k miles", find("2027-01-01", "2027-01-31", "150K mileage", weight_class=">10K", drive_type="AWD")),
    p("is it possible to schedule a 9500 lb 2WD evap test this Friday?", find("2026-11-20", "2026-11-20", "evap", weight_lbs=9500, drive_type="2WD")),
    p("recommend a dyno for 195W114 for a brake test from Monday for 3 days", find("2026-11-23", "2026-11-25", "brake", tag="195W114")),
    # next window
    p("when is the next free window for a heavy AWD brake test of 3 days?", calls(WINDOW, weight_class=">10K", drive_type="AWD", test_type="brake", days=3, not_before="2026-11-18")),
    p("earliest slot for vehicle 13, emission, 5 days", calls(WINDOW, vehicle_id=13, test_type="emission", days=5, not_before="2026-11-18")),
    p("when can 195W114 get a brake test for 2 days after 1 December?", calls(WINDOW, tag="195W114", test_type="brake", days=2, not_before="2026-12-01")),
    p("next available dyno for 9500 lbs AWD durability for three weeks", calls(WINDOW, weight_lbs=9500, drive_type="AWD", test_type="durability", days=21, not_before="2026-11-18")),
    p("soonest I can run a 2WD light evap test for 4 days", calls(WINDOW, weight_class="<10K", drive_type="2WD", test_type="evap", days=4, not_before="2026-11-18")),
    p("when is the next opening for vehicle 13?", asks("test_type", "days")),
    # why
    p("why can't I have PGN 3 from 1 to 4 December for a heavy AWD brake test?", calls(EXPLAIN, start_date="2026-12-01", end_date="2026-12-04", weight_class=">10K", drive_type="AWD", test_type="brake", dyno="PGN 3")),
    p("why is nothing free for vehicle 13 brake next week?", calls(EXPLAIN, start_date="2026-11-23", end_date="2026-11-29", vehicle_id=13, test_type="brake")),
    p("why can't I have PGN 3?", asks("window", "weight", "drive_type", "test_type")),
    p("explain why VTB #1 is not available on 2026-12-07 for 195W114 durability", calls(EXPLAIN, start_date="2026-12-07", end_date="2026-12-07", tag="195W114", test_type="durability", dyno="VTB #1")),
    # vehicles
    p("is vehicle 13 booked?", calls(CHECK, vehicle_id=13)),
    p("when is 195W114 scheduled?", calls(CHECK, tag="195W114")),
    p(f"check the allocation of {VIN}", calls(CHECK, vin=VIN)),
    p("where is vehicle 42 right now?", calls(CHECK, vehicle_id=42)),
    p("show me the bookings of 644W226", calls(CHECK, tag="644W226")),
    p("which dyno is vehicle 7 on?", calls(CHECK, vehicle_id=7)),
    p("has vehicle 13 been cancelled?", calls(CHECK, vehicle_id=13)),
    p("did you book vehicle 13?", calls(CHECK, vehicle_id=13)),
    p("find vehicle 195W114", calls("find_vehicle", text="195W114")),
    p("look up P-B4", calls("find_vehicle", text="P-B4")),
    p("how heavy is vehicle 13?", sql("reporting.vehicles", "id = 13")),
    p("details of vehicle 644W226 please", calls("find_vehicle", text="644W226")),
    p("195W114", calls(CHECK, tag="195W114")),
    # conflicts, counts, status
    p("are there any conflicts?", calls("detect_conflicts")),
    p("show double bookings", calls("detect_conflicts")),
    p("does anything clash in the plan", calls("detect_conflicts")),
    p("how many tests are completed?", calls("completed_tests_count")),
    p("number of finished tests", calls("completed_tests_count")),
    p("how many tests have we done so far", calls("completed_tests_count")),
    p("show me all running tests", calls(STATUS, status="in_progress")),
    p("list cancelled allocations", calls(STATUS, status="cancelled")),
    p("which tests are tentative?", calls(STATUS, status="tentative")),
    p("scheduled tests", calls(STATUS, status="scheduled")),
    p("what has been completed?", calls(STATUS, status="completed")),
    p("show canceled tests", calls(STATUS, status="cancelled")),
    # maintenance, dynos, requests
    p("is there any maintenance coming up?", calls("maintenance_check")),
    p("maintenance windows", calls("maintenance_check")),
    p("which dynos are out of service", calls("maintenance_check")),
    p("list all dynos", calls("list_dynos")),
    p("what dynos do we have?", calls("list_dynos")),
    p("show me the rigs", calls("list_dynos")),
    p("what can PGN 4 do?", calls("get_dyno", name="PGN 4")),
    p("tell me about vtb #2", calls("get_dyno", name="VTB #2")),
    p("which drives does ATC 1 support?", calls("get_dyno", name="ATC #1")),
    p("what requests are waiting?", calls("list_requests")),
    p("which tests could not be placed", calls("list_requests")),
    p("show unplaced demand", calls("list_requests")),
    # utilization
    p("utilization from 2026-10-01 to 2026-10-31", calls(USE, start_date="2026-10-01", end_date="2026-10-31")),
    p("how busy were the dynos last month?", calls(USE, start_date="2026-10-01", end_date="2026-10-31")),
    p("utilisation for October", calls(USE, start_date="2026-10-01", end_date="2026-10-31")),
    p("show the utilization report for Q1 2026", calls(USE, start_date="2026-01-01", end_date="2026-03-31")),
    p("how full are we next month", calls(USE, start_date="2026-12-01", end_date="2026-12-31")),
    p("utilization", asks("window")),
    p("utilization in 2025", calls(USE, start_date="2025-01-01", end_date="2025-12-31")),
    # named questions
    p("what is running now?", sql("reporting.allocations", "in_progress")),
    p("what runs on PGN 3 right now", sql("reporting.allocations", "'PGN 3'", "2026-11-18")),
    p("what starts this week?", sql("start_date", "2026-11-16", "2026-11-22")),
    p("which tests start next week", sql("start_date", "2026-11-23", "2026-11-29")),
    p("what is late?", sql("reporting.allocations", "2026-11-18")),
    p("anything overdue?", sql("reporting.allocations", "2026-11-18")),
    p("who is the contact of 195W114?", sql("contact", "'195W114'")),
    p("who do I call about vehicle 13", sql("contact", "13")),
    p("how many allocations per test type?", sql("count(*)", "group by test_type")),
    p("is PGN 3 free next week?", sql("'PGN 3'", "2026-11-23", "2026-11-29")),
    p("what is on VTB 1 from 1 to 4 December?", sql("'VTB #1'", "2026-12-01", "2026-12-04")),
    p("what is planned for tomorrow?", sql("reporting.allocations", "2026-11-19")),
    p("show allocation 42", sql("reporting.allocations", "id = 42")),
    p("what date is it?", calls("get_datetime_now")),
    p("what day is today", calls("get_datetime_now")),
    # moving and cancelling
    p("cancel allocation 42", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("cancel #42 because the axle broke", calls(CANCEL, allocation_id=42, reason="the axle broke")),
    p("please cancel the allocation of vehicle 195W114", calls(CHECK, tag="195W114")),
    p("delete allocation 17, reason: program stopped", calls(CANCEL, allocation_id=17, reason="program stopped")),
    p("cancel it", asks("allocation")),
    p("move allocation 42 to next Monday", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    p("move 195W114 to next Monday", calls(CHECK, tag="195W114")),
    p("reschedule #42 to start 2026-12-07 for 5 days", calls(MOVE, allocation_id=42, start_date="2026-12-07", days=5)),
    p("move allocation 42 to PGN 4", calls(MOVE, allocation_id=42, dyno="PGN 4")),
    p("extend allocation 42 until 18 December", calls(MOVE, allocation_id=42, end_date="2026-12-18")),
    p("move allocation 42", asks("change")),
    p("move something to Monday", asks("allocation")),
    p("could you shift allocation 42 to 12/7/2026 on VTB 2 please?", calls(MOVE, allocation_id=42, start_date="2026-12-07", dyno="VTB #2")),
    p("push #9 to Tuesday since the driver is ill", calls(MOVE, allocation_id=9, start_date="2026-11-24", reason="the driver is ill")),
    # several at once
    p("book vehicle 13 for brake from 7 December for 3 days and book vehicle 14 for emission from 8 December for 2 days",
      both(book(vehicle_id=13, start="2026-12-07", days=3, test="brake"), book(vehicle_id=14, start="2026-12-08", days=2, test="emission"))),
    p("book vehicle 13 and vehicle 14 for brake from 7 December for 3 days",
      both(book(vehicle_id=13, start="2026-12-07", days=3, test="brake"), book(vehicle_id=14, start="2026-12-07", days=3, test="brake"))),
    p("cancel allocation 42 and cancel allocation 43",
      both(calls(CANCEL, allocation_id=42, reason="requested in chat"), calls(CANCEL, allocation_id=43, reason="requested in chat"))),
    p("show conflicts and maintenance windows", both(calls("detect_conflicts"), calls("maintenance_check"))),
    p("is vehicle 13 booked? and list all dynos", both(calls(CHECK, vehicle_id=13), calls("list_dynos"))),
    p("book 195W114 and 644W226 for evap next Monday for 2 days",
      both(book(tag="195W114", start="2026-11-23", days=2, test="evap"), book(tag="644W226", start="2026-11-23", days=2, test="evap"))),
    # never a write, and words only
    p("don't cancel allocation 42", says("nothing")),
    p("what happens if I cancel allocation 42?", says("")),
    p("why was allocation 42 cancelled?", sql("id = 42")),
    p("how do I book a vehicle?", says("for example")),
    p("who booked vehicle 13?", calls(CHECK, vehicle_id=13)),
    p("should I move 195W114 to Monday?", says("")),
    p("can we cancel allocation 42?", says("")),
    p("hello", says("book")),
    p("thanks!", says("")),
    p("help", says("for example")),
    p("what is the meaning of life?", says("for example")),
    p("sing me a song", says("for example")),
    p("yes", says("nothing")),
    p("drop table allocations", says("for example")),
    p("", says("for example")),
    p("please do not book vehicle 13 for brake from Monday for 3 days", says("nothing")),
)  # fmt: skip


def ok(data: Any) -> dict[str, Any]:
    return {"ok": True, "data": data}


def allocation(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "dyno": "PGN 3",
        "vehicle_id": 13,
        "vin": VIN,
        "tag": "195W114",
        "test_type": "brake",
        "leg": None,
        "start_date": "2026-12-07",
        "end_date": "2026-12-09",
        "status": "scheduled",
        "disputed": False,
    } | changes


DECLINED = {"ok": False, "error": "declined", "message": "The user declined; nothing was changed."}
NO_DYNO = {
    "ok": False,
    "error": "no_dyno",
    "message": "No dyno is free then; the earliest window is 14 to 16 December on PGN 4.",
    "facts": {"earliest": {"dyno": "PGN 4", "start_date": "2026-12-14", "end_date": "2026-12-16"}},
}
BOOKED = ok(allocation(51))
BRAKE_13 = book(vehicle_id=13, start="2026-12-07", days=3, test="brake")
HEAVY = {"weight_class": ">10K", "drive_type": "AWD"}

DIALOGUES: tuple[Dialogue, ...] = (
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

TUNED_PHRASES = tuple(phrase for index, phrase in enumerate(PHRASES) if index % 3 != 2)
HELD_OUT_PHRASES = tuple(phrase for index, phrase in enumerate(PHRASES) if index % 3 == 2)
TUNED_DIALOGUES = tuple(dialogue for index, dialogue in enumerate(DIALOGUES) if index % 3 != 2)
HELD_OUT_DIALOGUES = tuple(dialogue for index, dialogue in enumerate(DIALOGUES) if index % 3 == 2)
