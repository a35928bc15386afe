"""The algebra of periods, against sets of days and against PostgreSQL's ranges."""

import itertools
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dyno_core.database.engine import Database
from dyno_core.period import FIRST_DAY, LAST_DAY, LONGEST, Period

DAYS = st.dates(FIRST_DAY, LAST_DAY)
NEAR = st.integers(0, 40).map(lambda day: date(2026, 2, 10) + timedelta(days=day))


@st.composite
def periods(draw: st.DrawFn, starts: st.SearchStrategy[date] = NEAR) -> Period:
    start = draw(starts)
    return Period(start, start + timedelta(days=draw(st.integers(0, 20))))


@given(one=periods(), two=periods())
@settings(derandomize=True, deadline=None)
def test_periods_behave_as_the_sets_of_their_days(one: Period, two: Period) -> None:
    first, second = set(one.each_day()), set(two.each_day())
    clipped = one.clip(two)

    assert one.days == len(first)
    assert one.overlaps(two) is two.overlaps(one) is bool(first & second)
    assert one.covers(two) is (second <= first)
    assert set(clipped.each_day() if clipped else ()) == first & second
    assert all(one.contains(day) is (day in first) for day in second)


@given(one=periods(), others=st.lists(periods(), max_size=4))
@settings(derandomize=True, deadline=None)
def test_what_is_left_of_a_period_is_its_days_without_those_of_others_in_as_few_pieces(
    one: Period, others: list[Period]
) -> None:
    left = one.without(others)

    days = [day for piece in left for day in piece.each_day()]
    assert days == sorted(set(one.each_day()) - {day for other in others for day in other.each_day()})
    assert all((after.start - before.end).days > 1 for before, after in itertools.pairwise(left))


@given(period=periods(), days=st.integers(-400, 400))
@settings(derandomize=True, deadline=None)
def test_a_shift_back_undoes_a_shift(period: Period, days: int) -> None:
    assert period.shifted(days).shifted(-days) == period
    assert period.shifted(days).days == period.days


@given(start=DAYS, days=st.integers(1, LONGEST))
@settings(derandomize=True, deadline=None)
def test_a_period_of_some_days_has_so_many_and_stays_in_the_calendar(start: date, days: int) -> None:
    if start + timedelta(days=days - 1) <= LAST_DAY:
        period = Period.of(start, days)
        assert (period.start, period.days) == (start, days)


@given(pairs=st.lists(st.tuples(periods(), periods()), min_size=50, max_size=50))
@settings(derandomize=True, deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_postgres_sees_the_same_overlaps(fresh_database: Database, pairs: list[tuple[Period, Period]]) -> None:
    query = text("""
        SELECT daterange(a, b, '[]') && daterange(c, d, '[]') AS overlap, daterange(a, b, '[]') @> daterange(c, d, '[]')
          AS covers
        FROM unnest(CAST(:a AS date[]), CAST(:b AS date[]), CAST(:c AS date[]), CAST(:d AS date[]))
          WITH ORDINALITY AS t(a, b, c, d, n) ORDER BY n""")
    with fresh_database.reading() as session:
        rows = session.execute(
            query,
            {
                "a": [one.start for one, _ in pairs],
                "b": [one.end for one, _ in pairs],
                "c": [two.start for _, two in pairs],
                "d": [two.end for _, two in pairs],
            },
        ).all()

    assert [(row.overlap, row.covers) for row in rows] == [(one.overlaps(two), one.covers(two)) for one, two in pairs]
