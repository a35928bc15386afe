"""What would work instead of a wish that the plan refuses: looked up at that moment, nothing held.

Four kinds, the best three are given: another dyno on the same days, a later start, fewer days, and an exchange.

An **exchange** moves the one allocation that holds a fitting dyno to another dyno that can run it on the same days,
which makes room. It needs the agreement of whoever owns that allocation. An agreement can't be given for somebody
else, so ``agreed`` is true only for a person who may change that allocation without asking anyone: the one who made
it, and planners. Everybody else is told whom to ask; that person, or a planner, then makes the exchange.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.booking.availability import FREE_RANGES
from dyno_core.booking.sql import A_BLOCKS, dyno_is_free, in_service
from dyno_core.booking.types import DynoOption, Window
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import Period, say_days

Kind = Literal["other_dyno", "shift", "shorten", "exchange"]
MOST_WAYS: Final = 3

_LONGEST_GAP: Final = text(f"{FREE_RANGES} ORDER BY days DESC, start_date, preference, dyno LIMIT 1")

_FIXED_DAYS: Final = text("SELECT fixed_days FROM test_types WHERE name = :test_type")


_HOLDERS_DAYS: Final = {"first": "a.start_date", "last": "a.end_date"}

_EXCHANGES: Final = text(f"""
    SELECT a.id, a.version, a.created_by, a.test_type, coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS vehicle,
           home.name AS dyno, home.facility, other.name AS to_dyno
    FROM allocations a JOIN vehicles v ON v.id = a.vehicle_id JOIN dynos home ON home.id = a.dyno_id
    CROSS JOIN LATERAL (
      SELECT d.name FROM dynos d
      WHERE d.capabilities @> ARRAY[a.test_type || '|' || v.drive_type || '|' || v.weight_class] AND d.id <> a.dyno_id
        AND {in_service(**_HOLDERS_DAYS)} AND {dyno_is_free(**_HOLDERS_DAYS)}
      ORDER BY d.preference, d.name LIMIT 1) other
    WHERE a.dyno_id = ANY(:dynos) AND {A_BLOCKS} AND a.status = 'scheduled'
      AND a.start_date <= :last AND a.end_date >= :first AND a.id IS DISTINCT FROM CAST(:ignore AS bigint)
      AND NOT EXISTS (
        SELECT FROM allocations b WHERE b.dyno_id = a.dyno_id AND b.id <> a.id
          AND b.id IS DISTINCT FROM CAST(:ignore AS bigint) AND {A_BLOCKS.replace("a.", "b.")}
          AND b.start_date <= :last AND b.end_date >= :first)
    ORDER BY (:anyone OR a.created_by = :me) DESC, home.preference, home.name LIMIT 1""")


@dataclass(frozen=True, slots=True)
class Exchange:
    """The allocation that would make room by moving to ``to_dyno`` on its own days. ``owner``: whom to ask."""

    allocation_id: int
    what: str
    to_dyno: str
    owner: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class WayOut:
    """``dyno`` is free for ``period``, or is once the exchange is made. ``wished`` is what was asked for."""

    kind: Kind
    dyno: str
    facility: str
    period: Period
    wished: Period
    test_type: str
    vehicle_id: int | None
    exchange: Exchange | None = None

    @property
    def label(self) -> str:
        """A few words, for a button."""
        if self.kind == "other_dyno":
            return f"{self.dyno} on the same days"
        if self.kind == "shift":
            return f"{self.dyno}, {say_days((self.period.start - self.wished.start).days)} later"
        if self.kind == "shorten":
            return f"{self.dyno}, {say_days(self.period.days)} instead of {self.wished.days}"
        return f"{self.dyno} by exchange"

    @property
    def sentence(self) -> str:
        """Worded to stand in a list of alternatives."""
        if self.exchange is None:
            return f"{self.label} ({self.period})"
        one = self.exchange
        move = f"{one.what}, allocation {one.allocation_id}, moving from {self.dyno} to {one.to_dyno}"
        if one.agreed:
            return f"{self.dyno} by {move}"
        return f"{self.dyno} by {move}, if {one.owner} agrees: ask them, or a planner, to make the exchange"

    @property
    def is_open(self) -> bool:
        """Whether nobody else has to be asked first."""
        return self.exchange is None or self.exchange.agreed

    def as_json(self) -> dict[str, object]:
        one = self.exchange
        return {
            "kind": self.kind,
            "label": self.label,
            "sentence": self.sentence,
            "dyno": self.dyno,
            "facility": self.facility,
            "start_date": self.period.start.isoformat(),
            "end_date": self.period.end.isoformat(),
            "days": self.period.days,
            "test_type": self.test_type,
            "vehicle_id": self.vehicle_id,
            "open": self.is_open,
            "exchange": None
            if one is None
            else {
                "allocation_id": one.allocation_id,
                "what": one.what,
                "to_dyno": one.to_dyno,
                "owner": one.owner,
                "agreed": one.agreed,
            },
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A wish that can't be had.

    ``free``: fitting dynos that are free on its days, the wished one left out. ``held``: ids of the fitting ones in
    service that are not. ``windows``: the earliest ones, soonest first. ``vehicle_is_free``: on the wished days.
    ``ignore``: the allocation that would leave its place.
    """

    requirement: Requirement
    period: Period
    vehicle_id: int | None
    dyno_id: int | None
    vehicle_is_free: bool
    free: Sequence[DynoOption]
    held: Sequence[int]
    windows: Sequence[Window]
    ignore: int | None = None


def ways_out(session: Session, refused: Refused, *, actor: Actor | None, most: int = MOST_WAYS) -> tuple[WayOut, ...]:
    """The best: what needs nobody's agreement first. ``actor`` None may exchange nothing without asking."""
    found = list(_ways(session, refused, actor))
    first_of_kind = [way for number, way in enumerate(found) if way.kind not in {one.kind for one in found[:number]}]
    others = [way for way in found if way not in first_of_kind]
    ranked = sorted([*first_of_kind, *others], key=lambda way: not way.is_open)
    return tuple(islice(ranked, most))


def _ways(session: Session, refused: Refused, actor: Actor | None) -> Iterator[WayOut]:
    if refused.vehicle_is_free:
        for option in refused.free[:2]:
            yield _way(refused, "other_dyno", option.name, option.facility, refused.period)
    for window in refused.windows:
        yield _way(refused, "shift", window.dyno, window.facility, window.period)
    if (shorter := _shorter(session, refused)) is not None:
        period = Period.of(shorter.start_date, shorter.days)
        yield _way(refused, "shorten", shorter.dyno, shorter.facility, period)
    if refused.vehicle_is_free and refused.held and (row := _exchange(session, refused, actor)) is not None:
        agreed = _may_change(actor, row.created_by)
        what = f"{row.vehicle} ({row.test_type})"
        exchange = Exchange(row.id, what, row.to_dyno, owner=row.created_by, agreed=agreed)
        yield _way(refused, "exchange", row.dyno, row.facility, refused.period, exchange=exchange)


def _way(
    refused: Refused, kind: Kind, dyno: str, facility: str, period: Period, *, exchange: Exchange | None = None
) -> WayOut:
    return WayOut(
        kind=kind,
        dyno=dyno,
        facility=facility,
        period=period,
        wished=refused.period,
        test_type=refused.requirement.test_type,
        vehicle_id=refused.vehicle_id,
        exchange=exchange,
    )


def _shorter(session: Session, refused: Refused) -> Row[Any] | None:
    """The longest free stretch within the wished days; none for a test that takes a fixed number of days."""
    if session.execute(_FIXED_DAYS, {"test_type": refused.requirement.test_type}).scalar_one_or_none() is not None:
        return None
    wish = {
        "token": refused.requirement.token,
        "first": refused.period.start,
        "last": refused.period.end,
        "vehicle_id": refused.vehicle_id,
        "dyno_id": refused.dyno_id,
        "ignore": refused.ignore,
    }
    row = session.execute(_LONGEST_GAP, wish).one_or_none()
    return row if row is not None and row.days < refused.period.days else None


def _exchange(session: Session, refused: Refused, actor: Actor | None) -> Row[Any] | None:
    return session.execute(
        _EXCHANGES,
        {
            "dynos": list(refused.held),
            "first": refused.period.start,
            "last": refused.period.end,
            "ignore": refused.ignore,
            "anyone": actor is not None and actor.may(Permission.CHANGE_ANY),
            "me": actor.email if actor else "",
        },
    ).one_or_none()


def _may_change(actor: Actor | None, owner: str) -> bool:
    if actor is None or not actor.may(Permission.BOOK):
        return False
    return actor.may(Permission.CHANGE_ANY) or (owner == actor.email and actor.may(Permission.CHANGE_OWN))
