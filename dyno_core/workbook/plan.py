"""The plan as read from a file: frozen, complete, and free of the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from dyno_core.fleet.compatibility import Envelope
from dyno_core.period import Period

REASONS: Final = {
    "drive_ambiguous": "The drive can be read in two ways; write 2WD or AWD.",
    "drive_missing": "The vehicle's drive is missing; write 2WD or AWD.",
    "weight_missing": "The weight class is missing; write <10K or >10K.",
    "test_unknown": "The test is not one the lab knows; check its spelling or add it to the test types.",
    "date_missing": "The start or the end is missing; fill in an estimated start and a projected end.",
    "date_invalid": "The start or the end is not a day; write it as 2026-03-09.",
    "end_before_start": "The test ends before it starts; correct one of the two dates.",
    "dyno_unknown": "No dyno has this name; check facility and dyno.",
}
"""Why a row can't be imported → the sentence for it. The first that applies, in this order, is the row's reason."""

FLAGS: Final = {
    "duration_mismatch": "Start to end is not the days to complete; one of the dates was moved alone.",
    "completed_without_end": "Completed, but without the day testing completed.",
    "running_without_start": "Running, but without an actual start.",
    "running_without_dyno": "Running, but no dyno is named.",
    "start_long_before_estimate": "Starts half a year or more before its estimate; a year may be mistyped.",
    "period_very_long": "Lasts more than a year; one of the dates may be mistyped.",
    "date_unreadable": "A date that is not used for start or end can't be read.",
    "status_unknown": "The status is not known; taken as scheduled.",
    "vin_placeholder": "The VIN is a word, not a number; taken as not known yet.",
    "vin_unreadable": "The VIN does not have the form of one; taken as not known yet.",
    "vin_check_digit": "The VIN's check digit is wrong; a character may be mistyped.",
    "vin_on_two_tags": "One VIN stands on several tags; taken as one vehicle.",
    "tag_on_two_vins": "One tag stands on several VINs; taken as several vehicles.",
    "tag_is_build_id": "One row's build id is another row's tag; they may be one vehicle.",
    "vehicle_unnamed": "Neither tag nor VIN; taken as a future vehicle.",
    "vehicle_facts_differ": "Weight class or drive differ between rows of one vehicle; the first row's are kept.",
    "constraint_differs": "The drive it must be tested with is not the vehicle's drive.",
    "miles_per_day_unusual": "The miles per day are outside 100 to 1,500.",
    "miles_per_day_missing": "Miles to complete are given, miles per day are not.",
    "message_outdated": "The message in place of the dyno no longer holds: the rules allow a dyno for it.",
    "dyno_undescribed": "No list names this dyno; it was taken from the row, without rules.",
    "track_full": "Every place on the track is taken in this period.",
    "leg_overlap": "Another row plans the same vehicle on shared days.",
    "double_booked": "Another row plans the same dyno on shared days.",
    "over_maintenance": "The dyno is in maintenance on some of these days.",
    "rule_violation": "The rules do not allow this dyno for this test, drive and weight class.",
    "vehicle_retired": "The vehicle is retired in the app; bring it back on the Fleet page, or cancel this test.",
    "test_retired": "The test type is retired in the app; bring it back on the Fleet page, or cancel this test.",
}
"""Flag of a row → the sentence for it."""


@dataclass(frozen=True, slots=True)
class PlanDates:
    """The five dates of a row. Start = actual, else re-estimated, else estimated; end = completed, else projected."""

    estimated: date | None = None
    re_estimated: date | None = None
    actual: date | None = None
    projected: date | None = None
    completed: date | None = None

    @property
    def start(self) -> date | None:
        return self.actual or self.re_estimated or self.estimated

    @property
    def end(self) -> date | None:
        return self.completed or self.projected


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """What one row says of its vehicle. ``test_drive`` is how it must be tested, ``drive_type`` what it is."""

    vin: str | None = None
    tag: str | None = None
    build_id: str | None = None
    program: str | None = None
    model_year: int | None = None
    cert_team: str | None = None
    contact: str | None = None
    build_type: str | None = None
    powertrain: str | None = None
    weight_lbs: int | None = None
    weight_class: str | None = None
    drive_type: str | None = None
    test_drive: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """How long it takes: miles, miles per day, days. ``days`` excludes ``added_days``."""

    miles: float | None = None
    miles_per_day: float | None = None
    miles_per_day_driver: float | None = None
    added_days: float | None = None
    days: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedAllocation:
    """A vehicle on a dyno. A place of the track is a dyno (``Track 7``)."""

    dyno: str
    period: Period


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """Demand without a dyno. ``why`` is the sheet's own message, None when the cell was empty."""

    period: Period
    why: str | None = None
    facility: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not importable without the planner's word. ``reason`` is a key of `REASONS`; ``also`` holds further ones."""

    reason: str
    also: tuple[str, ...] = ()


Outcome = PlannedAllocation | PlannedRequest | Rejected


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of the sheet. ``row`` is its 1-based number there.

    ``group`` and ``occurrence`` make up ``row_key``, which says what the row is about and survives a move within
    the sheet; ``content_hash`` changes with anything the import would store. ``vehicle_key`` is the same for rows
    of one vehicle. ``period`` is known for rejected rows too, when their dates can be read. ``record`` names what the
    row was exported from, in files that this app wrote.
    """

    row: int
    outcome: Outcome
    vehicle: VehicleFacts
    test_type: str
    status: str
    dates: PlanDates
    period: Period | None
    leg: str | None = None
    work: Work = Work()
    gas_type: str | None = None
    cycle: str | None = None
    notes: str | None = None
    record: str | None = None
    facility: str | None = None
    dyno_label: str | None = None
    disputed: bool = False
    flags: tuple[str, ...] = ()
    group: str = ""
    occurrence: int = 1
    vehicle_key: str = ""
    content_hash: str = ""

    @property
    def row_key(self) -> str:
        return f"{self.group}|{self.occurrence}"

    @property
    def dyno(self) -> str | None:
        return self.outcome.dyno if isinstance(self.outcome, PlannedAllocation) else None

    @property
    def is_importable(self) -> bool:
        return not isinstance(self.outcome, Rejected)

    @property
    def takes_part(self) -> bool:
        """Whether the row can clash: cancelled and tentative ones can't."""
        return self.period is not None and self.status not in ("cancelled", "tentative")

    def with_flags(self, flags: Iterable[str]) -> "PlanRow":
        """The row with these flags too, in the order of `FLAGS`."""
        every = {*self.flags, *flags}
        return replace(self, flags=tuple(flag for flag in FLAGS if flag in every)) if every else self


@dataclass(frozen=True, slots=True)
class PlanVehicle:
    """One vehicle of the rows that can be imported; each fact from the first of ``rows`` that has it.

    ``key`` is ``vin:…``, ``tag:…`` or, for a future vehicle, ``unit:`` and its row's key. ``tags`` holds every tag.
    """

    key: str
    facts: VehicleFacts
    tags: tuple[str, ...]
    rows: tuple[int, ...]
    future: bool


@dataclass(frozen=True, slots=True)
class PlanRule:
    """Dynos allowed for a test, in order of preference. None stands for any."""

    row: int
    test_type: str | None
    drive_type: str | None
    weight_class: str | None
    dynos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """Maintenance of a dyno, first and last day included."""

    dyno: str
    period: Period
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanDyno:
    """A dyno the file names. ``preference`` counts from 1; ``tokens`` and ``envelope`` come from the rules."""

    name: str
    facility: str
    preference: int
    tokens: frozenset[str]
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class DoubleBooking:
    """Two rows on one dyno; ``first_day`` to ``last_day`` are the shared days."""

    dyno: str
    row_a: int
    row_b: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class VehicleOverlap:
    """Two rows of one vehicle on shared days, on dynos or not. ``vehicle`` is its VIN or tag."""

    vehicle: str
    row_a: int
    row_b: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """Something beside the plan's rows that was not read: ``what`` is a sentence."""

    sheet: str
    row: int | None
    what: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """Everything read from one file. Rows are in sheet order; ``left_out_pairs`` says that a list of pairs was cut.

    ``listed`` are the dynos of the file's rules and maintenance: of these the file says all they may run.
    """

    file_name: str
    sheet: str
    header_row: int
    rows: tuple[PlanRow, ...]
    vehicles: tuple[PlanVehicle, ...]
    dynos: tuple[PlanDyno, ...]
    test_types: tuple[str, ...]
    rules: tuple[PlanRule, ...]
    windows: tuple[PlanWindow, ...]
    double_bookings: tuple[DoubleBooking, ...]
    vehicle_overlaps: tuple[VehicleOverlap, ...]
    rule_violations: tuple[int, ...]
    problems: tuple[SheetProblem, ...] = ()
    left_out_pairs: bool = False
    listed: tuple[str, ...] = ()
    flags: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def with_flags(self, more: Mapping[int, set[str]]) -> "PlanFile":
        """The same file with more flags on some rows, by their number."""
        if not more:
            return self
        rows = tuple(row.with_flags(more.get(row.row, ())) for row in self.rows)
        flags = {flag: tuple(row.row for row in rows if flag in row.flags) for flag in FLAGS}
        return replace(self, rows=rows, flags={flag: numbers for flag, numbers in flags.items() if numbers})

    @property
    def allocations(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if isinstance(row.outcome, PlannedAllocation))

    @property
    def requests(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if isinstance(row.outcome, PlannedRequest))

    @property
    def rejected(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if isinstance(row.outcome, Rejected))

    @property
    def disputed(self) -> frozenset[int]:
        return frozenset(row.row for row in self.rows if row.disputed)
