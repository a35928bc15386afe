"""The order in which changes of the plan queue up."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.fleet.belongings import enter_plan

_DYNO: Final = 1 << 40
_VEHICLE: Final = 2 << 40


_ROWS: Final = text("""
    WITH held_dynos AS MATERIALIZED (
           SELECT id FROM dynos WHERE id = ANY(CAST(:dyno_ids AS int[])) ORDER BY id FOR SHARE),
         held_vehicles AS MATERIALIZED (
           SELECT id FROM vehicles WHERE id = ANY(CAST(:vehicle_ids AS int[])) ORDER BY id FOR SHARE)
    SELECT (SELECT count(*) FROM held_dynos), (SELECT count(*) FROM held_vehicles)""")


def lock_places(session: Session, *, dyno_ids: Iterable[int], vehicle_ids: Iterable[int] = ()) -> None:
    """Queue behind every other change of these dynos and vehicles. One order for all writers: no deadlock.

    Nor does anybody change what they can do and are before the transaction ends: what is checked from here on holds.
    """
    dynos, vehicles = sorted(set(dyno_ids)), sorted(set(vehicle_ids))
    session.execute(
        text("""SELECT pg_advisory_xact_lock(key)
            FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY u(key, n) ORDER BY n"""),
        {"keys": [*(_DYNO | number for number in dynos), *(_VEHICLE | number for number in vehicles)]},
    )
    enter_plan(session)
    session.execute(_ROWS, {"dyno_ids": dynos, "vehicle_ids": vehicles})
