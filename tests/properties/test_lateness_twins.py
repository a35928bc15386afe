"""The rule of lateness has one form in Python and one in SQL; they say the same about any leg."""

import random
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from dyno_core.booking import Allocation, lateness
from dyno_core.booking.lateness import is_delayed_in_sql, is_late_in_sql, slip_in_sql
from dyno_core.database.engine import Database
from dyno_core.database.models import ALLOCATION_STATUSES

_TODAY = date(2026, 11, 24)
_STATES = text(f"""
    SELECT {is_late_in_sql()} AS late, {is_delayed_in_sql()} AS delayed, {slip_in_sql()} AS slip
    FROM unnest(CAST(:status AS text[]), CAST(:start_date AS date[]), CAST(:end_date AS date[]),
                CAST(:planned_start_date AS date[]), CAST(:planned_end_date AS date[]),
                CAST(:end_fixed AS boolean[])) WITH ORDINALITY
         AS a(status, start_date, end_date, planned_start_date, planned_end_date, end_fixed, at)
    ORDER BY a.at""")


def test_both_forms_call_the_same_legs_late_and_delayed_by_the_same_days(fresh_database: Database) -> None:
    legs = [_a_leg(random.Random(number), number) for number in range(4_000)]
    names = ("status", "start_date", "end_date", "planned_start_date", "planned_end_date", "end_fixed")
    with fresh_database.reading() as session:
        told = session.execute(
            _STATES, {name: [getattr(leg, name) for leg in legs] for name in names} | {"today": _TODAY}
        ).all()

    found = [lateness(leg, today=_TODAY) for leg in legs]
    assert [tuple(row) for row in told] == [(one.is_late, one.is_delayed, one.slip) for one in found]
    assert {(one.is_late, one.is_delayed) for one in found} == {(True, True), (False, True), (False, False)}


def _a_leg(source: random.Random, number: int) -> Allocation:
    """Around today, as short as legs can be, so that every edge is met; imported plans may end before they start."""
    start = _TODAY + timedelta(days=source.randint(-6, 4))
    planned = [source.choice((None, start + timedelta(days=source.randint(-5, 5)))) for _ in range(2)]
    return Allocation(
        id=number, kind="test", dyno_id=1, dyno="N1", facility="North", vehicle_id=1, vin=None, tag="T-1", program=None,
        contact=None, test_type="brake", leg=None, start_date=start,
        end_date=start + timedelta(days=source.randint(0, 5)), status=source.choice(ALLOCATION_STATUSES),
        disputed=False, planned_start_date=planned[0], planned_end_date=planned[1], actual_start_date=None,
        actual_end_date=None, notes="", created_by="me", created_at=datetime.now(UTC), source="calendar", version=1,
        end_fixed=source.random() < 0.3,
    )  # fmt: skip
