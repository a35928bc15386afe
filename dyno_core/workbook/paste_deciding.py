"""Decides row by row what a paste becomes, as the plan is in this transaction. Only reads."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from dyno_core.booking.errors import DynoOutOfService, DynoUnsuitable, when
from dyno_core.booking.texts import LONGEST_TEXT
from dyno_core.errors import InvalidInput
from dyno_core.fleet import Dyno, Retired, VehicleDraft
from dyno_core.fleet.compatibility import Requirement, weight_class_of
from dyno_core.fleet.references import is_placeholder_tag
from dyno_core.period import Period
from dyno_core.workbook.dynos import POOLS, places_of
from dyno_core.workbook.identity import vehicles_of, with_keys
from dyno_core.workbook.occupancy import Occupancy
from dyno_core.workbook.paste_lab import Lab, Pasted, Planned, Shelf, load_pasted, load_planned
from dyno_core.workbook.paste_rows import Outcome, PastedRow, ReadRow, remarks_of
from dyno_core.workbook.plan import PlannedAllocation, PlannedRequest, PlanRow, PlanVehicle, VehicleFacts
from dyno_core.workbook.tasks import NO_DYNO


@dataclass(frozen=True, slots=True)
class Decided:
    """A row, what is told of it, and what is stored of it. ``meant``: the row as it was pasted, to know it again by.

    ``vehicle_id`` None: a vehicle that is added with ``facts``. ``news``: what is not known yet of one that is there.
    """

    told: PastedRow
    row: PlanRow
    meant: PlanRow
    vehicle_id: int | None = None
    dyno_id: int | None = None
    facts: VehicleFacts = field(default_factory=VehicleFacts)
    news: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """Which vehicle a row means. ``place``: its id, below 0 for a new one."""

    place: int
    facts: VehicleFacts
    news: Mapping[str, Any] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def id(self) -> int | None:
        return self.place if self.place > 0 else None


class Deciding:
    def __init__(
        self, session: Session, lab: Lab, shelf: Shelf, *, may_edit_vehicles: bool, else_requests: bool, today: date
    ) -> None:
        self._session = session
        self._lab = lab
        self._shelf = shelf
        self._may_edit_vehicles = may_edit_vehicles
        self._else_requests = else_requests
        self._today = today
        self._occupancy = Occupancy()
        self._taken: list[tuple[PlanRow, str, int]] = []
        self._seen: dict[tuple[object, ...], int] = {}
        self._pasted: dict[str, list[Pasted]] = defaultdict(list)
        self._planned: dict[int | str, list[Planned]] = defaultdict(list)
        self._found: set[tuple[str, int]] = set()

    @staticmethod
    def dynos_of(row: PlanRow, lab: Lab) -> tuple[Dyno, ...]:
        """The dynos that a row may come to stand on: the one it names, or the places of a pool."""
        names = () if row.dyno is None else places_of(row.dyno) if row.dyno in POOLS else (row.dyno,)
        return tuple(lab.dynos[name] for name in names if name in lab.dynos)

    def decide(self, rows: Sequence[ReadRow]) -> tuple[Decided, ...]:
        keyed = with_keys([one.row for one in rows])
        sound = [row for row, one in zip(keyed, rows, strict=True) if one.refusal is None]
        vehicles = {one.key: self._vehicle(at, one) for at, one in enumerate(vehicles_of(sound), start=1)}
        self._load(sound, vehicles)
        decided = []
        for row, one in zip(keyed, rows, strict=True):
            if one.refusal is None:
                decided.append(replace(self._decided(row, vehicles[row.vehicle_key]), meant=row))
            else:
                tags = (row.vehicle.tag,) if row.vehicle.tag else ()
                alone = PlanVehicle(row.vehicle_key, row.vehicle, tags, (row.row,), future=False)
                faults = [one.refusal, *self._faults(row, self._vehicle(1, alone), facility=row.facility)]
                decided.append(Decided(_told(row, "refused", " ".join(faults)), row, row))
        return tuple(decided)

    def _vehicle(self, at: int, vehicle: PlanVehicle) -> _Vehicle:
        facts = vehicle.facts
        found = () if vehicle.future else self._shelf.find(vin=facts.vin, tags=vehicle.tags)
        name = facts.tag or facts.vin or "The vehicle"
        if len(found) > 1:
            return _Vehicle(found[0], facts, refusal=f"{len(found)} vehicles are called {name}; give the VIN, too.")
        if not found or found[0] in self._shelf.taken_back:
            return self._anew(found[0] if found else -at, facts)
        return self._known(found[0], facts, name)

    def _anew(self, place: int, facts: VehicleFacts) -> _Vehicle:
        """A vehicle that is added, or one that is back with what the rows say of it now."""
        try:
            draft = VehicleDraft(**asdict(facts)).checked()
        except InvalidInput as refusal:
            return _Vehicle(place, facts, refusal=str(refusal))
        known = {name: value for name, value in asdict(draft).items() if name != "notes"}
        if place < 0:
            return _Vehicle(place, VehicleFacts(**known))
        stored = self._shelf.rows[place]
        news = {name: value for name, value in (known | {"retired": False}).items() if stored[name] != value}
        return _Vehicle(place, VehicleFacts(**known), news)

    def _known(self, vehicle_id: int, facts: VehicleFacts, name: str) -> _Vehicle:
        """A stored vehicle: what the rows say otherwise of it is a question, what they say more is taken."""
        stored = self._shelf.rows[vehicle_id]
        if stored["retired"]:
            return _Vehicle(vehicle_id, facts, refusal=str(Retired(name)))
        weight = stored["weight_class"] or (weight_class_of(stored["weight_lbs"]) if stored["weight_lbs"] else None)
        for known, said in ((weight, facts.weight_class), (stored["drive_type"], facts.drive_type)):
            if known is not None and said is not None and known != said:
                why = f"{name} is {known} in the app and {said} here; correct one of the two."
                return _Vehicle(vehicle_id, facts, refusal=why)
        news = {key: value for key, value in asdict(facts).items() if value is not None and stored[key] is None}
        if facts.tag is not None and (is_placeholder_tag(facts.tag) or self._shelf.by_tag.get(facts.tag.casefold())):
            news.pop("tag", None)  # no name, or another vehicle's
        if weight is not None:
            news.pop("weight_lbs", None)
        if self._may_edit_vehicles:
            return _Vehicle(vehicle_id, facts, news)
        if {"weight_class", "drive_type"} & news.keys():
            why = f"The app does not know weight and drive of {name} yet; ask a planner to fill them in."
            return _Vehicle(vehicle_id, facts, refusal=why)
        return _Vehicle(vehicle_id, facts)

    def _load(self, rows: Iterable[PlanRow], vehicles: Mapping[str, _Vehicle]) -> None:
        rows = list(rows)
        ids = [one.id for one in vehicles.values() if one.id is not None]
        units = {tag for row in rows if (tag := _unit_tag(row))}
        for planned in load_planned(self._session, vehicle_ids=ids, tags=units):
            self._planned[planned.vehicle_id].append(planned)
            if planned.tag in units:
                self._planned[planned.tag].append(planned)
        for pasted in load_pasted(self._session, {key_base(row, vehicles[row.vehicle_key].id) for row in rows}):
            if pasted.lives:
                self._pasted[pasted.key.rsplit(":", 1)[0]].append(pasted)
        placed = [(row, row.period) for row in rows if row.dyno is not None and row.period is not None]
        if placed:
            span = Period(min(days.start for _, days in placed), max(days.end for _, days in placed))
            dyno_ids = {dyno.id for row, _ in placed for dyno in self.dynos_of(row, self._lab)}
            self._occupancy = Occupancy.load(
                self._session, period=span, dyno_ids=dyno_ids, vehicle_ids=ids, own=frozenset()
            )  # fmt: skip

    def _decided(self, row: PlanRow, vehicle: _Vehicle) -> Decided:
        told: tuple[Outcome, str]
        dyno: Dyno | None = None
        wished_at = row.outcome.facility if isinstance(row.outcome, PlannedRequest) else None
        if faults := self._faults(row, vehicle, facility=wished_at):
            told = ("refused", " ".join(faults))
        elif there := self._there(row, vehicle):
            told = ("there", f"It is in the plan already as {there}; nothing is done.")
        elif twice := self._twice(row, vehicle):
            told = ("refused", f"It says the same as row {twice}, which is created once.")
        elif isinstance(row.outcome, PlannedAllocation):
            period = row.outcome.period
            dyno, why = self._place(row, vehicle)
            if dyno is not None:
                row = replace(row, outcome=PlannedAllocation(dyno.name, period))
                told = ("allocation", f"Stands on {dyno.name} {when(period)}{_new(row, vehicle)}.")
            elif self._else_requests:
                why = why.rstrip(".")
                row = replace(row, outcome=PlannedRequest(period, why, self._facility(row)))
                return self._requested(row, vehicle, because=f" It can't stand where it should: {why}.")
            else:
                told = ("refused", why)
        else:
            return self._requested(row, vehicle)
        return Decided(
            _told(row, *told, dyno=dyno), row, row, vehicle.id, dyno.id if dyno else None, vehicle.facts, vehicle.news
        )

    def _faults(self, row: PlanRow, vehicle: _Vehicle, *, facility: str | None) -> list[str]:
        """What is wrong whatever else is planned, a sentence each."""
        faults = [vehicle.refusal] if vehicle.refusal else []
        if len(row.notes or "") > LONGEST_TEXT:
            faults.append(f"The note has more than {LONGEST_TEXT:,} characters; shorten it.")
        sites = self._lab.facilities
        if facility and facility.casefold() not in sites:
            known = ", ".join(sorted(sites.values()))
            faults.append(f"There is no dyno at “{facility[:40]}”; choose {known}, or leave it out.")
        return faults

    def _requested(self, row: PlanRow, vehicle: _Vehicle, because: str = "") -> Decided:
        outcome = row.outcome
        assert isinstance(outcome, PlannedRequest)
        if there := self._there(row, vehicle):
            told = _told(row, "there", f"It is in the plan already as {there}; nothing is done.")
            return Decided(told, row, row, vehicle.id)
        facility = self._lab.facilities[outcome.facility.casefold()] if outcome.facility else None
        reason = (outcome.why or "").removeprefix(NO_DYNO)[:LONGEST_TEXT]
        row = replace(row, facility=facility, outcome=PlannedRequest(outcome.period, reason, facility))
        past = " Its first day is past; give it another one before it is placed." * (
            outcome.period.start < self._today
        )  # fmt: skip
        where = f" at {facility}" if facility else ""
        said = f"Becomes a request {when(outcome.period)}{where}{_new(row, vehicle)}.{because}{past}"
        return Decided(_told(row, "request", said), row, row, vehicle.id, None, vehicle.facts, vehicle.news)

    def _facility(self, row: PlanRow) -> str | None:
        dynos = self.dynos_of(row, self._lab)
        return dynos[0].facility if dynos else None

    def _there(self, row: PlanRow, vehicle: _Vehicle) -> str | None:
        """What this row was stored as before, by a paste or otherwise. Of alike units each is found once."""
        for pasted in self._pasted.get(key_base(row, vehicle.id), ()):
            if self._is_news(pasted, vehicle):
                return pasted.told
        dynos = {dyno.id for dyno in self.dynos_of(row, self._lab)}
        for one in self._planned.get(vehicle.id or _unit_tag(row) or 0, ()):
            same = row.period == Period(one.start_date, one.end_date) and row.test_type == one.test_type
            if same and (not dynos or one.dyno_id in dynos) and self._is_news(one, vehicle):
                return one.told
        return None

    def _is_news(self, found: Pasted | Planned, vehicle: _Vehicle) -> bool:
        """Whether no other unit of this paste was found to be this."""
        if vehicle.id is None and (found.kind, found.id) in self._found:
            return False
        self._found.add((found.kind, found.id))
        return True

    def _twice(self, row: PlanRow, vehicle: _Vehicle) -> int | None:
        """The earlier row that says the same of the same vehicle. Vehicles without a name may be many."""
        if row.vehicle_key.startswith("unit:"):
            return None
        first = self._seen.setdefault((vehicle.place, row.test_type, row.leg, row.period, row.dyno), row.row)
        return None if first == row.row else first

    def _place(self, row: PlanRow, vehicle: _Vehicle) -> tuple[Dyno | None, str]:
        """The dyno, or the first of a pool, that may run it and is free; else why not."""
        why = "There is no such dyno."
        for dyno in self.dynos_of(row, self._lab):
            refusal = self._misfit(dyno, row)
            if refusal is None and (not row.takes_part or self._take(row, dyno, vehicle)):
                return dyno, ""
            why = refusal or self._in_the_way(row, dyno, vehicle)
        return None, why if row.dyno not in POOLS else f"No place of {row.dyno} can be had. The last one: {why}"

    def _misfit(self, dyno: Dyno, row: PlanRow) -> str | None:
        facts, period = row.vehicle, row.period
        assert facts.drive_type is not None
        assert facts.weight_class is not None
        assert period is not None
        wanted = Requirement(row.test_type, facts.drive_type, facts.weight_class)
        if not dyno.supports(wanted):
            return str(
                DynoUnsuitable(
                    dyno=dyno.name, test_type=row.test_type, drive_type=facts.drive_type,
                    weight_class=facts.weight_class,
                )
            )  # fmt: skip
        return None if self._lab.serves(dyno.id, period) else str(DynoOutOfService(dyno=dyno.name, period=period))

    def _take(self, row: PlanRow, dyno: Dyno, vehicle: _Vehicle) -> bool:
        assert row.period is not None
        free = self._occupancy.take(row.period, dyno_id=dyno.id, vehicle_id=vehicle.place)
        if free:
            self._taken.append((row, dyno.name, vehicle.place))
        return free

    def _in_the_way(self, row: PlanRow, dyno: Dyno, vehicle: _Vehicle) -> str:
        assert row.period is not None
        stored = self._occupancy.stored_in_the_way(row.period, dyno_id=dyno.id, vehicle_id=vehicle.place)
        if stored is None:
            stored = next(
                f"row {other.row} of this paste, on {name} {when(other.period)}"
                for other, name, place in self._taken
                if other.period is not None
                and other.period.overlaps(row.period)
                and (name == dyno.name or place == vehicle.place)
            )
        return f"{stored[0].upper()}{stored[1:]} is in the way; choose other days or another dyno."


def key_base(row: PlanRow, vehicle_id: int | None) -> str:
    """``paste:<hash>``, the same for rows that mean the same, however they are spelled.

    A vehicle without a name yet counts by what it is like, any other by its number; one that is new has none.
    """
    facts = row.vehicle
    who = (
        vehicle_id
        if not row.vehicle_key.startswith("unit:")
        else (facts.tag, facts.program, facts.weight_class, facts.drive_type, facts.model_year)
    )
    where = row.dyno or (row.facility or "").casefold()
    what = (who, row.test_type, row.leg, str(row.period), where)
    return f"paste:{hashlib.sha256(repr(what).encode()).hexdigest()[:32]}"


def _unit_tag(row: PlanRow) -> str | None:
    """What a vehicle without a name yet is called, as ``TBD-2028 P-R4``; alike ones bear the same."""
    return row.vehicle.tag.lower() if row.vehicle.tag and row.vehicle_key.startswith("unit:") else None


def _told(row: PlanRow, outcome: Outcome, sentence: str, *, dyno: Dyno | None = None) -> PastedRow:
    facts = row.vehicle
    tag = None if facts.tag is None or is_placeholder_tag(facts.tag) else facts.tag
    return PastedRow(
        number=row.row,
        outcome=outcome,
        sentence=sentence,
        vehicle=tag or facts.vin or facts.tag or "future vehicle",
        test=row.test_type,
        dyno=dyno.name if dyno else row.dyno or row.dyno_label,
        facility=dyno.facility if dyno else row.facility,
        first_day=row.period.start if row.period else row.dates.start,
        last_day=row.period.end if row.period else row.dates.end,
        remarks=remarks_of(row) if outcome in ("request", "allocation") else (),
    )


def _new(row: PlanRow, vehicle: _Vehicle) -> str:
    if vehicle.id is not None:
        return ""
    kind = "a future vehicle" if row.vehicle_key.startswith("unit:") else "a vehicle that is new to the app"
    return f", for {kind} ({row.vehicle.weight_class}, {row.vehicle.drive_type})"
