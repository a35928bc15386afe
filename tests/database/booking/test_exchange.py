"""Booking by exchange: both changes or none, and a repeated call is answered as the first one was."""

from typing import Any

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import Exchanged, RoomMaker, book_in_exchange
from dyno_core.booking.errors import KeyReused
from dyno_core.database.engine import Database
from dyno_core.errors import NotAllowed
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days, overlapping_pairs
from tests.database.booking.support import refused, stored


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    return fresh_database


def _exchange(database: Database, room: RoomMaker, vehicle: int, *, by: Origin = BY, **changes: Any) -> Exchanged:
    wish = {"start_date": TODAY, "days": 3, "test_type": "brake", "dyno": "N1", "request_key": "k"} | changes
    return book_in_exchange(database, by, room=room, vehicle_id=vehicle, today=TODAY, **wish)


def test_an_exchange_asked_for_again_is_the_first_one_and_another_wish_under_its_key_is_refused(lab: Database) -> None:
    holder, vehicle, other = book(lab, given_vehicle(lab), dyno="N1"), given_vehicle(lab), given_vehicle(lab)
    room = RoomMaker(holder.id, to_dyno="N2", version=holder.version)

    first = _exchange(lab, room, vehicle)

    assert (first.booked.dyno, first.moved.dyno) == ("N1", "N2")
    before = stored(lab)
    assert _exchange(lab, room, vehicle) == first
    assert stored(lab) == before
    for wish in ({"vehicle": other}, {"vehicle": vehicle, "start_date": in_days(1)}):
        with refused(lab, KeyReused, code="key_reused", says=f"another wish (allocation {first.booked.id})"):
            _exchange(lab, room, **wish)
    with refused(lab, NotAllowed, code="not_allowed", says="book a vehicle"):
        _exchange(lab, room, vehicle, by=Origin(given_user(lab, Role.VIEWER), "api"))
    assert overlapping_pairs(lab) == 0
