"""What the reports read and the assumptions write, on a real database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import OPERATOR, Actor, Role
from dyno_core.audit.log import Origin, history
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, NotFound
from dyno_core.period import Period
from dyno_core.reports.assumptions import KEY, Assumptions, last_change, load_assumptions, save_assumptions
from dyno_core.reports.capacity import demand_by_week, unplaced_demand
from dyno_core.reports.days import DayState
from dyno_core.reports.drill_down import drill_down
from dyno_core.reports.roi import roi
from dyno_core.reports.utilization import utilization
from dyno_core.settings import Settings
from tests.fixtures.app import given_user

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
TODAY = date(2026, 3, 31)
UTC = ZoneInfo("UTC")
SETTINGS = Settings(_env_file=None)
DEFAULTS = Assumptions(Decimal(4), Decimal(50), Decimal(50_000))


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    """PGN 1 and PGN 2 in service, ATC 1 retired in 2025; two vehicles of program Atlas; brake and coast."""
    run(
        fresh_database,
        "INSERT INTO test_types (name, label) VALUES ('brake', 'Brake'), ('coast', 'Coast-down')",
        "INSERT INTO vehicles (tag, program) VALUES ('V1', 'Atlas'), ('V2', 'Atlas')",
        "INSERT INTO dynos (name, facility, supported_test_types)"
        " VALUES ('PGN 1', 'PGN', '{brake}'), ('PGN 2', 'PGN', '{brake,coast}'), ('ATC 1', 'ATC', '{brake}')",
        "INSERT INTO service_periods (dyno_id, start_date, end_date)"
        " VALUES (1, '2020-01-01', NULL), (2, '2020-01-01', NULL), (3, '2020-01-01', '2025-06-30')",
    )
    return fresh_database


def run(database: Database, *statements: str) -> None:
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def allocation(
    dyno: int, first: str, last: str, *, vehicle: int = 1, test: str = "brake", status: str = "scheduled",
    disputed: bool = False, source: str = "api", made: str = "2026-03-01 12:00+00",
) -> str:  # fmt: skip
    return (
        "INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, status, disputed, source,"
        f" created_at, created_by) VALUES ({vehicle}, {dyno}, '{test}', '{first}', '{last}', '{status}', {disputed},"
        f" '{source}', '{made}', 'test')"
    )


def test_a_retired_dyno_has_no_row_and_an_idle_one_has(lab: Database) -> None:
    report = utilization(lab, window=MARCH, by="dyno")

    assert [(row.key, row.utilization) for row in report.rows] == [("PGN 1", 0.0), ("PGN 2", 0.0)]


def test_a_retired_dyno_that_is_still_booked_is_told_with_its_days_outside_capacity(lab: Database) -> None:
    run(lab, allocation(3, "2026-03-02", "2026-03-03"))
    retired = next(row for row in utilization(lab, window=MARCH, by="dyno").rows if row.key == "ATC 1")

    assert (retired.utilization, retired.outside_days) == (None, 2)


def test_the_fleet_can_be_limited_to_facilities(lab: Database) -> None:
    run(lab, allocation(1, "2026-03-02", "2026-03-03"), allocation(3, "2026-03-02", "2026-03-09", vehicle=2))

    assert utilization(lab, window=MARCH, by="test", facilities=["PGN"]).fleet.booked_days == 2


def test_rows_by_test_type_carry_the_label_that_people_know(lab: Database) -> None:
    run(lab, allocation(2, "2026-03-02", "2026-03-03", test="coast"))

    assert [(row.key, row.label) for row in utilization(lab, window=MARCH, by="test").rows] == [("coast", "Coast-down")]


def test_a_figure_opens_into_the_days_allocations_and_windows_behind_it(lab: Database) -> None:
    run(
        lab,
        allocation(1, "2026-02-27", "2026-03-02"),
        allocation(1, "2026-03-02", "2026-03-04", vehicle=2, disputed=True),
        allocation(1, "2026-03-10", "2026-03-12", status="cancelled"),
        "INSERT INTO allocations (kind, dyno_id, start_date, end_date, created_by, source)"
        " VALUES ('maintenance', 1, '2026-03-20', '2026-03-21', 'test', 'api')",
        "INSERT INTO maintenance (allocation_id, category, reason) SELECT id, 'calibration', 'Yearly'"
        " FROM allocations WHERE kind = 'maintenance'",
        "INSERT INTO holidays (day, name) VALUES ('2026-03-31', 'Founders')",
    )
    behind = drill_down(lab, 1, window=MARCH)
    row = next(row for row in utilization(lab, window=MARCH, by="dyno").rows if row.dyno_id == 1)

    assert (behind.figures.booked_days, behind.figures.capacity_days) == (row.booked_days, row.capacity_days) == (4, 28)
    assert [(each.vehicle, each.days, each.disputed) for each in behind.allocations] == [
        ("V1", 2, False),
        ("V2", 3, True),
    ]
    assert [(each.category, each.reason, each.days) for each in behind.windows] == [("calibration", "Yearly", 2)]
    assert len(behind.days[1].allocations) == 2
    assert [behind.days[at].state for at in (0, 19, 30)] == [DayState.CAPACITY, DayState.MAINTENANCE, DayState.HOLIDAY]


def test_a_dyno_that_does_not_exist_can_t_be_opened(lab: Database) -> None:
    with pytest.raises(NotFound, match="no dyno with the number 99"):
        drill_down(lab, 99, window=MARCH)


def test_open_requests_are_demand_in_the_weeks_they_wish_for(lab: Database) -> None:
    request = (
        "INSERT INTO requests (vehicle_id, test_type, start_date, end_date, duration_days, status, created_by, source)"
    )
    run(
        lab,
        f"{request} VALUES (1, 'coast', '2026-02-20', '2026-03-03', 12, 'open', 'test', 'api')",
        f"{request} VALUES (2, 'coast', '2026-03-08', '2026-03-09', 2, 'open', 'test', 'api')",
        f"{request} VALUES (2, 'brake', '2026-03-08', '2026-03-09', 2, 'withdrawn', 'test', 'api')",
        allocation(1, "2026-03-02", "2026-03-04"),
    )

    # 1 March is a Sunday, so the window begins with a week of one day.
    assert [
        (week.key, week.booked_days, week.requested_days, week.capacity_days)
        for week in demand_by_week(lab, window=MARCH)[:3]
    ] == [("2026-W09", 0, 1, 2), ("2026-W10", 3, 3, 14), ("2026-W11", 0, 1, 14)]
    assert [(row.label, row.requests, row.days, row.dynos) for row in unplaced_demand(lab, window=MARCH)] == [
        ("Coast-down", 2, 5, 1)
    ]


def test_only_what_the_agent_made_and_nobody_cancelled_saves_time(lab: Database) -> None:
    run(
        lab,
        allocation(1, "2026-03-02", "2026-03-03", source="chat"),
        allocation(1, "2026-03-05", "2026-03-06", source="chat", status="completed"),
        allocation(1, "2026-03-08", "2026-03-09", source="chat", status="cancelled"),
        allocation(1, "2026-03-11", "2026-03-12", source="calendar"),
    )

    assert roi(lab, window=None, assumptions=DEFAULTS, today=TODAY, tz=UTC).expected.total.allocations == 2


def test_an_allocation_belongs_to_the_month_of_the_lab_s_own_calendar(lab: Database) -> None:
    run(lab, allocation(1, "2026-03-02", "2026-03-03", source="chat", made="2026-03-01 03:00+00"))

    def months(zone: str) -> list[date]:
        found = roi(lab, window=None, assumptions=DEFAULTS, today=date(2026, 3, 1), tz=ZoneInfo(zone)).months
        return [each.month for each in found if each.saved.allocations]

    assert months("UTC") == [date(2026, 3, 1)]
    assert months("America/Detroit") == [date(2026, 2, 1)]


def test_the_settings_hold_until_somebody_edits_the_assumptions(fresh_database: Database) -> None:
    assert load_assumptions(fresh_database, SETTINGS) == DEFAULTS
    edited = Assumptions(Decimal("7.5"), Decimal(60), Decimal(80_000))
    save_assumptions(fresh_database, Origin(OPERATOR, "calendar"), edited)

    assert load_assumptions(fresh_database, SETTINGS) == edited


@pytest.mark.parametrize("field", ["minutes_saved", "hourly_rate_usd", "investment_usd"])
def test_a_zero_is_refused_and_nothing_changes(fresh_database: Database, field: str) -> None:
    with pytest.raises(InvalidInput, match="must be more than 0"):
        save_assumptions(fresh_database, Origin(OPERATOR, "calendar"), replace(DEFAULTS, **{field: Decimal(0)}))

    assert last_change(fresh_database) is None


def test_a_change_of_the_assumptions_is_on_record_with_what_was_before(fresh_database: Database) -> None:
    manager = Origin(given_user(fresh_database, role=Role.MANAGER), "calendar")
    save_assumptions(fresh_database, manager, DEFAULTS)
    save_assumptions(
        fresh_database, manager, Assumptions(Decimal(5), Decimal(50), Decimal(50_000)), reason="Timed in March"
    )
    entry = history(fresh_database, entity="roi_assumptions", entity_id=KEY)[0]
    changed = last_change(fresh_database)
    assert changed is not None
    assert changed.by == "manager@example.com"

    assert (entry.actor, entry.reason) == ("manager@example.com", "Timed in March")
    assert (entry.before, entry.after) == ({"minutes_saved": "4"}, {"minutes_saved": "5"})


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.PLANNER])
def test_who_is_no_manager_changes_no_assumptions(fresh_database: Database, role: Role) -> None:
    user: Actor = given_user(fresh_database, role=role)
    with pytest.raises(NotAllowed, match="ask a manager"):
        save_assumptions(fresh_database, Origin(user, "calendar"), DEFAULTS)

    assert history(fresh_database, entity="roi_assumptions", entity_id=KEY) == ()
