"""What the app does for people is measured where it is done, whatever the front door."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.accounts.sign_in import SignInRefused, sign_in
from dyno_core.audit.log import Origin
from dyno_core.booking import cancel_allocation, reschedule_allocation
from dyno_core.booking.errors import NoDynoAvailable
from dyno_core.database.engine import Database
from dyno_core.health import timings
from dyno_core.period import Period
from dyno_core.reports.assumptions import Assumptions
from dyno_core.reports.roi import roi
from dyno_core.reports.utilization import utilization
from dyno_core.settings import Settings
from dyno_core.start import App
from dyno_core.telemetry import exposition
from dyno_core.telemetry.performance import store_queued
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days, scalar
from tests.fixtures.app import KEY


def test_booking_moving_reports_and_signing_in_stand_in_the_table_and_in_prometheus(fresh_database: Database) -> None:
    store_queued(lambda _: None)  # what other tests left waiting
    app = App(database=fresh_database, clock=Settings(_env_file=None).clock(), settings=Settings(), embedded=None)
    planner = given_user(fresh_database, Role.PLANNER)
    origin = Origin(planner, "calendar")
    given_dyno(fresh_database, "North 1")
    first, second = given_vehicle(fresh_database), given_vehicle(fresh_database)

    booked = book(fresh_database, first, origin=origin)
    with pytest.raises(NoDynoAvailable):
        book(fresh_database, second, origin=origin)
    moved = reschedule_allocation(fresh_database, origin, booked.id, today=TODAY, start_date=in_days(9))
    cancel_allocation(fresh_database, origin, moved.id, reason="not needed")
    utilization(fresh_database, window=Period(TODAY, in_days(9)), by="dyno")
    roi(fresh_database, window=None, assumptions=Assumptions(Decimal(4), Decimal(50), Decimal(50_000)), today=TODAY)
    with pytest.raises(SignInRefused):
        sign_in(
            fresh_database, email="x@example.com", password="-", address="-", user_agent="-", now=datetime.now(UTC),
            key=KEY,
        )  # fmt: skip
    app.close()

    admin = given_user(fresh_database, Role.ADMIN)
    told = {
        (one.service, one.method): (one.calls, one.failures)
        for one in timings(fresh_database, admin, since=datetime(2000, 1, 1, tzinfo=UTC))
    }
    assert told["booking", "allocate"] == (2, 1)
    assert told["booking", "reschedule"] == told["booking", "cancel"] == (1, 0)
    assert told["reports", "utilization"] == told["reports", "roi"] == (1, 0)
    assert told["accounts", "sign_in"] == (1, 1)
    assert scalar(fresh_database, "SELECT DISTINCT user_id FROM metrics WHERE service_name = 'booking'") == planner.id

    served = exposition().decode()
    for labels in (
        'method="allocate",service="booking",status="ok"',
        'method="allocate",service="booking",status="no_dyno_available"',
        'method="cancel",service="booking",status="ok"',
        'method="sign_in",service="accounts",status="sign_in_refused"',
    ):
        assert f"dyno_operations_total{{{labels}}}" in served
    assert 'dyno_operation_duration_seconds_count{method="roi",service="reports"}' in served
