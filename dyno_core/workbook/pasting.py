"""Pasting from a spreadsheet: the rows become requests and allocations, all that the preview said or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import count
from typing import Any, ClassVar, Final, Literal

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize, require
from dyno_core.audit.log import Origin
from dyno_core.audit.measured import measured
from dyno_core.booking.locks import lock_places
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, RequestRow, VehicleRow
from dyno_core.errors import DynoError
from dyno_core.workbook.paste_deciding import Decided, Deciding, key_base
from dyno_core.workbook.paste_lab import Shelf, load_lab, load_pasted, load_shelf
from dyno_core.workbook.paste_rows import PasteReport, ReadRow, read
from dyno_core.workbook.paste_undo import REASON, Made
from dyno_core.workbook.pasted import MOST_LINES, PastedTable, PasteUnreadable, read_table
from dyno_core.workbook.plan import PlannedAllocation
from dyno_core.workbook.tasks import allocation_values, request_values
from dyno_core.workbook.trail import Trail

# Vehicles have no constraint on their tags, so pastes and imports, which add them by their tags, take turns.
_AUDITED: Final = ("dyno_id", "vehicle_id", "test_type", "start_date", "end_date", "status")
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('dyno workbook import', 0))")


class PasteStale(DynoError):
    """Something else would be created than the preview said; nothing was."""

    code: ClassVar[str] = "paste_stale"

    def __init__(self) -> None:
        super().__init__(
            "The plan was changed since this preview was made, so nothing was created; look at the new preview and "
            "create it again."
        )


def preview_paste(
    database: Database,
    origin: Origin,
    pasted: str,
    *,
    today: date,
    fields: Sequence[str | None] | None = None,
    else_requests: bool = False,
) -> PasteReport:
    """What each pasted row would become; writes nothing.

    ``fields`` says what the columns hold where that was not recognized. ``else_requests``: a row whose dyno can't be
    had becomes a request instead of being left out. Raises `PasteUnreadable`, `NotAllowed`.
    """
    require(origin.actor, Permission.BOOK)
    with database.reading() as session:
        paste = _Paste(session, origin, pasted, today=today, fields=fields, else_requests=else_requests)
        return paste.report(paste.decide())


@measured("workbook", "paste")
def create_pasted(
    database: Database,
    origin: Origin,
    pasted: str,
    *,
    today: date,
    expected: str,
    fields: Sequence[str | None] | None = None,
    else_requests: bool = False,
) -> PasteReport:
    """Create what the preview of fingerprint ``expected`` said, in one transaction, each with its audit row.

    What is in the plan already is never created twice: pasted again, everything is ``there``, and nothing is changed.
    Raises `PasteStale` when the preview does not hold any more, `PasteUnreadable`, `NotAllowed`, `Busy`.
    """
    require(origin.actor, Permission.BOOK)

    def work(session: Session) -> PasteReport:
        authorize(session, origin.actor, Permission.BOOK)
        session.execute(_ONE_AT_A_TIME)
        paste = _Paste(session, origin, pasted, today=today, fields=fields, else_requests=else_requests)
        paste.hold()
        decided = paste.decide()
        report = paste.report(decided)
        if report.creates == 0:
            return report
        if report.fingerprint != expected:
            raise PasteStale
        return replace(report, made=_Writing(session, origin, paste.shelf).write(decided))

    return database.transact(work)


class _Paste:
    """One paste held against the database as it is in this transaction."""

    def __init__(
        self,
        session: Session,
        origin: Origin,
        pasted: str,
        *,
        today: date,
        fields: Sequence[str | None] | None,
        else_requests: bool,
    ) -> None:
        self._session = session
        self._may_edit_vehicles = origin.actor.may(Permission.EDIT_FLEET)
        self._else_requests = else_requests
        self._today = today
        self._lab = load_lab(session, today=today)
        table = read_table(pasted, tests=self._lab.tests, dynos=self._lab.names, facilities=self._lab.facilities)
        self._table = table if fields is None else table.with_fields(fields)
        if len(table.lines) > MOST_LINES:
            raise PasteUnreadable(
                f"{len(table.lines):,} rows are more than the {MOST_LINES:,} that can be pasted at once; paste fewer."
            )
        self._records = self._table.records()
        self._lack = self._table.lack()
        self._look_up()

    def _look_up(self, *, held: bool = False) -> None:
        self.shelf: Shelf = load_shelf(self._session, self._records, held=held)
        self._rows: tuple[ReadRow, ...] = tuple(
            read(number, record, lab=self._lab, shelf=self.shelf, today=self._today)
            for number, record in (() if self._lack else self._records)
        )

    def hold(self) -> None:
        """Queue behind every other change of the dynos and vehicles, and look the vehicles up as they are then."""
        dyno_ids = {dyno.id for one in self._rows for dyno in Deciding.dynos_of(one.row, self._lab)}
        lock_places(self._session, dyno_ids=dyno_ids, vehicle_ids=self.shelf.rows)
        self._lab = load_lab(self._session, today=self._today)
        # A move holds its places before its allocation, and a merge its vehicles before theirs: so places come first.
        self._look_up(held=True)

    def decide(self) -> tuple[Decided, ...]:
        deciding = Deciding(
            self._session, self._lab, self.shelf, may_edit_vehicles=self._may_edit_vehicles,
            else_requests=self._else_requests, today=self._today,
        )  # fmt: skip
        return deciding.decide(self._rows)

    def report(self, decided: Iterable[Decided]) -> PasteReport:
        every = tuple(decided)
        return PasteReport(
            rows=tuple(one.told for one in every),
            headings=self._table.headings,
            examples=_examples(self._table),
            fields=self._table.fields,
            lack=self._lack,
            new_vehicles=len({one.row.vehicle_key for one in every if one.told.is_new and one.vehicle_id is None}),
        )


def _examples(table: PastedTable) -> tuple[str, ...]:
    """The first cell of each column that holds anything."""
    return tuple(
        next((cells[at] for _, cells in table.lines if at < len(cells) and cells[at].strip()), "")
        for at in range(table.width)
    )


class _Writing:
    """Stores what was decided. Nobody else adds vehicles or changes these dynos meanwhile."""

    def __init__(self, session: Session, origin: Origin, shelf: Shelf) -> None:
        self._session = session
        self._origin = origin
        self._shelf = shelf
        self._trail = Trail(origin)
        self._made: list[Made] = []

    def write(self, decided: Sequence[Decided]) -> tuple[Made, ...]:
        new = [one for one in decided if one.told.is_new]
        ids = self._vehicles(new)
        keys = self._keys([key_base(one.meant, ids[one.row.vehicle_key]) for one in new])
        for kind, table in (("request", RequestRow.__table__), ("allocation", AllocationRow.__table__)):
            rows = [
                (one, self._values(one, ids[one.row.vehicle_key]) | {"request_key": key})
                for one, key in zip(new, keys, strict=True)
                if one.told.outcome == kind
            ]
            if rows:
                self._insert(kind, table, rows)
        self._trail.write(self._session)
        return tuple(self._made)

    def _vehicles(self, new: Sequence[Decided]) -> dict[str, int]:
        """The paste's key of a vehicle → its id; new ones are added, and what is not known yet of the others."""
        of_key = {one.row.vehicle_key: one for one in reversed(new)}
        ids = {key: one.vehicle_id for key, one in of_key.items() if one.vehicle_id is not None}
        added = {key: asdict(one.facts) for key, one in of_key.items() if one.vehicle_id is None}
        if added:
            table: Any = VehicleRow.__table__
            query = insert(table).returning(table.c.id, sort_by_parameter_order=True)
            ids |= dict(zip(added, self._session.scalars(query, list(added.values())), strict=True))
        for key, facts in added.items():
            self._trail.add(action="add", entity="vehicle", entity_id=ids[key], after=facts)
            self._made.append(Made("vehicle", ids[key], 1, of_key[key].told.vehicle))
        for key, one in of_key.items():
            if one.news:
                self._fill_in(ids[key], one)
        return ids

    def _fill_in(self, vehicle_id: int, one: Decided) -> None:
        row = self._session.get_one(VehicleRow, vehicle_id, with_for_update=True)
        for name, value in one.news.items():
            setattr(row, name, value)
        row.version += 1
        self._session.flush()
        before = {name: self._shelf.rows[vehicle_id][name] for name in one.news}
        action = "bring_back" if "retired" in one.news else "edit"
        self._trail.add(action=action, entity="vehicle", entity_id=vehicle_id, before=before, after=one.news)
        self._made.append(Made("vehicle", vehicle_id, row.version, one.told.vehicle, before))

    def _keys(self, bases: Sequence[str]) -> list[str]:
        """A free key for each: of alike units the next number, and so of what was called off and is pasted again."""
        taken = {one.key for one in load_pasted(self._session, set(bases))}
        keys = []
        for base in bases:
            key = next(key for number in count(1) if (key := f"{base}:{number}") not in taken)
            taken.add(key)
            keys.append(key)
        return keys

    def _values(self, one: Decided, vehicle_id: int) -> dict[str, Any]:
        if isinstance(one.row.outcome, PlannedAllocation):
            assert one.dyno_id is not None
            return allocation_values(one.row, vehicle_id=vehicle_id, dyno_id=one.dyno_id)
        return request_values(one.row, vehicle_id=vehicle_id)

    def _insert(self, kind: str, table: Any, rows: Sequence[tuple[Decided, dict[str, Any]]]) -> None:
        made = {"created_by": self._origin.actor.email, "source": self._origin.channel}
        # A plain insert may deadlock with bookings of the same days; this one finds them in the way.
        query = insert(table).on_conflict_do_nothing().returning(table.c.id, table.c.request_key)
        stored = self._session.execute(query, [values | made for _, values in rows]).all()
        if len(stored) < len(rows):
            raise PasteStale
        ids = {row.request_key: row.id for row in stored}
        of_kind: Literal["allocation", "request"] = "allocation" if kind == "allocation" else "request"
        for one, values in rows:
            self._made.append(Made(of_kind, ids[values["request_key"]], 1, one.told.vehicle))
            told: dict[str, Any] = {name: values[name] for name in _AUDITED if name in values}
            self._trail.add(
                action="book" if kind == "allocation" else "request", entity=kind,
                entity_id=ids[values["request_key"]], after=told,
                reason=REASON.format(row=one.told.number),
            )  # fmt: skip
