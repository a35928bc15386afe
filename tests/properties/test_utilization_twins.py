"""The query and the plain definition over sets of days say the same about any lab."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dyno_core.database.engine import Database
from dyno_core.period import Period
from dyno_core.reports.days import CountedTest, DynoFacts, utilization_by_days
from dyno_core.reports.figures import GROUPINGS, UtilizationReport
from dyno_core.reports.utilization import utilization, utilization_grid

DAY_ZERO = date(2026, 2, 20)
"""A Friday before a month ends, so that weekends, weeks and months are all cut."""
TEST_TYPES = ("brake", "coast")
PROGRAMS = ("", "Atlas")

some_day = st.integers(-12, 40).map(lambda n: DAY_ZERO + timedelta(days=n))
periods = st.builds(lambda day, n: Period(day, day + timedelta(days=n)), some_day, st.integers(0, 25))
tests = st.builds(CountedTest, periods, st.sampled_from(TEST_TYPES), st.sampled_from(PROGRAMS))
windows = st.builds(
    lambda n, length: Period.of(DAY_ZERO + timedelta(days=n), length), st.integers(0, 9), st.integers(1, 30)
)


@st.composite
def services(draw: st.DrawFn) -> tuple[tuple[date, date | None], ...]:
    """Service periods with gaps between them, the last one perhaps without an end."""
    edges = sorted(draw(st.sets(some_day, max_size=4)))
    pairs: list[tuple[date, date | None]] = list(zip(edges[::2], edges[1::2], strict=False))
    return (*pairs, (edges[-1], None)) if len(edges) % 2 else tuple(pairs)


@st.composite
def labs(draw: st.DrawFn) -> list[DynoFacts]:
    return [
        DynoFacts(
            id=number,
            name=f"D {number}",
            facility=draw(st.sampled_from(("North", "South", "Track"))),
            service=draw(services()),
            maintenance=tuple(draw(st.lists(periods, max_size=2))),
            tests=tuple(draw(st.lists(tests, max_size=4))),
        )
        for number in range(1, 4)
    ]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    # The database is one for all examples; every example replaces the whole lab.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    lab=labs(),
    window=windows,
    holidays=st.sets(some_day, max_size=3),
    include_weekends=st.booleans(),
    include_pools=st.booleans(),
)
def test_the_query_and_the_day_sets_agree_on_every_grouping(
    *,
    fresh_database: Database,
    lab: list[DynoFacts],
    window: Period,
    holidays: set[date],
    include_weekends: bool,
    include_pools: bool,
) -> None:
    store(fresh_database, lab, holidays)
    counted = {"include_weekends": include_weekends, "include_pools": include_pools}

    for by in GROUPINGS:
        asked = utilization(fresh_database, window=window, by=by, **counted)
        expected = utilization_by_days(lab, window=window, by=by, holidays=holidays, **counted)
        assert told(asked) == told(expected)
    grid = utilization_grid(fresh_database, window=window, **counted)
    by_dyno = utilization(fresh_database, window=window, by="dyno", **counted)
    by_week = utilization(fresh_database, window=window, by="week", **counted)
    assert grid.dynos == by_dyno.rows
    assert grid.weeks == by_week.rows
    assert grid.fleet == by_dyno.fleet


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lab=labs(), window=windows, holidays=st.sets(some_day, max_size=3), include_weekends=st.booleans())
def test_the_days_of_every_dyno_add_up(
    lab: list[DynoFacts], window: Period, holidays: set[date], include_weekends: bool
) -> None:
    report = utilization_by_days(lab, window=window, by="dyno", holidays=holidays, include_weekends=include_weekends)

    for row in (*report.rows, report.fleet):
        assert 0 <= row.booked_in_capacity_days <= row.capacity_days
        assert row.capacity_days + row.maintenance_days <= row.in_service_days
        assert row.outside_days >= 0
        assert row.utilization is None or 0 <= row.utilization <= 1
        assert (row.utilization is None) == (row.capacity_days == 0)
        if include_weekends and not holidays:
            assert row.capacity_days + row.maintenance_days == row.in_service_days


@settings(max_examples=60, deadline=None, derandomize=True)
@given(lab=labs(), window=windows, include_weekends=st.booleans())
def test_weeks_and_months_add_up_to_the_window(lab: list[DynoFacts], window: Period, include_weekends: bool) -> None:
    for by in ("week", "month"):
        report = utilization_by_days(lab, window=window, by=by, include_weekends=include_weekends)
        assert sum(row.booked_days for row in report.rows) == report.fleet.booked_days
        assert sum(row.capacity_days for row in report.rows) == report.fleet.capacity_days


def told(report: UtilizationReport) -> list[tuple[object, ...]]:
    return [
        (
            row.key,
            row.facility,
            row.period,
            row.in_service_days,
            row.capacity_days,
            row.booked_days,
            row.booked_in_capacity_days,
            row.maintenance_days,
        )
        for row in (*report.rows, report.fleet)
    ]


def store(database: Database, lab: list[DynoFacts], holidays: set[date]) -> None:
    """Replace the stored lab. Rows may overlap, so tests are disputed; what must not count stands among them."""
    with database.writing() as session:
        session.execute(text("TRUNCATE dynos, vehicles, test_types, holidays, app_settings RESTART IDENTITY CASCADE"))
        session.execute(text("INSERT INTO test_types (name, label) VALUES ('brake', 'Brake'), ('coast', 'Coast')"))
        session.execute(text("INSERT INTO vehicles (tag, program) VALUES ('a', NULL), ('b', 'Atlas')"))
        if holidays:
            session.execute(
                text("INSERT INTO holidays (day, name) VALUES (:day, 'Holiday')"), [{"day": day} for day in holidays]
            )
        session.execute(
            text("INSERT INTO dynos (name, facility) VALUES (:name, :facility)"),
            [{"name": dyno.name, "facility": dyno.facility} for dyno in lab],
        )
        spells = [{"dyno": dyno.id, "first": first, "last": last} for dyno in lab for first, last in dyno.service]
        if spells:
            session.execute(
                text("INSERT INTO service_periods (dyno_id, start_date, end_date) VALUES (:dyno, :first, :last)"),
                spells,
            )
        rows = [row for dyno in lab for row in rows_of(dyno)]
        session.execute(
            text(
                """INSERT INTO allocations
                   (kind, vehicle_id, dyno_id, test_type, start_date, end_date, status, disputed, created_by, source)
                   VALUES (:kind, :vehicle, :dyno, :test_type, :first, :last, :status, true, 'test', 'api')"""
            ),
            rows,
        )


def rows_of(dyno: DynoFacts) -> list[dict[str, object]]:
    def row(kind: str, period: Period, **more: object) -> dict[str, object]:
        blank = {"vehicle": None, "test_type": None, "status": "scheduled"}
        return {"kind": kind, "dyno": dyno.id, "first": period.start, "last": period.end} | blank | more

    everything = Period(DAY_ZERO - timedelta(days=60), DAY_ZERO + timedelta(days=90))
    return [
        *(row("maintenance", period) for period in dyno.maintenance),
        *(
            row("test", test.period, vehicle=1 + PROGRAMS.index(test.program), test_type=test.test_type)
            for test in dyno.tests
        ),
        row("test", everything, vehicle=1, test_type="brake", status="cancelled"),
        row("test", everything, vehicle=1, test_type="brake", status="tentative"),
        row("maintenance", everything, status="cancelled"),
    ]
