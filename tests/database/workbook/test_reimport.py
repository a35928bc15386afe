"""A plan that is imported again after the file, the app, or both have changed."""

from collections.abc import Sequence
from datetime import date, datetime

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    cancel_allocation,
    list_allocations,
    list_follow_ups,
    list_requests,
    note_allocation,
    note_request,
    prioritize,
    reschedule_allocation,
)
from dyno_core.booking.requests import place_request
from dyno_core.database.engine import Database
from dyno_core.errors import NotAllowed
from dyno_core.fleet import find_vehicle, list_test_types, retire_test_type, retire_vehicle
from dyno_core.maintenance import cancel_maintenance, list_windows, plan_maintenance
from dyno_core.period import Period
from dyno_core.workbook import WorkbookUnreadable, import_plan
from tests.builders import given_user, overlapping_pairs, scalar
from tests.database.workbook.support import ORIGIN, TODAY, changed_tables, dump, imported
from tests.fixtures.workbooks import MAINTENANCE, Row, a_csv, a_request, a_row, a_workbook

MAY = datetime(2027, 5, 4)


def day(number: int, month: int = 5) -> datetime:
    return datetime(2027, month, number)


def on(tag: str, first: int, last: int, **more: object) -> Row:
    return a_row(tag=tag, estimated=day(first), projected=day(last), **more)


def places(database: Database) -> dict[str, tuple[str, int, int, str, bool]]:
    """Tag → dyno, first and last day of May, status, disputed."""
    return {
        one.tag or "": (one.dyno, one.start_date.day, one.end_date.day, one.status, one.disputed)
        for one in list_allocations(database)
        if one.kind == "test"
    }


THREE = (on("A1", 4, 10), on("B2", 11, 15), on("C3", 4, 10, dyno=2))


def with_row(at: int, row: Row, rows: Sequence[Row] = THREE) -> bytes:
    return a_workbook([*rows[:at], row, *rows[at + 1 :]])


def test_a_moved_row_changes_its_allocation_and_nothing_else(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    before = dump(fresh_database)
    report = imported(fresh_database, with_row(1, on("B2", 12, 18)))
    assert report.changes == {"updated": 1, "unchanged": 2}
    assert places(fresh_database)["B2"] == ("PGN 1", 12, 18, "scheduled", False)
    changed = changed_tables(before, dump(fresh_database))
    assert changed == {
        "allocations": (1, 1), "allocation_dates": (0, 1), "imported_rows": (1, 1), "audit_log": (0, 1),
    }  # fmt: skip


def test_rows_of_a_retired_vehicle_or_test_are_imported_and_flagged_once_they_plan_something(
    fresh_database: Database,
) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10, status="COMPLETED", completed=day(10)), THREE[1]]))
    one, two = (find_vehicle(fresh_database, tag) for tag in ("A1", "B2"))
    retire_vehicle(fresh_database, ORIGIN, one.id, version=one.version)
    for each in list_allocations(fresh_database, vehicle_id=two.id):
        cancel_allocation(fresh_database, ORIGIN, each.id, reason="off")
    (kind,) = (each for each in list_test_types(fresh_database) if each.name.casefold() == "4k certification")
    retire_test_type(fresh_database, ORIGIN, seen=kind)
    same = imported(fresh_database, a_workbook([on("A1", 4, 10, status="COMPLETED", completed=day(10)), THREE[1]]))
    assert same.plan.flags == {}

    planned = a_workbook([on("A1", 20, 25), THREE[1]])
    dry = imported(fresh_database, planned, dry_run=True)
    report = imported(fresh_database, planned, expected=dry.fingerprint)
    assert report.as_json()["flags"] == {"vehicle_retired": [report.rows[0].row], "test_retired": [report.rows[0].row]}
    assert any("bring it back on the Fleet page" in said for said in report.rows[0].what)


def test_two_rows_may_change_places(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    imported(fresh_database, a_workbook([on("A1", 11, 15), on("B2", 4, 10), THREE[2]]))
    assert places(fresh_database)["A1"] == ("PGN 1", 11, 15, "scheduled", False)
    assert places(fresh_database)["B2"] == ("PGN 1", 4, 10, "scheduled", False)


def test_a_row_moved_onto_another_is_disputed_until_it_moves_off(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    report = imported(fresh_database, with_row(1, on("B2", 8, 15)))
    assert (report.disputed, len(report.double_bookings)) == ((7,), 1)
    assert places(fresh_database)["B2"] == ("PGN 1", 8, 15, "scheduled", True)
    imported(fresh_database, a_workbook(THREE))
    assert places(fresh_database)["B2"] == ("PGN 1", 11, 15, "scheduled", False)


def test_a_row_moved_away_frees_the_one_that_was_disputed_for_it(fresh_database: Database) -> None:
    imported(fresh_database, with_row(1, on("B2", 8, 15)))
    imported(fresh_database, a_workbook([on("A1", 20, 25), on("B2", 8, 15), THREE[2]]))
    assert places(fresh_database)["B2"] == ("PGN 1", 8, 15, "scheduled", False)


@pytest.mark.parametrize(
    ("status", "stored"), [("RUNNING", "in_progress"), ("COMPLETED", "completed"), ("REMOVED", "cancelled")]
)
def test_a_status_follows_the_file(fresh_database: Database, status: str, stored: str) -> None:
    imported(fresh_database, a_workbook(THREE))
    imported(fresh_database, with_row(0, on("A1", 4, 10, status=status)))
    assert places(fresh_database)["A1"][3] == stored


def test_an_inserted_row_is_new_and_those_below_it_are_not(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    report = imported(fresh_database, a_workbook([on("N0", 20, 22), *THREE]))
    assert report.changes == {"created": 1, "unchanged": 3}
    assert imported(fresh_database, a_workbook([on("N0", 20, 22), *THREE])).changed_nothing


def test_a_row_gone_from_the_file_is_told_and_left_alone(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    before = places(fresh_database)
    report = imported(fresh_database, a_workbook(THREE[:2]))
    assert [(one.row, one.what) for one in report.gone] == [
        (8, "C3, 4K certification from Tue 4 May 2027 to Mon 10 May 2027")
    ]
    assert places(fresh_database) == before


def test_what_was_moved_in_the_app_stays_there_while_the_file_does_not_change(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    (first,) = [one for one in list_allocations(fresh_database) if one.tag == "A1"]
    reschedule_allocation(fresh_database, ORIGIN, first.id, start_date=date(2027, 5, 20), today=TODAY)
    before = dump(fresh_database)
    assert imported(fresh_database, a_workbook(THREE)).changed_nothing
    assert changed_tables(before, dump(fresh_database)) == {}


def test_what_was_changed_in_the_app_and_in_the_file_is_kept_as_in_the_app(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    (first,) = [one for one in list_allocations(fresh_database) if one.tag == "A1"]
    reschedule_allocation(fresh_database, ORIGIN, first.id, start_date=date(2027, 5, 20), today=TODAY)
    before = dump(fresh_database)
    for _ in range(2):
        report = imported(fresh_database, with_row(0, on("A1", 2, 3)))
        assert [(one.row, one.id) for one in report.kept] == [(6, first.id)]
        assert changed_tables(before, dump(fresh_database)) == {}


def test_what_no_file_says_leaves_the_file_its_word_on_the_rest(fresh_database: Database) -> None:
    wish = a_request(tag="D4", estimated=day(4), projected=day(10))
    imported(fresh_database, a_workbook([*THREE[:2], wish]))
    one, two = (one for one in list_allocations(fresh_database) if one.tag in ("A1", "B2"))
    (request,) = list_requests(fresh_database)
    note_allocation(fresh_database, ORIGIN, one.id, notes=one.notes, follow_up=True, version=one.version)
    note_allocation(fresh_database, ORIGIN, two.id, notes="ask Ana", follow_up=True, version=two.version)
    note_request(fresh_database, ORIGIN, request.id, notes=request.notes, follow_up=True, version=request.version)
    prioritize(fresh_database, ORIGIN, {request.id: request.version + 1}, priority=1)

    report = imported(
        fresh_database, a_workbook([on("A1", 5, 9), on("B2", 12, 15), {**wish, "Estimated Start": day(5)}])
    )

    assert report.changes == {"updated": 2, "kept": 1}
    assert [row.id for row in report.kept] == [two.id]
    marked = [(each.kind, each.period.start.day, each.notes) for each in list_follow_ups(fresh_database)]
    assert sorted(marked) == [("allocation", 5, ""), ("allocation", 11, "ask Ana"), ("request", 5, "")]
    assert [each.priority for each in list_requests(fresh_database)] == [1]


def test_a_request_that_gets_a_dyno_in_the_file_is_placed(fresh_database: Database) -> None:
    request = a_request(tag="A1", estimated=day(4), projected=day(10))
    imported(fresh_database, with_row(0, request))
    report = imported(fresh_database, a_workbook(THREE))
    assert report.changes == {"updated": 1, "unchanged": 2}
    assert scalar(fresh_database, "SELECT status || ' ' || (allocation_id IS NOT NULL) FROM requests") == "placed true"
    assert places(fresh_database)["A1"] == ("PGN 1", 4, 10, "scheduled", False)


def test_a_mark_goes_along_when_a_row_gets_a_dyno_in_the_file_and_when_it_loses_it(fresh_database: Database) -> None:
    wish = a_request(tag="A1", estimated=day(4), projected=day(10))
    imported(fresh_database, a_workbook([wish]))
    (request,) = list_requests(fresh_database)
    note_request(fresh_database, ORIGIN, request.id, notes=request.notes, follow_up=True, version=request.version)
    marked = []
    for row in (on("A1", 4, 10), wish):
        assert imported(fresh_database, a_workbook([row])).changes == {"updated": 1}
        marked.append([(each.kind, each.status) for each in list_follow_ups(fresh_database)])
    assert marked == [[("allocation", "scheduled")], [("request", "open")]]
    told = "SELECT string_agg(after ->> 'follow_up', ' ' ORDER BY id) FROM audit_log WHERE after ? 'follow_up'"
    assert scalar(fresh_database, told) == "true true false false true"


def test_an_allocation_that_loses_its_dyno_in_the_file_is_a_request_again(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    imported(fresh_database, with_row(0, a_request(tag="A1", estimated=day(4), projected=day(10))))
    assert places(fresh_database)["A1"][3] == "cancelled"
    assert scalar(fresh_database, "SELECT status FROM requests") == "open"


def test_a_request_placed_in_the_app_is_left_alone(fresh_database: Database) -> None:
    content = with_row(0, a_request(tag="A1", estimated=day(4), projected=day(10)))
    imported(fresh_database, content)
    request_id = scalar(fresh_database, "SELECT id FROM requests")
    place_request(fresh_database, ORIGIN, int(str(request_id)), today=TODAY)
    before = dump(fresh_database)
    assert imported(fresh_database, content).changed_nothing
    assert changed_tables(before, dump(fresh_database)) == {}


def test_a_row_that_becomes_unreadable_leaves_what_it_was(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    before = dump(fresh_database)
    report = imported(fresh_database, with_row(0, on("A1", 4, 10, drive="RWD/AWD")))
    assert [row.row for row in report.plan.rejected] == [6]
    assert [one.row for one in report.kept] == [6]
    assert changed_tables(before, dump(fresh_database)) == {}


def test_a_rejected_row_is_imported_once_it_is_corrected(fresh_database: Database) -> None:
    imported(fresh_database, with_row(0, on("A1", 4, 10, drive="RWD/AWD")))
    assert "A1" not in places(fresh_database)
    report = imported(fresh_database, a_workbook(THREE))
    assert report.changes == {"created": 1, "unchanged": 2}
    assert imported(fresh_database, a_workbook(THREE)).changed_nothing


def test_a_vin_filled_in_later_belongs_to_the_same_vehicle(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    imported(fresh_database, with_row(0, on("A1", 4, 10, vin="1M8GDM9AXKP042788")))
    assert scalar(fresh_database, "SELECT count(*) FROM vehicles") == 3
    assert scalar(fresh_database, "SELECT vin FROM vehicles WHERE tag = 'A1'") == "1M8GDM9AXKP042788"


def test_a_fact_changed_in_the_app_is_not_overwritten_by_a_new_date(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    with fresh_database.writing() as session:
        session.execute(text("UPDATE vehicles SET program = 'P-ZZ' WHERE tag = 'A1'"))
        session.execute(
            text("""INSERT INTO audit_log (actor, channel, action, entity, entity_id)
                SELECT 'someone', 'calendar', 'edit', 'vehicle', id::text FROM vehicles WHERE tag = 'A1'""")
        )
    imported(fresh_database, with_row(0, on("A1", 2, 3)))
    assert scalar(fresh_database, "SELECT program FROM vehicles WHERE tag = 'A1'") == "P-ZZ"


def test_future_vehicles_are_found_again_by_their_rows(fresh_database: Database) -> None:
    rows = [on("TBD-2027", 4, 6), on("TBD-2027", 7, 9), on("TBD-2027", 10, 12)]
    imported(fresh_database, a_workbook(rows))
    assert scalar(fresh_database, "SELECT count(*) FROM vehicles") == 3
    imported(fresh_database, a_workbook([rows[0], on("TBD-2027", 20, 22), rows[2]]))
    assert scalar(fresh_database, "SELECT count(*) FROM vehicles") == 3
    assert sorted(one.start_date.day for one in list_allocations(fresh_database)) == [4, 10, 20]


def test_what_the_app_booked_meanwhile_keeps_its_place(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE[1:]))
    with fresh_database.writing() as session:
        session.execute(
            text("""INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, created_by, source)
                SELECT v.id, d.id, '4K certification', '2027-05-04', '2027-05-05', 'someone', 'chat'
                FROM vehicles v, dynos d WHERE v.tag = 'B2' AND d.name = 'PGN 1'""")
        )
    report = imported(fresh_database, a_workbook(THREE))
    assert report.disputed == (6,)
    assert "B2 on PGN 1 from Tue 4 May 2027 to Wed 5 May 2027" in report.clashes[6]
    assert report.rows[0].what[0].startswith("Taken by B2 on PGN 1")
    assert overlapping_pairs(fresh_database) == 0


def test_maintenance_planned_in_the_app_keeps_its_place(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE[1:]))
    window = Period(date(2027, 5, 3), date(2027, 5, 5))
    plan_maintenance(fresh_database, ORIGIN, dyno="PGN 1", period=window, category="calibration", today=TODAY)
    report = imported(fresh_database, a_workbook(THREE))
    assert report.disputed == (6,)
    assert "maintenance of PGN 1" in report.clashes[6]


def test_a_window_of_the_file_follows_the_file_and_is_stored_once(fresh_database: Database) -> None:
    def content(last: int) -> bytes:
        return a_workbook(THREE, maintenance=[("PGN 1", day(1, 6), day(last, 6)), *MAINTENANCE[1:]])

    for last in (5, 5, 9):
        imported(fresh_database, content(last))
        assert [(one.dyno, one.end_date.day) for one in list_windows(fresh_database)] == [("PGN 1", last)]
    cancel_maintenance(fresh_database, ORIGIN, list_windows(fresh_database)[0].id)
    imported(fresh_database, content(9))
    assert list_windows(fresh_database) == ()


def test_a_window_over_an_allocation_of_the_app_is_disputed_and_told(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    (first,) = [one for one in list_allocations(fresh_database) if one.tag == "A1"]
    reschedule_allocation(fresh_database, ORIGIN, first.id, start_date=date(2027, 6, 2), today=TODAY)
    window = [("PGN 1", day(1, 6), day(5, 6)), *MAINTENANCE[1:]]
    report = imported(fresh_database, a_workbook(THREE, maintenance=window))
    assert len(report.window_clashes) == 1
    assert overlapping_pairs(fresh_database) == 0


def test_a_file_without_rules_leaves_what_the_dynos_can_do(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    before = scalar(fresh_database, "SELECT string_agg(capabilities::text, ' ' ORDER BY name) FROM dynos")
    imported(fresh_database, a_csv([*THREE, on("D4", 20, 22)]), name="plan.csv")
    assert scalar(fresh_database, "SELECT string_agg(capabilities::text, ' ' ORDER BY name) FROM dynos") == before
    assert places(fresh_database)["D4"][0] == "PGN 1"


def test_a_dyno_taken_out_of_a_rule_can_run_that_test_no_more(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    rules = [("4k certification", "any", "any", "PGN 2"), ("150k mileage", "any", "any", "PGN 1, VTB #1")]
    report = imported(fresh_database, a_workbook(THREE, rules=rules))
    assert report.fleet["rules_replaced"] == 1
    assert report.plan.rule_violations == (6, 7)
    able = "SELECT string_agg(name, ',' ORDER BY name) FROM dynos WHERE capabilities @> '{4K certification|2WD|<10K}'"
    assert scalar(fresh_database, able) == "PGN 2"


def test_a_csv_into_an_empty_lab_brings_its_dynos(fresh_database: Database) -> None:
    report = imported(fresh_database, a_csv(THREE), name="plan.csv")
    assert report.changes == {"created": 3}
    assert scalar(fresh_database, "SELECT string_agg(name, ',' ORDER BY name) FROM dynos") == "PGN 1,PGN 2"
    assert scalar(fresh_database, "SELECT string_agg(name, ',') FROM test_types") == "4K certification"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "plan.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "plan.xlsx"),
        (a_workbook(THREE)[:3000], "plan.xlsx"),
        (b"a,b\n1,2\n", "plan.csv"),
        (b"\x00" * 50, "plan.csv"),
        (a_workbook([]), "plan.xlsx"),
    ],
    ids=["empty", "picture", "truncated", "no plan", "NUL bytes", "no rows"],
)
def test_a_bad_file_is_refused_and_changes_nothing(fresh_database: Database, content: bytes, name: str) -> None:
    imported(fresh_database, a_workbook(THREE))
    before = dump(fresh_database)
    with pytest.raises(WorkbookUnreadable):
        imported(fresh_database, content, name=name)
    assert changed_tables(before, dump(fresh_database)) == {}


def test_a_failure_in_the_middle_leaves_nothing(fresh_database: Database) -> None:
    """The last thing that an import writes is refused by the database."""
    before = dump(fresh_database)
    with fresh_database.writing() as session:
        session.execute(text("ALTER TABLE audit_log ADD CONSTRAINT too_full CHECK (entity <> 'request')"))
    with pytest.raises(Exception, match="too_full"):
        imported(fresh_database, a_workbook([*THREE, a_request(tag="R1")]))
    assert changed_tables(before, dump(fresh_database)) == {}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.MANAGER])
def test_only_planners_and_administrators_import(fresh_database: Database, role: Role) -> None:
    origin = Origin(given_user(fresh_database, role), "import")
    with pytest.raises(NotAllowed, match="import a workbook"):
        import_plan(fresh_database, origin, name="plan.xlsx", content=a_workbook(THREE), today=TODAY)
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == 0


def test_a_cancelled_allocation_stays_cancelled(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook(THREE))
    (first,) = [one for one in list_allocations(fresh_database) if one.tag == "A1"]
    cancel_allocation(fresh_database, ORIGIN, first.id, reason="The vehicle is broken.")
    assert imported(fresh_database, a_workbook(THREE)).changed_nothing


def test_a_wish_of_several_years_is_filed_with_the_longest_duration(fresh_database: Database) -> None:
    request = a_request(tag="R1", estimated=datetime(2024, 5, 4), projected=datetime(2029, 5, 4))
    report = imported(fresh_database, a_workbook([request]))
    assert report.plan.flags["period_very_long"] == (6,)
    assert scalar(fresh_database, "SELECT duration_days FROM requests") == 1000


def test_a_weight_that_contradicts_the_first_row_s_class_gives_way(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 6), on("A1", 8, 9, weight=12_000)]))
    query = "SELECT weight_class || ' ' || (weight_lbs IS NULL) FROM vehicles"
    assert scalar(fresh_database, query) == "<10K true"
    imported(fresh_database, a_workbook([on("A1", 4, 6, weight=9_000), on("A1", 8, 9, weight=12_000)]))
    assert scalar(fresh_database, "SELECT weight_lbs FROM vehicles") == 9000
    imported(fresh_database, a_workbook([on("A1", 4, 6, weight=">10K"), on("A1", 8, 9, weight=12_000)]))
    assert scalar(fresh_database, "SELECT weight_lbs FROM vehicles") == 12_000


def test_two_vins_on_one_stored_tag_are_two_vehicles(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 6), on("A1", 8, 9)]))
    vins = ("1M8GDM9AXKP042788", "1M8GDM9A1KP042789")
    imported(fresh_database, a_workbook([on("A1", 4, 6, vin=vins[0]), on("A1", 8, 9, vin=vins[1])]))
    found = scalar(fresh_database, "SELECT string_agg(vin, ',' ORDER BY id) FROM vehicles")
    assert found == ",".join(vins)
