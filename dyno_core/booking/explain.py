"""Why there is no dyno, and what would work instead."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor
from dyno_core.booking.availability import next_windows_in
from dyno_core.booking.errors import NoDynoAvailable, when
from dyno_core.booking.reading import blocking
from dyno_core.booking.sql import A_BLOCKS, ALLOCATION_COLUMNS, ALLOCATION_TABLES, IN_SERVICE, allocation_from
from dyno_core.booking.types import Allocation, DynoOption, Window
from dyno_core.booking.ways_out import MOST_WAYS, Refused, WayOut, ways_out
from dyno_core.database.engine import Database
from dyno_core.errors import Busy, DynoError
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import Period, say_day

_NAMED_HOLDERS: Final = 4

_VERDICTS: Final = text(f"""
    SELECT d.id, d.name, d.facility, d.capabilities @> ARRAY[CAST(:token AS text)] AS fits,
           :test_type = ANY(d.supported_test_types) AS test_fits,
           :drive_type = ANY(d.supported_drives) AS drive_fits,
           :weight_class = ANY(d.supported_weight_classes) AS weight_fits,
           {IN_SERVICE} AS in_service, coalesce(d.id = CAST(:dyno_id AS int), false) AS wished
    FROM dynos d ORDER BY d.preference, d.name""")

_HOLDERS: Final = text(f"""
    SELECT DISTINCT ON (a.dyno_id) {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES}
    WHERE a.dyno_id = ANY(:dynos) AND {A_BLOCKS} AND a.start_date <= :last AND a.end_date >= :first
      AND a.id IS DISTINCT FROM CAST(:ignore AS bigint)
    ORDER BY a.dyno_id, a.end_date DESC""")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict on every dyno for one wish.

    ``free`` names the fitting dynos that are free, best first, only ``wished`` when one dyno was asked for;
    ``excluded`` maps a reason (“does not take AWD”) to the dynos it rules out; ``holders`` are the allocations and
    windows that hold the fitting ones, the one that ends last for each dyno; ``elsewhere`` is where the vehicle itself
    stands on one of the days, if one was named; ``ways_out`` would work instead, when nothing is free.
    """

    requirement: Requirement
    period: Period
    dynos: int
    fitting: tuple[str, ...]
    free: tuple[str, ...]
    excluded: dict[str, tuple[str, ...]]
    holders: tuple[Allocation, ...]
    earliest: Window | None
    elsewhere: Allocation | None = None
    wished: str | None = None
    ways_out: tuple[WayOut, ...] = ()

    @property
    def sentence(self) -> str:
        wish = f"{self._need} for {self.period}"
        if self.elsewhere and self.fitting:
            return f"{self.why} {self.instead}"
        if self.free:
            return f"For {wish}, {_listed(self.free)} {'is' if len(self.free) == 1 else 'are'} free."
        if not self.dynos:
            return f"No dyno can run {wish}: there is none in the lab yet; ask a planner to add one."
        if not self.fitting:
            return f"No dyno can run {wish}: {self._exclusions()}; check the vehicle's data, or ask a planner."
        if self.wished:
            return f"{self.why} {self.instead}"
        fit = f"{len(self.fitting)} of {self.dynos} dynos can run it" if self.dynos > 1 else "one dyno can run it"
        others = f" ({self._exclusions()})" if self.excluded else ""
        return f"No dyno is free to run {wish}: {fit}{others}, but {self._held()}. {self.instead}"

    @property
    def why(self) -> str:
        """What stands in the way of the vehicle, or of the dyno it was wished for."""
        if self.elsewhere and self.fitting:
            one = self.elsewhere
            return (
                f"{one.vehicle} is already on {one.dyno} {when(one.period)} (allocation {one.id}), so it can't be "
                f"booked for {self.period}, whatever is free."
            )
        return f"{self._against_wished()} {self.counted}"

    @property
    def counted(self) -> str:
        """How many dynos fit, and what rules out the others."""
        if not self.fitting:
            return f"No dyno can run {self._need}: {self._exclusions()}."
        can = f"{len(self.fitting)} of {self.dynos} dynos can run {self._need}"
        return f"{can}; of the others, {self._exclusions()}." if self.excluded else f"{can}."

    @property
    def instead(self) -> str:
        """What would work, most of it one click away."""
        others = "; ".join(
            way.sentence
            for way in self.ways_out
            if self.earliest is None or (way.dyno, way.period) != (self.earliest.dyno, self.earliest.period)
        )
        if self.earliest is None:
            none = "Nothing is free for that long within a year; try fewer days or ask a planner."
            if any(way.kind == "other_dyno" for way in self.ways_out):
                return f"What would work: {others}."
            return f"{none} What would work: {others}." if others else none
        first = f"The earliest that works is {self.earliest.dyno} {when(self.earliest.period)}."
        if self.earliest.dyno == self.wished:
            first = f"The earliest on {self.wished} is {when(self.earliest.period)}."
        return f"{first} Or: {others}." if others else first

    @property
    def ways_in_words(self) -> str:
        """The part of `instead` that only lists `ways_out`; beside buttons for them it would say them twice."""
        if not self.ways_out:
            return ""
        first = self.earliest
        if first is not None and (first.dyno, first.period) in {(way.dyno, way.period) for way in self.ways_out}:
            return self.instead
        begins = "What would work: " if first is None else "Or: "
        return self.instead[at:] if (at := self.instead.find(begins)) >= 0 else ""

    def as_json(self) -> dict[str, object]:
        return {
            "test_type": self.requirement.test_type,
            "drive_type": self.requirement.drive_type,
            "weight_class": self.requirement.weight_class,
            "start_date": self.period.start.isoformat(),
            "end_date": self.period.end.isoformat(),
            "dynos": self.dynos,
            "fitting": list(self.fitting),
            "free": list(self.free),
            "excluded": {reason: list(names) for reason, names in self.excluded.items()},
            "holders": [
                holder.as_json() | {"what": holder.what, "until": holder.end_date.isoformat()}
                for holder in self.holders
            ],
            "earliest": self.earliest.as_json() if self.earliest else None,
            "elsewhere": self.elsewhere.as_json() if self.elsewhere else None,
            "wished": self.wished,
            "ways_out": [way.as_json() for way in self.ways_out],
            "ways_in_words": self.ways_in_words,
        }

    @property
    def _need(self) -> str:
        need = self.requirement
        return f"{need.test_type} ({need.drive_type}, {need.weight_class})"

    def _exclusions(self) -> str:
        """“N1 does not run brake, 3 do not take AWD”: one is named, several are counted."""
        return ", ".join(
            f"{names[0]} {reason}" if len(names) == 1 else f"{len(names)} {reason.replace('does', 'do', 1)}"
            for reason, names in self.excluded.items()
        )

    def _against_wished(self) -> str:
        for reason, names in self.excluded.items():
            if self.wished in names:
                return f"{self.wished} {reason}."
        for holder in self.holders:
            if holder.dyno == self.wished:
                return f"{self._held_by(holder)}, so it can't be had for {self.period}."
        return f"{self.wished} is not in service for all of {self.period}."

    def _held_by(self, holder: Allocation) -> str:
        """From when is said where days before it are offered: the holder told is the last one in the period."""
        before = any(way.dyno == holder.dyno and way.period.start < holder.start_date for way in self.ways_out)
        since = f" from {say_day(holder.start_date)}" if before else ""
        return f"{holder.dyno} is held by {holder.what}{since} until {say_day(holder.end_date)}"

    def _held(self) -> str:
        named = [self._held_by(holder) for holder in self.holders]
        more = len(named) - _NAMED_HOLDERS
        said = named[:_NAMED_HOLDERS]
        if more > 0:
            said.append(f"{more} more {'is' if more == 1 else 'are'} held too")
        out_of_service = len(self.fitting) - len(self.holders)
        if out_of_service:
            said.append(f"{out_of_service} {'is' if out_of_service == 1 else 'are'} out of service")
        return ", ".join(said)


def explain_unavailable(
    database: Database,
    *,
    requirement: Requirement,
    period: Period,
    vehicle_id: int | None = None,
    dyno_id: int | None = None,
    actor: Actor | None = None,
    most: int = MOST_WAYS,
    ignore: int | None = None,
) -> Explanation:
    """The verdict on every dyno, also when something is free; on one wish for ``dyno_id``, if it is given.

    ``actor``: who wants to know; what needs another's agreement is told apart from what they may do themselves.
    ``most``: ways out at most. ``ignore``: an allocation that is going to leave its place, the one that moves.
    """
    with database.reading() as session:
        return explain_in(
            session,
            requirement=requirement,
            period=period,
            vehicle_id=vehicle_id,
            dyno_id=dyno_id,
            actor=actor,
            most=most,
            ignore=ignore,
        )


def no_dyno_available(
    session: Session,
    requirement: Requirement,
    period: Period,
    *,
    vehicle_id: int | None = None,
    dyno_id: int | None = None,
    actor: Actor | None = None,
) -> DynoError:
    explanation = explain_in(
        session, requirement=requirement, period=period, vehicle_id=vehicle_id, dyno_id=dyno_id, actor=actor
    )
    if explanation.free:
        return Busy()  # taken when the booking looked, and free again by now
    return NoDynoAvailable(explanation.sentence, **explanation.as_json())


def with_ways_out(
    session: Session,
    refusal: DynoError,
    requirement: Requirement,
    period: Period,
    *,
    vehicle_id: int | None,
    dyno_id: int | None,
    actor: Actor | None,
) -> DynoError:
    """A refusal of one dyno or one vehicle, with the verdict on all dynos and what would work instead."""
    told = explain_in(
        session, requirement=requirement, period=period, vehicle_id=vehicle_id, dyno_id=dyno_id, actor=actor
    )
    if not told.fitting:
        return refusal.extended(told.counted, **told.as_json())
    return refusal.extended(f"{told.counted} {told.instead}", **told.as_json())


def explain_in(
    session: Session,
    *,
    requirement: Requirement,
    period: Period,
    vehicle_id: int | None = None,
    dyno_id: int | None = None,
    actor: Actor | None = None,
    most: int = MOST_WAYS,
    ignore: int | None = None,
) -> Explanation:
    rows = session.execute(
        _VERDICTS,
        {
            "token": requirement.token,
            "test_type": requirement.test_type,
            "drive_type": requirement.drive_type,
            "weight_class": requirement.weight_class,
            "first": period.start,
            "last": period.end,
            "dyno_id": dyno_id,
        },
    ).all()
    fitting = [row for row in rows if row.fits]
    in_service = [row.id for row in fitting if row.in_service]
    held = session.execute(_HOLDERS, {"dynos": in_service, "first": period.start, "last": period.end, "ignore": ignore})
    by_dyno = {row.dyno_id: allocation_from(row) for row in held}
    free = [row for row in fitting if row.in_service and row.id not in by_dyno]
    had = tuple(row.name for row in free if dyno_id is None or row.wished)
    leaving = [] if ignore is None else [ignore]
    elsewhere = blocking(session, period, vehicle_id=vehicle_id, ignore=leaving) if vehicle_id is not None else ()
    windows: tuple[Window, ...] = ()
    if fitting:
        later = period.start + timedelta(days=0 if had else 1)
        # Who wants one dyno, while another one is free on the same days, is not sent to yet others later.
        only = (dyno_id,) if had or (free and not elsewhere) else tuple(dict.fromkeys((dyno_id, None)))
        windows = _windows(
            session, requirement, period.days, not_before=later, vehicle_id=vehicle_id, only=only, ignore=ignore
        )
    ways: tuple[WayOut, ...] = ()
    if fitting and (elsewhere or not had):
        refused = Refused(
            requirement=requirement,
            period=period,
            vehicle_id=vehicle_id,
            dyno_id=dyno_id,
            vehicle_is_free=not elsewhere,
            free=[DynoOption(row.id, row.name, row.facility) for row in free],
            held=[row.id for row in fitting if row.id in by_dyno and (dyno_id is None or row.wished)],
            windows=windows,
            ignore=ignore,
        )
        ways = ways_out(session, refused, actor=actor, most=most)
    return Explanation(
        requirement=requirement,
        period=period,
        dynos=len(rows),
        fitting=tuple(row.name for row in fitting),
        free=had,
        excluded=_excluded([(row.name, _reason(row, requirement)) for row in rows if not row.fits]),
        holders=tuple(by_dyno[row.id] for row in fitting if row.id in by_dyno),
        earliest=windows[0] if windows else None,
        elsewhere=elsewhere[0] if elsewhere else None,
        wished=next((row.name for row in rows if row.wished), None),
        ways_out=ways,
    )


def _windows(
    session: Session,
    requirement: Requirement,
    days: int,
    *,
    not_before: date,
    vehicle_id: int | None,
    only: tuple[int | None, ...],
    ignore: int | None,
) -> tuple[Window, ...]:
    """The earliest window on each of these dynos, None being any; soonest first."""
    found: dict[tuple[int, date], Window] = {}
    for dyno_id in only:
        for window in next_windows_in(
            session, requirement=requirement, days=days, not_before=not_before, vehicle_id=vehicle_id, dyno_id=dyno_id,
            ignore=ignore,
        ):  # fmt: skip
            found.setdefault((window.dyno_id, window.period.start), window)
    return tuple(sorted(found.values(), key=lambda window: window.period))


def _reason(row: Row[Any], requirement: Requirement) -> str:
    """The first thing that rules a dyno out, worded to follow a dyno's name."""
    if not row.test_fits:
        return f"does not run {requirement.test_type}"
    if not row.drive_fits:
        return f"does not take {requirement.drive_type}"
    if not row.weight_fits:
        return f"does not take {requirement.weight_class}"
    both = f"{requirement.drive_type} and {requirement.weight_class}"
    return f"does not run {requirement.test_type} with {both} together"


def _excluded(reasons: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    order = [reason for reason, _ in Counter(reason for _, reason in reasons).most_common()]
    return {reason: tuple(name for name, why in reasons if why == reason) for reason in order}


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_NAMED_HOLDERS])
    more = len(names) - _NAMED_HOLDERS
    return f"{shown} and {more} more" if more > 0 else shown
