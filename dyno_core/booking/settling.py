"""The ways out of a conflict, each looked up and checked at that moment, and taking one of them.

A way moves, swaps, shortens, confirms or cancels one allocation. Where that makes room for a disputed one, the same
change confirms that one's place. What is offered passed the checks that the change itself makes; the versions it was
seen at go along, so that a second planner's change in between refuses it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.booking.availability import FREE_DYNOS, next_windows_in
from dyno_core.booking.conflicts import allocations_by_id
from dyno_core.booking.desk import DeskConflict
from dyno_core.booking.editing import require_place
from dyno_core.booking.errors import DynoBusy, VehicleBusy
from dyno_core.booking.reading import blocking
from dyno_core.booking.sql import dyno_is_free, in_service
from dyno_core.booking.types import Allocation, DynoOption, Window
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, StaleVersion
from dyno_core.fleet.compatibility import Requirement
from dyno_core.fleet.vehicles import load_vehicle, requirement_for
from dyno_core.period import FIRST_DAY, LAST_DAY, LONGEST, Period, say_day, say_days

Kind = Literal["other_dyno", "shift", "shorten", "set_end", "swap", "confirm", "cancel"]

_MOST_DYNOS: Final = 3
_MOST_SWAPS: Final = 2
_LOOKED_AT: Final = 5
_TRIES: Final = 8
_MOVABLE: Final = ("scheduled", "tentative", "in_progress")

_FIXED_DAYS: Final = text("SELECT fixed_days FROM test_types WHERE name = :test_type")

_UNSETTLED: Final = text("""
    SELECT id FROM allocations
    WHERE status <> 'cancelled' AND (disputed OR status = 'tentative') AND kind = 'test' AND end_date >= :today""")

_C_DAYS: Final = {"first": "c.start_date", "last": "c.end_date"}
_SWAPS: Final = text(f"""
    SELECT c.id, d.id AS dyno_id, d.name AS dyno, d.facility
    FROM allocations c JOIN vehicles v ON v.id = c.vehicle_id JOIN dynos d ON d.id = c.dyno_id
    WHERE c.status = 'scheduled' AND NOT c.disputed AND c.dyno_id <> :dyno_id
      AND c.start_date <= :last AND c.end_date >= :first AND d.capabilities @> ARRAY[CAST(:token AS text)]
      AND {in_service()} AND {dyno_is_free(ignore="c.id")}
      AND EXISTS (
        SELECT FROM dynos d WHERE d.id = :dyno_id AND {in_service(**_C_DAYS)}
          AND d.capabilities @> ARRAY[c.test_type || '|' || v.drive_type || '|' || v.weight_class]
          AND {dyno_is_free(**_C_DAYS, ignore="CAST(:ignore AS bigint)")})
    ORDER BY d.preference, d.name, c.id LIMIT :most""")


@dataclass(frozen=True, slots=True)
class Settlement:
    """One way out: ``allocation``, as it was seen, gets ``dyno`` and ``period``.

    ``partner`` takes its place in a swap. ``confirms``: disputed ones that hold their places from then on. ``stays``:
    why others of the conflict stay unsettled, in sentences. ``clash``: all of the conflict, as it was seen.
    """

    kind: Kind
    allocation: Allocation
    dyno: str
    facility: str
    period: Period
    partner: Allocation | None = None
    confirms: tuple[Allocation, ...] = ()
    stays: tuple[str, ...] = ()
    clash: tuple[Allocation, ...] = ()

    @property
    def key(self) -> str:
        """The same for the same way, as long as nothing of it changed."""
        other = self.partner.id if self.partner else 0
        return f"{self.kind}-{self.allocation.id}-{self.allocation.version}-{other}-{self.dyno}-{self.period.start}"

    @property
    def label(self) -> str:
        """A few words, for a button."""
        one = self.allocation
        if self.kind == "other_dyno":
            return f"{self.dyno}, same days"
        if self.kind == "shift":
            later = (self.period.start - one.start_date).days
            where = "Same dyno" if self.dyno == one.dyno else self.dyno
            return f"{where}, {say_days(later)} later"
        if self.kind == "shorten":
            return f"{say_days(self.period.days)} instead of {one.days}"
        if self.kind == "set_end":
            return f"{say_days(self.period.days)}, to the right end"
        if self.partner is not None:
            return f"Swap with {self.partner.vehicle} on {self.dyno}"
        return "Confirm the place" if self.kind == "confirm" else "Cancel the test"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What changes, line by line."""
        one = self.allocation
        if self.kind == "cancel":
            said = [f"{one.what} on {one.dyno}, {one.period}, is cancelled; a request it answered is open again."]
        elif self.kind == "confirm":
            said = [f"{one.what} holds {one.dyno} for {one.period} from now on."]
        else:
            said = [f"{one.what}: {one.dyno}, {one.period} → {self.dyno}, {self.period}."]
        if self.partner is not None:
            said.append(f"{self.partner.what}: {self.partner.dyno}, {self.partner.period} → {one.dyno}, same days.")
        said += [f"{each.what} holds {each.dyno} for {each.period} from then on." for each in self.confirms]
        return (*said, *self.stays)

    @property
    def needs_reason(self) -> bool:
        return self.kind == "cancel"


def ways_to_settle(database: Database, conflict: DeskConflict, *, actor: Actor, today: date) -> tuple[Settlement, ...]:
    """What the actor can do about it in one click, the lightest first; none where it takes another's right.

    Raises `StaleVersion` when one of its allocations was changed since the list was read.
    """
    with database.reading() as session:
        now = allocations_by_id(session, (one.id for one in conflict.allocations))
        for one in conflict.allocations:
            if now[one.id].version != one.version:
                raise StaleVersion(what=f"Allocation {one.id}", expected=one.version, found=now[one.id].version)
        if conflict.kind == "identity":
            return ()
        search = _Search(session, conflict, actor=actor, today=today)
        # Whoever holds no place moves first: nobody else is touched by it.
        order = sorted(conflict.allocations, key=lambda one: (not one.disputed, one.status != "tentative", one.id))
        return tuple(way for one in order if one.kind == "test" for way in search.of(one))


class _Search:
    def __init__(self, session: Session, conflict: DeskConflict, *, actor: Actor, today: date) -> None:
        self.session, self.conflict, self.actor, self.today = session, conflict, actor, today
        # They hold no place, but whoever moves onto them is in the next conflict.
        self.unsettled = tuple(allocations_by_id(session, session.scalars(_UNSETTLED, {"today": today})).values())

    def of(self, one: Allocation) -> Iterator[Settlement]:
        if not self._may(one):
            return
        if self.conflict.kind == "duration" and self.conflict.expected_days is None:
            return  # the right length is known to people only
        others = [each for each in self.conflict.allocations if each.id != one.id]
        if self.conflict.kind == "disputed":
            yield from self._checked("confirm", one, at=_home(one), period=one.period, others=others)
        if one.status in _MOVABLE and (need := self._need(one)) is not None:
            days = self.conflict.expected_days or one.days
            if self.conflict.kind == "duration":
                period = self._of_days(one.start_date, days)
                if period is not None:
                    yield from self._checked("set_end", one, at=_home(one), period=period, others=others)
            elif self.conflict.kind != "vehicle":
                yield from self._other_dynos(one, need, others)
            yield from self._shifts(one, need, days, others)
            if self.conflict.kind in ("dyno", "vehicle", "maintenance", "service"):
                yield from self._shorter(one, others)
            if self.conflict.kind in ("dyno", "rule", "service", "maintenance") and one.status != "in_progress":
                yield from self._swaps(one, need, others)
        if one.status not in ("completed", "cancelled") and self.conflict.kind != "duration":
            confirms, stays = self._afterwards(one, others)
            yield Settlement(
                "cancel",
                one,
                one.dyno,
                one.facility,
                one.period,
                confirms=confirms,
                stays=stays,
                clash=self.conflict.allocations,
            )

    def _may(self, one: Allocation) -> bool:
        own = one.created_by == self.actor.email
        return self.actor.may(Permission.CHANGE_ANY) or (own and self.actor.may(Permission.CHANGE_OWN))

    def _need(self, one: Allocation) -> Requirement | None:
        """None for a vehicle of which too little is known to move it anywhere."""
        try:
            return requirement_for(load_vehicle(self.session, one.vehicle_id or 0), one.test_type or "")
        except DynoError:
            return None

    def _other_dynos(self, one: Allocation, need: Requirement, others: Sequence[Allocation]) -> Iterator[Settlement]:
        days = {"token": need.token, "first": one.start_date, "last": one.end_date, "most": _MOST_DYNOS + 1}
        found = [row for row in self.session.execute(FREE_DYNOS, days) if row.id != one.dyno_id]
        for row in found[:_MOST_DYNOS]:
            yield from self._checked(
                "other_dyno", one, at=DynoOption(row.id, row.name, row.facility), period=one.period, others=others
            )

    def _shifts(
        self, one: Allocation, need: Requirement, days: int, others: Sequence[Allocation]
    ) -> Iterator[Settlement]:
        if one.status == "in_progress" or days > LONGEST:
            return  # what runs began when it began
        seen: set[tuple[str, date]] = set()
        for dyno_id in (one.dyno_id, None):
            if (window := self._window(one, need, days=days, dyno_id=dyno_id, others=others)) is None:
                continue
            if (window.dyno, window.period.start) not in seen:
                seen.add((window.dyno, window.period.start))
                at = DynoOption(window.dyno_id, window.dyno, window.facility)
                yield from self._checked("shift", one, at=at, period=window.period, others=others)

    def _window(
        self, one: Allocation, need: Requirement, *, days: int, dyno_id: int | None, others: Sequence[Allocation]
    ) -> Window | None:
        """The first one that is clear of what holds no place either: the others of the conflict, and all unsettled."""
        not_before = max(self.today, one.start_date + timedelta(days=1))
        for _ in range(_TRIES):
            windows = next_windows_in(
                self.session, requirement=need, days=days, not_before=not_before, vehicle_id=one.vehicle_id,
                dyno_id=dyno_id, ignore=one.id, limit=_LOOKED_AT,
            )  # fmt: skip
            ends: list[date] = []
            for window in windows:
                met = self._met(one, window.dyno_id, window.period, others)
                if not met:
                    return window
                ends += [each.end_date for each in met]
            if not ends:
                return None
            # Each window is the earliest in its gap, which may reach beyond what was met there.
            not_before = max(not_before, min(ends)) + timedelta(days=1)
        return None

    def _met(
        self, one: Allocation, dyno_id: int, period: Period, others: Sequence[Allocation]
    ) -> tuple[Allocation, ...]:
        """Of those that hold no place, or are in the conflict: which ``one`` would share a day with there."""
        return tuple(
            each for each in {*others, *self.unsettled} if each.id != one.id and _meets(one, dyno_id, period, each)
        )

    def _shorter(self, one: Allocation, others: Sequence[Allocation]) -> Iterator[Settlement]:
        """The longest part of its days that is free, if it is worth a test: half of them at least.

        None for a test that takes a fixed number of days.
        """
        if self.session.execute(_FIXED_DAYS, {"test_type": one.test_type}).scalar_one_or_none() is not None:
            return
        holding = blocking(self.session, one.period, dyno_id=one.dyno_id, vehicle_id=one.vehicle_id, ignore=[one.id])
        parts = [
            part
            for part in one.period.without(each.period for each in (*holding, *others))
            if part.days < one.days <= 2 * part.days
            and (part.start == one.start_date or (part.start >= self.today and one.status != "in_progress"))
        ]
        if parts:
            longest = max(parts, key=lambda part: (part.days, part.start == one.start_date))
            yield from self._checked("shorten", one, at=_home(one), period=longest, others=others)

    def _swaps(self, one: Allocation, need: Requirement, others: Sequence[Allocation]) -> Iterator[Settlement]:
        wish = {
            "dyno_id": one.dyno_id, "first": one.start_date, "last": one.end_date, "token": need.token,
            "ignore": one.id, "most": 5 * _MOST_SWAPS,
        }  # fmt: skip
        rows: list[Row[Any]] = list(self.session.execute(_SWAPS, wish))
        partners = allocations_by_id(self.session, (row.id for row in rows))
        found = 0
        for row in rows:
            partner = partners[row.id]
            in_the_way = any(each.dyno_id == one.dyno_id and each.period.overlaps(partner.period) for each in others)
            if in_the_way or not self._may(partner) or found == _MOST_SWAPS:
                continue
            for way in self._checked(
                "swap",
                one,
                at=DynoOption(row.dyno_id, row.dyno, row.facility),
                period=one.period,
                others=others,
                partner=partner,
            ):
                found += 1
                yield way

    def _checked(
        self,
        kind: Kind,
        one: Allocation,
        *,
        at: DynoOption,
        period: Period,
        others: Sequence[Allocation],
        partner: Allocation | None = None,
    ) -> Iterator[Settlement]:
        """The way, if it leads out of the conflict and the change would not be refused."""
        if self._met(one, at.id, period, others):
            return
        try:
            require_place(self.session, one, dyno_id=at.id, period=period)
        except DynoBusy as busy:
            if partner is None or busy.other.id != partner.id:
                return
            if blocking(self.session, period, vehicle_id=one.vehicle_id, ignore=[one.id]):
                return
        except DynoError:
            return
        confirms, stays = self._afterwards(one, others)
        yield Settlement(
            kind,
            one,
            at.name,
            at.facility,
            period,
            partner=partner,
            confirms=confirms,
            stays=stays,
            clash=self.conflict.allocations,
        )

    def _afterwards(
        self, one: Allocation, others: Sequence[Allocation]
    ) -> tuple[tuple[Allocation, ...], tuple[str, ...]]:
        """Which disputed ones get their places once ``one`` has left its own, and why others do not."""
        confirms: list[Allocation] = []
        stays: list[str] = []
        for each in others:
            if each.kind != "test" or not each.disputed or each.status in ("cancelled", "completed"):
                continue
            holding = [
                holder
                for place in ({"dyno_id": each.dyno_id}, {"vehicle_id": each.vehicle_id})
                for holder in blocking(self.session, each.period, ignore=[each.id], **place)
                if holder.id != one.id
            ]
            if holding:
                until = say_day(holding[0].end_date)
                stays.append(f"{each.what} on {each.dyno} stays disputed: {holding[0].what} is there until {until}.")
            elif not self._may(each):
                stays.append(f"{each.what} stays disputed until {each.created_by} or a planner confirms it.")
            elif self._fits(each):
                confirms.append(each)
            else:
                stays.append(f"{each.what} stays disputed, because {each.dyno} can't run it.")
        return tuple(confirms), tuple(stays)

    def _fits(self, one: Allocation) -> bool:
        """Whether the dyno may run it at all, whoever holds the place now."""
        try:
            require_place(self.session, one, dyno_id=one.dyno_id, period=one.period)
        except (DynoBusy, VehicleBusy):
            return True  # the check of the rules and of service comes before that of who is there
        except DynoError:
            return False
        return True

    def _of_days(self, start: date, days: int) -> Period | None:
        if not 1 <= days <= LONGEST or not FIRST_DAY <= start <= LAST_DAY - timedelta(days=days - 1):
            return None
        return Period.of(start, days)


def _meets(one: Allocation, dyno_id: int, period: Period, other: Allocation) -> bool:
    """Whether ``one``, put there, would share a day with ``other`` on a dyno or as a vehicle."""
    together = other.dyno_id == dyno_id or (one.vehicle_id is not None and other.vehicle_id == one.vehicle_id)
    return together and period.overlaps(other.period)


def _home(one: Allocation) -> DynoOption:
    return DynoOption(one.dyno_id, one.dyno, one.facility)
