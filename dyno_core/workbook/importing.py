"""The import: a file becomes part of the plan, all of it or nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize, require
from dyno_core.audit.log import Origin
from dyno_core.audit.measured import measured
from dyno_core.booking.locks import lock_places
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, AppSettingRow, DynoRow, ImportedRow
from dyno_core.fleet.belongings import enter_plan
from dyno_core.fleet.rules import load_rules
from dyno_core.period import Period
from dyno_core.workbook.changes import RuleChange, rule_changes
from dyno_core.workbook.comparing import absent_rows, changes_by_row, left_alone, load_names
from dyno_core.workbook.errors import PreviewStale
from dyno_core.workbook.known import load_known
from dyno_core.workbook.lab import merged_rules, new_dynos, replace_rules, rules_digest, store_test_types
from dyno_core.workbook.occupancy import Occupancy
from dyno_core.workbook.outcome import ImportReport, LabNews, NewWindow, row_reports
from dyno_core.workbook.placing import Placed, Placing
from dyno_core.workbook.plan import PlanFile
from dyno_core.workbook.reading import read_plan
from dyno_core.workbook.retired import retired_rows
from dyno_core.workbook.tasks import Tasks, by_change, find_tasks
from dyno_core.workbook.trail import Trail
from dyno_core.workbook.vehicles import StoredVehicles, store_vehicles
from dyno_core.workbook.windows import StoredWindows, WindowTask, decide_windows, store_windows

Progress = Callable[[float, str], None]
"""Told how much is done (0 to 1) and what is being done."""

_MEMORY: Final = "workbook"
"""The setting that holds what was imported of rules and maintenance: the plan's rows have a table of their own."""

_LAST_RULES_BY: Final = text("SELECT channel FROM audit_log WHERE entity = 'rules' ORDER BY id DESC LIMIT 1")

_ONE_IMPORT: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('dyno workbook import', 0))")

_RULES_ALONE: Final = text("LOCK TABLE capability_rules IN SHARE ROW EXCLUSIVE MODE")


@dataclass(frozen=True, slots=True)
class Choices:
    """What was changed in the app and in the file stays as in the app, except what the importer chooses here.

    ``overwrite``: numbers of rows whose record the file may be written over. ``take_rules``: the file's rules, too.
    """

    overwrite: frozenset[int] = frozenset()
    take_rules: bool = False


class _DryRun(Exception):
    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


@measured("workbook", "import")
def import_plan(
    database: Database,
    origin: Origin,
    *,
    name: str,
    content: bytes,
    today: date,
    dry_run: bool = False,
    choices: Choices | None = None,
    expected: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a planning workbook or its main sheet as CSV, in one transaction.

    A row found again is changed only where the file changed; what was changed in the app since stays as it is there
    when the file changed too. Rows that clash with others or with what is stored are imported as disputed. Nothing
    is ever deleted. ``dry_run`` does all of it and takes it back; ``expected`` is the fingerprint of that report, so
    that nothing else is done than it said.

    Raises `PreviewStale` when something else would be done, `WorkbookUnreadable` for a file that is no plan,
    `NotAllowed`, `Busy`, `DatabaseUnavailable`.
    """
    require(origin.actor, Permission.IMPORT)
    tell = progress or _silent
    tell(0.0, "Reading the file")
    with database.reading() as session:
        known = load_known(session)
    plan = read_plan(content, name, known=known)

    def work(session: Session) -> ImportReport:
        authorize(session, origin.actor, Permission.IMPORT)
        tell(0.4, "Waiting for changes in flight")
        _lock(session, plan)
        now = load_known(session)
        current = plan if now == known else read_plan(content, name, known=now)
        report = _Import(session, origin, current, choices or Choices(), today=today, tell=tell).run(dry_run=dry_run)
        if dry_run:
            raise _DryRun(report)
        if expected is not None and report.fingerprint != expected:
            raise PreviewStale
        return report

    try:
        report = database.transact(work)
    except _DryRun as undone:
        report = undone.report
    tell(1.0, "Done")
    return report


def _silent(_done: float, _what: str) -> None:
    """Nobody wants to know."""


def _lock(session: Session, plan: PlanFile) -> None:
    session.execute(_ONE_IMPORT)
    if plan.rules:
        session.execute(_RULES_ALONE)
    named = select(DynoRow.id).where(DynoRow.name.in_([dyno.name for dyno in plan.dynos]))
    stored = select(AllocationRow.dyno_id).join(ImportedRow, ImportedRow.allocation_id == AllocationRow.id).distinct()
    lock_places(session, dyno_ids=[*session.scalars(named), *session.scalars(stored)])
    # Changes of touched dynos queue on their locks first; then nothing is in flight that an import could wait for while
    # it is waited for. After that nobody writes the plan, so a place found free is free when it is taken.
    enter_plan(session, alone=True)


class _Import:
    """One run inside its transaction, step by step."""

    def __init__(
        self, session: Session, origin: Origin, plan: PlanFile, choices: Choices, *, today: date, tell: Progress
    ) -> None:
        self._session = session
        self._origin = origin
        self._plan = plan
        self._choices = choices
        self._today = today
        self._tell = tell
        self._trail = Trail(origin)
        self._memory = self._load_memory()
        self._fleet: dict[str, int] = {}
        self._rule_changes: tuple[RuleChange, ...] = ()
        self._rules_stay = False

    def run(self, *, dry_run: bool) -> ImportReport:
        self._tell(0.45, "Comparing with the plan")
        dyno_ids = self._store_lab()
        tasks = find_tasks(self._session, self._plan.rows)
        vehicles = store_vehicles(
            self._session,
            self._plan.vehicles,
            linked=tasks.vehicle_links(marked=False),
            marked=tasks.vehicle_links(marked=True),
            touched=tasks.vehicles_with_news,
            trail=self._trail,
        )
        self._fleet |= {"vehicles_added": vehicles.created, "vehicles_edited": vehicles.updated}
        placing = Placing(
            self._session,
            self._origin,
            tasks.tasks,
            dyno_ids=dyno_ids,
            vehicle_ids=vehicles.ids,
            overwrite=self._choices.overwrite,
            trail=self._trail,
        )
        self._tell(0.55, "Finding the places")
        placing.decide()
        window_tasks = decide_windows(
            self._session, self._plan.windows, memory=self._memory.get("windows", {}), dyno_ids=dyno_ids
        )
        occupancy = self._occupancy(placing, window_tasks)
        windows = self._store_windows(window_tasks, occupancy)
        self._tell(0.6, "Storing the rows")
        placed = placing.write(occupancy, tell=lambda part: self._tell(0.6 + 0.3 * part, "Storing the rows"))
        self._save_memory(windows)
        self._tell(0.92, "Writing the record of changes")
        news = self._news()
        self._trail.write(self._session)
        self._session.flush()
        return self._report(tasks, placed, vehicles, windows, news, dry_run=dry_run)

    def _news(self) -> LabNews:
        dynos: dict[str, tuple[str, ...]] = {}
        for dyno in self._trail.added("dyno"):
            dynos[dyno["facility"]] = (*dynos.get(dyno["facility"], ()), dyno["name"])
        return LabNews(
            test_types=tuple(kind["label"] for kind in self._trail.added("test_type")),
            dynos=dynos,
            rules=self._plan.rules if self._fleet["rules_replaced"] else (),
            windows=tuple(
                NewWindow(
                    window["dyno"],
                    window["category"],
                    Period(date.fromisoformat(window["start_date"]), date.fromisoformat(window["end_date"])),
                )
                for window in self._trail.added("maintenance")
            ),
            rule_changes=self._rule_changes,
            rules_stay=self._rules_stay,
        )

    def _store_lab(self) -> dict[str, int]:
        """Test types, dynos and rules; the ids of all dynos by name."""
        session, plan = self._session, self._plan
        test_types = store_test_types(session, plan, trail=self._trail)
        known = {row.name: row.id for row in session.execute(select(DynoRow.name, DynoRow.id))}
        stored = load_rules(session)
        before = self._memory.get("listed", ())
        drafts = merged_rules(plan, stored, test_types=test_types, listed_before=before) if plan.rules else ()
        added = new_dynos(
            session, plan, drafts=drafts, known=known, in_service_from=self._in_service_from(), trail=self._trail
        )
        self._fleet |= {"dynos_added": len(added), "rules_replaced": 0}
        digest = rules_digest(plan)
        if plan.rules and self._memory.get("rules") != digest:
            self._rule_changes = rule_changes(stored, drafts)
            self._rules_stay = bool(self._rule_changes) and self._rules_are_the_app_s() and not self._choices.take_rules
        if plan.rules and self._memory.get("rules") != digest and not self._rules_stay:
            replaced = replace_rules(session, self._origin, drafts, stored=stored, dynos_added=bool(added))
            self._fleet["rules_replaced"] = int(replaced)
        return known | added

    def _rules_are_the_app_s(self) -> bool:
        """Whether somebody changed the rules in the app since an import stored them."""
        return "rules" in self._memory and self._session.scalar(_LAST_RULES_BY) not in (None, "import")

    def _in_service_from(self) -> date:
        """New dynos serve since the year in which the plan begins, so that no row stands outside their service."""
        days = [self._today, *(row.period.start for row in self._plan.rows if row.period is not None)]
        return date(min([*days, *(window.period.start for window in self._plan.windows)]).year, 1, 1)

    def _occupancy(self, placing: Placing, window_tasks: Iterable[WindowTask]) -> Occupancy:
        dynos, vehicles, span = placing.places
        windows = list(window_tasks)
        periods = [*(task.window.period for task in windows), *([span] if span else [])]
        if not periods:
            return Occupancy()
        return Occupancy.load(
            self._session,
            period=Period(min(period.start for period in periods), max(period.end for period in periods)),
            dyno_ids={*dynos, *(task.dyno_id for task in windows)},
            vehicle_ids=vehicles,
            own=placing.own_allocations,
        )

    def _store_windows(self, tasks: tuple[WindowTask, ...], occupancy: Occupancy) -> StoredWindows:
        windows = store_windows(
            self._session,
            self._origin,
            tasks,
            memory=self._memory.get("windows", {}),
            occupancy=occupancy,
            trail=self._trail,
        )
        self._fleet |= {"maintenance_added": windows.created, "maintenance_edited": windows.updated}
        return windows

    def _load_memory(self) -> Mapping[str, Any]:
        row = self._session.get(AppSettingRow, _MEMORY)
        return {} if row is None else row.value

    def _save_memory(self, windows: StoredWindows) -> None:
        if not (self._fleet["rules_replaced"] or windows.created or windows.updated):
            return
        value = {**self._memory, "windows": dict(windows.memory)}
        if self._plan.rules:
            value |= {"rules": rules_digest(self._plan), "listed": list(self._plan.listed)}
        query = insert(AppSettingRow).values(key=_MEMORY, value=value, updated_by=self._origin.actor.email)
        self._session.execute(
            query.on_conflict_do_update(
                index_elements=[AppSettingRow.key],
                set_={"value": query.excluded.value, "updated_by": query.excluded.updated_by, "updated_at": func.now()},
            )
        )

    def _report(
        self,
        tasks: Tasks,
        placed: Placed,
        vehicles: StoredVehicles,
        windows: StoredWindows,
        news: LabNews,
        *,
        dry_run: bool,
    ) -> ImportReport:
        self._plan = self._plan.with_flags(retired_rows(self._session, tasks, placed, vehicle_ids=vehicles.ids))
        names = load_names(self._session, tasks, placed)
        differences, changes = changes_by_row(tasks, placed, vehicles, names=names)
        kept, gone = left_alone(tasks, placed, names=names)
        return ImportReport(
            plan=self._plan,
            dry_run=dry_run,
            rows=row_reports(
                self._plan,
                changes=changes,
                disputed=placed.disputed,
                clashes=placed.clashes,
                differences=differences,
                changed_in_app=placed.changed_in_app,
            ),
            changes=by_change(changes),
            fleet=self._fleet,
            gone=gone,
            kept=kept,
            clashes=placed.clashes,
            window_clashes=windows.clashes,
            news=news,
            absent=absent_rows(tasks, names=names),
        )
