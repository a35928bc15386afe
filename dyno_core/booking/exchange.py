"""Booking by exchange: the allocation that holds a dyno moves to another one, and the vehicle takes its place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from psycopg.errors import InFailedSqlTransaction
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.booking.allocations import allocate_vehicle
from dyno_core.booking.changes import reschedule_allocation
from dyno_core.booking.errors import WrongStatus
from dyno_core.booking.reading import load_allocation, load_by_key
from dyno_core.booking.request_changes import lock_open
from dyno_core.booking.requests import load_request, place_request
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.errors import Busy, StaleVersion

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The new allocation, and the one that made room for it, as they are now."""

    booked: Allocation
    moved: Allocation


@dataclass(frozen=True, slots=True)
class RoomMaker:
    """The allocation that moves to ``to_dyno``, on its own days; ``version`` as it was when that was agreed."""

    allocation_id: int
    to_dyno: str
    version: int


class Within(Database):
    """The caller's open transaction, handed to functions that would open one of their own: all of it or nothing."""

    def __init__(self, database: Database, session: Session) -> None:
        self.url, self.reader_url, self.engine = database.url, database.reader_url, database.engine
        self._session = session

    def transact(self, work: Callable[[Session], T]) -> T:
        return work(self._session)

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        self._session.flush()
        try:
            yield self._session.connection()
        except InFailedSqlTransaction as failed:  # a deadlock's victim: nothing of the transaction is left to repeat
            raise Busy from failed


def book_in_exchange(
    database: Database,
    origin: Origin,
    *,
    room: RoomMaker,
    vehicle_id: int,
    start_date: date,
    days: int,
    test_type: str,
    dyno: str,
    today: date,
    request_key: str | None = None,
) -> Exchanged:
    """Move one allocation to another dyno and book the vehicle onto ``dyno``, in one transaction.

    The actor must be allowed to change the other allocation: its owner or a planner. Raises what `allocate_vehicle`
    and `reschedule_allocation` raise, `WrongStatus` when the other test is not simply planned, `StaleVersion` when it
    was changed since ``room.version``. The same ``request_key`` gives the first result.
    """

    def change(session: Session) -> Exchanged:
        within = Within(database, session)
        made_before = request_key is not None and load_by_key(session, request_key) is not None
        moved = None if made_before else move_for_exchange(within, origin, room, today=today)
        booked = allocate_vehicle(  # under a key that is known: compares, and gives the first result
            within,
            origin,
            vehicle_id=vehicle_id,
            start_date=start_date,
            days=days,
            test_type=test_type,
            today=today,
            dyno=dyno,
            request_key=request_key,
        )
        return Exchanged(booked, moved or load_allocation(session, room.allocation_id))

    try:
        return database.transact(change)
    except StaleVersion:  # perhaps by the same call, which was faster: then its booking is there to be found
        with database.reading() as session:
            if request_key is None or load_by_key(session, request_key) is None:
                raise
        return database.transact(change)


def place_in_exchange(
    database: Database,
    origin: Origin,
    request_id: int,
    *,
    room: RoomMaker,
    dyno: str,
    today: date,
    version: int,
) -> Exchanged:
    """Move one allocation to another dyno and place the request onto ``dyno`` on its wished days, in one transaction.

    Placing it twice gives the same allocation. Raises what `place_request` and `book_in_exchange` raise, also
    `RequestClosed`, nothing moved, when somebody else places it meanwhile.
    """

    def change(session: Session) -> Exchanged:
        within = Within(database, session)
        moved = None
        if load_request(session, request_id).allocation_id is None:
            moved = move_for_exchange(within, origin, room, today=today)
            lock_open(session, request_id, version)  # the move may have waited: it must not have been for nothing
        booked = place_request(within, origin, request_id, today=today, dyno=dyno, version=version)
        return Exchanged(booked, moved or load_allocation(session, room.allocation_id))

    return database.transact(change)


def move_for_exchange(within: Database, origin: Origin, room: RoomMaker, *, today: date) -> Allocation:
    moved = reschedule_allocation(
        within, origin, room.allocation_id, today=today, dyno=room.to_dyno, version=room.version, reason="makes room"
    )
    if moved.status != "scheduled":
        raise WrongStatus(
            allocation_id=moved.id, status=moved.status, wish="exchanged", instead="only a planned test makes room"
        )
    return moved
