"""A booking whose connection dies while it waits: the sentence is honest, and the key makes it safe to ask again."""

from threading import Thread
from time import monotonic

from sqlalchemy import create_engine, text

from dyno_core.booking import allocate_vehicle
from dyno_core.database.engine import Database
from dyno_core.errors import DatabaseUnavailable, DynoError
from tests.builders import OPERATOR_ORIGIN, TODAY, given_dyno, given_vehicle, overlapping_pairs, scalar


def _book(database: Database, vehicle: int) -> int:
    return allocate_vehicle(
        database,
        OPERATOR_ORIGIN,
        vehicle_id=vehicle,
        start_date=TODAY,
        days=1,
        test_type="brake",
        today=TODAY,
        request_key="k",
    ).id


def test_a_connection_lost_in_mid_booking_is_told_as_such_and_the_key_asks_again(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle, other = given_vehicle(fresh_database), given_vehicle(fresh_database)
    told: list[DynoError] = []

    def try_to_book() -> None:
        try:
            _book(fresh_database, vehicle)
        except DynoError as refusal:
            told.append(refusal)

    booking = Thread(target=try_to_book, daemon=True)
    holder = create_engine(fresh_database.url)
    with holder.connect() as connection:
        connection.execute(
            text("""INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, created_by, source)
                SELECT :vehicle, id, 'brake', :day, :day, 'operator', 'api' FROM dynos"""),
            {"vehicle": other, "day": TODAY},
        )
        booking.start()  # it waits for the row above
        deadline, ended = monotonic() + 30, 0
        while not ended:
            assert monotonic() < deadline, "the booking did not wait"
            ended = int(
                str(
                    scalar(
                        fresh_database,
                        """SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'""",
                    )
                )
            )
        booking.join(30)
        connection.rollback()
    holder.dispose()

    assert [type(refusal) for refusal in told] == [DatabaseUnavailable]
    assert str(told[0]) == (
        "The connection to the database was lost in the middle of this; look at the plan before you try again."
    )
    first = _book(fresh_database, vehicle)
    assert _book(fresh_database, vehicle) == first
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == 1
    assert overlapping_pairs(fresh_database) == 0
