"""The same cells pasted by several people at once, while others book what they ask for."""

from datetime import date
from typing import Any

from dyno_core.audit.log import Origin
from dyno_core.booking import list_allocations, list_requests
from dyno_core.database.engine import Database
from dyno_core.workbook import create_pasted, preview_paste
from tests.builders import OPERATOR_ORIGIN, book, given_dyno, given_vehicle, overlapping_pairs, scalar
from tests.concurrency.storm import storm

TODAY = date(2026, 4, 20)
ORIGIN = Origin(OPERATOR_ORIGIN.actor, "planner")
PASTED = "Tag #\tTest\tStart\tEnd\tWeight\tDrive\tDyno\n" + "\n".join(
    f"{tag}\tbrake\t2026-05-0{day}\t2026-05-0{day}\t<10K\tAWD\t{dyno}"
    for day in range(1, 6)
    for tag, dyno in ((f"P{day}", "N1"), (f"R{day}", ""), ("TBD", ""))
)


def _act(database: Database, wish: tuple[str, Any]) -> Any:
    what, about = wish
    if what == "paste":
        return create_pasted(database, ORIGIN, PASTED, today=TODAY, expected=about).created
    return book(database, about, start=date(2026, 5, 3), days=1, dyno="N1", today=TODAY).id


def test_a_paste_is_stored_once_and_whole_whoever_pastes_and_books_at_the_same_moment(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    agreed = preview_paste(fresh_database, ORIGIN, PASTED, today=TODAY).fingerprint
    vehicles = [given_vehicle(fresh_database) for _ in range(2)]

    outcomes = storm(fresh_database, _act, [*[("paste", agreed)] * 4, *(("book", one) for one in vehicles)])

    assert [one.crash for one in outcomes if one.crash] == []
    assert {one.code for one in outcomes if one.argument[0] == "paste"} <= {None, "paste_stale"}
    created = [one for one in outcomes if one.argument[0] == "paste" and one.value is True]
    booked = [one for one in outcomes if one.argument[0] == "book" and one.value]
    assert len(created) + len(booked) == 1, "either the paste has the third of May, or a booking"
    assert overlapping_pairs(fresh_database) == 0
    assert (len(list_allocations(fresh_database)), len(list_requests(fresh_database))) == (
        (5, 10) if created else (1, 0)
    )  # fmt: skip
    told = scalar(fresh_database, "SELECT count(*) FROM audit_log WHERE reason LIKE 'row % of a paste%'")
    assert told == (15 if created else 0)
