"""Who holds which dyno and which vehicle while an import finds places for its rows."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.booking.sql import A_BLOCKS
from dyno_core.period import Period
from dyno_core.workbook.taken import TakenDays

_HELD = text(f"""
    SELECT a.id, a.kind, a.dyno_id, d.name AS dyno, a.vehicle_id, coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS vehicle,
           a.start_date, a.end_date
    FROM allocations a JOIN dynos d ON d.id = a.dyno_id LEFT JOIN vehicles v ON v.id = a.vehicle_id
    WHERE {A_BLOCKS} AND a.end_date >= :first AND a.start_date <= :last
      AND (a.dyno_id = ANY(:dynos) OR a.vehicle_id = ANY(:vehicles))
    ORDER BY a.start_date, a.id""")


class Occupancy:
    """The blocking allocations and windows of some dynos and vehicles, and what is added to them."""

    def __init__(self) -> None:
        self._dynos: dict[int, TakenDays] = defaultdict(TakenDays)
        self._vehicles: dict[int, TakenDays] = defaultdict(TakenDays)
        self._stored: dict[int, list[tuple[Period, str]]] = defaultdict(list)
        self._stored_of_vehicle: dict[int, list[tuple[Period, str]]] = defaultdict(list)

    @classmethod
    def load(
        cls,
        session: Session,
        *,
        period: Period,
        dyno_ids: Iterable[int],
        vehicle_ids: Iterable[int],
        own: frozenset[int],
    ) -> "Occupancy":
        """What is stored now for these dynos and vehicles on days of ``period``.

        ``own``: allocations that stem from the file itself, whose clashes its pairs tell already.
        """
        self = cls()
        wanted = {"first": period.start, "last": period.end, "dynos": list(dyno_ids), "vehicles": list(vehicle_ids)}
        for row in session.execute(_HELD, wanted):
            days = Period(row.start_date, row.end_date)
            what = f"maintenance of {row.dyno}" if row.kind == "maintenance" else f"{row.vehicle} on {row.dyno}"
            told = f"{what} from {days} (allocation {row.id})"
            self._dynos[row.dyno_id].take(days)
            if row.vehicle_id is not None:
                self._vehicles[row.vehicle_id].take(days)
            if row.id in own:
                continue
            self._stored[row.dyno_id].append((days, told))
            if row.vehicle_id is not None:
                self._stored_of_vehicle[row.vehicle_id].append((days, told))
        return self

    def take(self, period: Period, *, dyno_id: int, vehicle_id: int | None = None) -> bool:
        """Whether both are free for ``period``; if so they are not any more."""
        if not self._dynos[dyno_id].is_free(period):
            return False
        if vehicle_id is not None and not self._vehicles[vehicle_id].is_free(period):
            return False
        self._dynos[dyno_id].take(period)
        if vehicle_id is not None:
            self._vehicles[vehicle_id].take(period)
        return True

    def stored_in_the_way(self, period: Period, *, dyno_id: int, vehicle_id: int | None = None) -> str | None:
        """What the database held before, in words, when it stands in the way."""
        held = [*self._stored[dyno_id], *(self._stored_of_vehicle[vehicle_id] if vehicle_id is not None else ())]
        return next((told for days, told in held if days.overlaps(period)), None)
