"""Changing or cancelling maintenance that comes back: one of its windows and all later ones, together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin, record
from dyno_core.audit.measured import measured
from dyno_core.booking.errors import Unchanged
from dyno_core.booking.exchange import Within
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, MaintenanceRow
from dyno_core.errors import InvalidInput, StaleVersion
from dyno_core.maintenance.recurring import Hit, Recurrence
from dyno_core.maintenance.types import MaintenanceWindow
from dyno_core.maintenance.windows import (
    cancel_maintenance,
    displaced_by,
    load_window,
    lock_window,
    plan_maintenance,
    record_displaced,
    require_free,
)
from dyno_core.period import Period, say_day

_FROM_HERE: Final = text("""
    SELECT a.id FROM allocations a JOIN maintenance m ON m.allocation_id = a.id
    WHERE m.series_id = :series AND a.status <> 'cancelled' AND a.start_date >= :first ORDER BY a.start_date, a.id""")


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """What became of a series: its windows as they are now, those that are no more, and the tests they displaced."""

    windows: tuple[MaintenanceWindow, ...]
    cancelled: tuple[MaintenanceWindow, ...]
    displaced: tuple[Allocation, ...]

    @property
    def sentence(self) -> str:
        if not self.windows:
            count = len(self.cancelled)
            return f"{count} {'window' if count == 1 else 'windows'} of {self.cancelled[0].dyno} cancelled."
        first, last = self.windows[0], self.windows[-1]
        said = f"{first.dyno} is in maintenance {first.recurrence}, from {say_day(first.start_date)} to "
        said += f"{say_day(last.end_date)}."
        gone = len(self.cancelled)
        said += f" {gone} later {'one is' if gone == 1 else 'ones are'} cancelled." if gone else ""
        return f"{said} {len(self.displaced)} displaced: see the conflicts." if self.displaced else said


def series_from(database: Database, window_id: int) -> tuple[MaintenanceWindow, ...]:
    """This window and the later ones that were planned with it; none for one that comes once or is cancelled."""
    with database.reading() as session:
        return _series_from(session, load_window(session, window_id))


def recurrence_of(windows: Sequence[MaintenanceWindow]) -> Recurrence:
    """How often these come back, as far as their days tell."""
    first = windows[0]
    gap = (windows[1].start_date - first.start_date).days if len(windows) > 1 else 7
    return Recurrence(first.period, every_weeks=max(1, round(gap / 7)), times=len(windows))


def preview_series(database: Database, windows: Sequence[MaintenanceWindow], recurrence: Recurrence) -> tuple[Hit, ...]:
    """What the windows would run over if they came so from then on; nothing of their own."""
    periods = recurrence.periods
    span = Period(periods[0].start, periods[-1].end)
    own = [one.id for one in windows]
    with database.reading() as session:
        standing = blocking(session, span, dyno_id=windows[0].dyno_id, ignore=own)
    return tuple(Hit(one, tuple(each for each in standing if each.period.overlaps(one))) for one in periods)


@measured("maintenance", "change_series")
def change_series(
    database: Database,
    origin: Origin,
    windows: Sequence[MaintenanceWindow],
    recurrence: Recurrence,
    *,
    today: date,
    reason: str = "",
    displace: bool = False,
) -> SeriesChange:
    """Let these windows, as `series_from` gave them, come as ``recurrence`` says; fewer times cancels the last ones.

    ``reason``: why the dyno is taken out, empty = as it was. Raises `MaintenanceHitsAllocations` for what may not be
    displaced, `StaleVersion` when one of them was changed, or one is more or less, `InvalidInput`, `Unchanged`,
    `NotAllowed`.
    """
    check_text(reason, what="The reason")
    periods, why = recurrence.periods, reason.strip() or windows[0].reason
    _refuse_past(windows[0], periods[0], today)

    def change(session: Session) -> SeriesChange:
        seen = _lock_series(session, origin, windows)
        kept, dropped = seen[: len(periods)], seen[len(periods) :]
        if [one.period for one in seen] == list(periods) and all(one.reason == why for one in seen):
            raise Unchanged("The windows come so already, so nothing was changed; give other days or another reason.")
        within = Within(database, session)
        gone = [cancel_maintenance(within, origin, one.id, version=one.version, reason=reason) for one in dropped]
        _park(session, kept)
        displaced = _make_room(session, origin, kept[0], periods, why=why, displace=displace)
        for one, period in zip(kept, periods, strict=False):
            _move(session, origin, one, period, why=why, reason=reason)
        new = [
            plan_maintenance(
                within, origin, dyno=kept[0].dyno, period=period, category=kept[0].category, today=today, reason=why,
                recurrence=str(recurrence),
            ).window.id
            for period in periods[len(kept) :]
        ]  # fmt: skip
        ids = [*(one.id for one in kept), *new]
        session.execute(
            update(MaintenanceRow)
            .where(MaintenanceRow.allocation_id.in_(ids))
            .values(reason=why, recurrence=str(recurrence), series_id=ids[0])
        )
        session.flush()
        return SeriesChange(tuple(load_window(session, number) for number in ids), tuple(gone), displaced)

    return database.transact(change)


@measured("maintenance", "cancel_series")
def cancel_series(
    database: Database, origin: Origin, windows: Sequence[MaintenanceWindow], *, today: date, reason: str = ""
) -> SeriesChange:
    """Cancel these windows, as `series_from` gave them. Raises as `change_series` does."""
    check_text(reason, what="The reason")
    _refuse_past(windows[0], windows[0].period, today)

    def change(session: Session) -> SeriesChange:
        within = Within(database, session)
        gone = [
            cancel_maintenance(within, origin, one.id, version=one.version, reason=reason)
            for one in _lock_series(session, origin, windows)
        ]
        return SeriesChange((), tuple(gone), ())

    return database.transact(change)


def _series_from(session: Session, window: MaintenanceWindow) -> tuple[MaintenanceWindow, ...]:
    if window.series_id is None or window.status == "cancelled":
        return ()
    ids = session.scalars(_FROM_HERE, {"series": window.series_id, "first": window.start_date}).all()
    return tuple(load_window(session, number) for number in ids)


def _lock_series(
    session: Session, origin: Origin, windows: Sequence[MaintenanceWindow]
) -> tuple[MaintenanceWindow, ...]:
    """Them behind their locks. One that was planned, changed or cancelled since refuses all."""
    lock_places(session, dyno_ids=[windows[0].dyno_id])
    first = lock_window(session, origin, windows[0].id, windows[0].version)
    now = _series_from(session, first)
    versions: Mapping[int, int] = {one.id: one.version for one in now}
    for one in windows:
        if versions.get(one.id) != one.version:
            raise StaleVersion(what=f"Maintenance window {one.id}", expected=one.version, found=versions.get(one.id, 0))
    if len(now) != len(windows):
        raise StaleVersion(what=f"The maintenance of {first.dyno}", expected=len(windows), found=len(now))
    return tuple(lock_window(session, origin, one.id, one.version) for one in now)


def _park(session: Session, windows: Sequence[MaintenanceWindow]) -> None:
    """Out of each other's way while they change places."""
    for one in windows:
        session.get_one(AllocationRow, one.id).status = "cancelled"
    session.flush()


def _make_room(
    session: Session,
    origin: Origin,
    first: MaintenanceWindow,
    periods: Sequence[Period],
    *,
    why: str,
    displace: bool,
) -> tuple[Allocation, ...]:
    displaced: list[Allocation] = []
    for period in periods:
        require_free(blocking(session, period, dyno_id=first.dyno_id), period, displace=displace)
        displaced += displaced_by(session, period, first.dyno_id) if displace else ()
    record_displaced(session, origin, tuple(displaced), why=f"{first.category} of {first.dyno}", reason=why)
    return tuple(displaced)


def _move(
    session: Session, origin: Origin, before: MaintenanceWindow, period: Period, *, why: str, reason: str
) -> None:
    """Out of its parking to its new days, as its next version, unless all of it stays as it was."""
    row = session.get_one(AllocationRow, before.id)
    row.status = before.status
    old = {"start_date": before.start_date, "end_date": before.end_date, "reason": before.reason}
    new = {"start_date": period.start, "end_date": period.end, "reason": why}
    if old != new:
        row.start_date, row.end_date = period.start, period.end
        row.version = before.version + 1
        row.updated_at = session.execute(text("SELECT now()")).scalar_one()
        record(
            session, origin, action="change maintenance", entity="maintenance", entity_id=before.id, before=old,
            after=new, reason=reason,
        )  # fmt: skip
    session.flush()


def _refuse_past(window: MaintenanceWindow, period: Period, today: date) -> None:
    if window.end_date < today:
        raise InvalidInput(
            f"The window of {window.period} is over, so it stays as it was; choose the first one that is to change."
        )
    if window.start_date < today and period.start != window.start_date:
        raise InvalidInput(
            f"This window began on {say_day(window.start_date)}, so its first day stays; choose a later window, or "
            "change its last day only."
        )
    if period.end < today:
        raise InvalidInput(f"{period} lies in the past, so nothing was changed; give a later day.")
