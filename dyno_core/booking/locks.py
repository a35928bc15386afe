"""The order in which changes of the plan queue up."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_DYNO: Final = 1 << 40
_VEHICLE: Final = 2 << 40


def lock_places(session: Session, *, dyno_ids: Iterable[int], vehicle_ids: Iterable[int] = ()) -> None:
    """Queue behind every other change of these dynos and vehicles. One order for all writers: no deadlock."""
    keys = sorted({_DYNO | dyno_id for dyno_id in dyno_ids} | {_VEHICLE | vehicle_id for vehicle_id in vehicle_ids})
    session.execute(
        text("""SELECT pg_advisory_xact_lock(key)
            FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY u(key, n) ORDER BY n"""),
        {"keys": keys},
    )
