"""Phrases thought up when the rules were gone over again: all of them are tuned for, none is held out."""

from tests.unit.agent.offline.corpus.entries import (
    CANCEL,
    CHECK,
    EXPLAIN,
    FIND,
    MOVE,
    USE,
    WINDOW,
    Dialogue,
    Phrase,
    Turn,
    asks,
    book,
    calls,
    p,
    says,
    sql,
)

INVENTED: tuple[Phrase, ...] = (
    # bookings
    p("put 500C204 on a dyno for emissions starting Dec 7th, 4 days", book(tag="500C204", start="2026-12-07", days=4, test="emission")),
    p("need PGN 3 for 195W114, evap, 12/14 through 12/17", book(tag="195W114", dyno="PGN 3", start="2026-12-14", days=4, test="evap")),
    p("book 195W114 for brake from monday the 7th to wednesday the 9th", book(tag="195W114", start="2026-12-07", days=3, test="brake")),
    p("book 195W114 for brake on friday the 12th for 2 days", asks("start", says="is a Saturday, not a Friday")),
    p("schedule a brake test for 195W114 on the 14th of December, it takes 3 days", book(tag="195W114", start="2026-12-14", days=3, test="brake")),
    p("get 195W114 onto VTB #1 from 1 Dec till 5 Dec for brakes", book(tag="195W114", dyno="VTB #1", start="2026-12-01", days=5, test="brake")),
    p("can you squeeze 195W114 in for a brake test on Friday, one day?", says("Nothing is changed yet")),
    p("book 195W114 for brake from 7 Dec for 3 days on PGN 1 or PGN 2", asks("dyno")),
    p("book 195W114 for brake from 7 Dec for 3 days on PGN 2, not PGN 1", book(tag="195W114", dyno="PGN 2", start="2026-12-07", days=3, test="brake")),
    p("book 195W114 for brake from 7 Dec for 3 days but not on PGN 1", book(tag="195W114", start="2026-12-07", days=3, test="brake")),
    p("book 195W114 for brake from 7 Dec for 3 days, or the next free", book(tag="195W114", start="2026-12-07", days=3, test="brake")),
    # the first place there is
    p("book 195W114 for a brake test of 3 days as early as possible", calls(WINDOW, tag="195W114", test_type="brake", days=3, not_before="2026-11-18")),
    p("book the earliest brake slot for 195W114, 3 days", calls(WINDOW, tag="195W114", test_type="brake", days=3, not_before="2026-11-18")),
    p("reserve the next available place for vehicle 13, evap, 2 days", calls(WINDOW, vehicle_id=13, test_type="evap", days=2, not_before="2026-11-18")),
    # changes
    p("put allocation 42 on PGN 2 instead", calls(MOVE, allocation_id=42, dyno="PGN 2")),
    p("allocation 42 needs two more days", says("2 days later. Nothing is changed yet")),
    p("allocation 42 takes 3 extra days", says("3 days later. Nothing is changed yet")),
    p("extend allocation 42 until Friday 11 December", calls(MOVE, allocation_id=42, end_date="2026-12-11")),
    p("bring allocation 42 forward two days", asks("change", says="can mean earlier or later")),
    p("cancel allocation 42, the engine is dead", calls(CANCEL, allocation_id=42, reason="the engine is dead")),
    # one's own
    p("my bookings", sql("created_by = :me")),
    p("what have I booked?", sql("created_by = :me")),
    p("show my cancelled bookings", sql("status = 'cancelled'", "created_by = :me")),
    p("which of my bookings are late", sql("in_progress", "created_by = :me")),
    p("do I have any tests on PGN 3 next week?", sql("'PGN 3'", "2026-11-23", "created_by = :me")),
    p("how many of my tests are completed?", sql("count(*)", "completed", "created_by = :me")),
    p("tests of mine that end tomorrow", sql("2026-11-19", "created_by = :me")),
    p("cancel my booking", sql("created_by = :me")),
    p("move my booking to next Monday", sql("end_date >= '2026-11-18'", "created_by = :me")),
    # questions
    p("how many vehicles are on test right now", sql("in_progress")),
    p("what vehicles are on test next week", sql("2026-11-23", "2026-11-29")),
    p("status of 42", sql("id = 42")),
    p("details of #42", sql("id = 42")),
    p("why not PGN 3 for 195W114 brake next week", calls(EXPLAIN, start_date="2026-11-23", end_date="2026-11-29", tag="195W114", test_type="brake", dyno="PGN 3")),
    p("is there room for a heavy 4x4 on Dec 10-12 for brake?", calls(FIND, start_date="2026-12-10", end_date="2026-12-12", weight_class=">10K", drive_type="AWD", test_type="brake")),
    p("does 195W114 have anything booked in January", calls(CHECK, tag="195W114")),
    p("how full is December", calls(USE, start_date="2026-12-01", end_date="2026-12-31")),
    p("what is blocking PGN 2 in December", sql("'PGN 2'", "2026-12-01", "2026-12-31")),
)  # fmt: skip

INVENTED_DIALOGUES: tuple[Dialogue, ...] = (
    Dialogue(
        "a count, then for a month",
        (
            Turn("how many tests are completed?", calls("completed_tests_count")),
            Turn("and in October?", sql("2026-10-01", "2026-10-31")),
        ),
    ),
    Dialogue(
        "my bookings, then for a week",
        (Turn("my bookings", sql("created_by = :me")), Turn("next week", sql("2026-11-23", "created_by = :me"))),
    ),
)
