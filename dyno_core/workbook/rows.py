"""One row of the plan: what it says, and whether it is an allocation, a request or can't be read. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from dyno_core.fleet.compatibility import drive_of
from dyno_core.fleet.references import says_nothing
from dyno_core.period import LONGEST, Period
from dyno_core.workbook.cells import (
    STATUSES,
    Cell,
    UnreadableDay,
    day_of,
    has_valid_check_digit,
    leg_of,
    meaningful,
    number_of,
    text_of,
    vin_of,
    weight_of,
    whole_number_of,
)
from dyno_core.workbook.dynos import DynoNames, Placement
from dyno_core.workbook.plan import (
    REASONS,
    PlanDates,
    PlannedAllocation,
    PlannedRequest,
    PlanRow,
    Rejected,
    VehicleFacts,
    Work,
)
from dyno_core.workbook.rules import NamesOfTests

_START_FIELDS: Final = ("actual", "re_estimated", "estimated")
_END_FIELDS: Final = ("completed", "projected")
_LONG_BEFORE_DAYS: Final = 180
_USUAL_MILES_PER_DAY: Final = (100, 1_500)
_MODEL_YEARS: Final = range(1980, 2100)

Record = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class _DatesRead:
    """``unreadable`` are the fields that hold something else than a day."""

    dates: PlanDates
    unreadable: frozenset[str]

    def fault_of(self, fields: tuple[str, ...]) -> str | None:
        """Why there is no day: the first field that is not empty decides."""
        for field in fields:
            if field in self.unreadable:
                return "date_invalid"
            if getattr(self.dates, field) is not None:
                return None
        return "date_missing"


def read_row(number: int, record: Record, *, dynos: DynoNames, tests: NamesOfTests) -> PlanRow:
    """Read one record. A row on a pool gets the pool's name as its dyno: places are given when all rows are known."""
    found = _read_dates(record)
    facts = _read_vehicle(record)
    test_text = text_of(record.get("test"))
    test_type = tests.find(test_text)
    facility, label = text_of(record.get("facility")), text_of(record.get("dyno"))
    placement = dynos.place(facility, label)
    start, end = found.dates.start, found.dates.end
    date_faults = {found.fault_of(_START_FIELDS), found.fault_of(_END_FIELDS)} - {None}
    period = Period(start, end) if not date_faults and start and end and start <= end else None
    faults = {
        *_vehicle_faults(facts, record),
        *date_faults,
        *(("test_unknown",) if test_type is None else ()),
        *(("end_before_start",) if not date_faults and period is None else ()),
        *(("dyno_unknown",) if placement.kind == "unknown" else ()),
    }
    row = PlanRow(
        row=number,
        outcome=_outcome(faults, period, placement, facility=facility),
        vehicle=facts,
        test_type=test_type or test_text,
        status=STATUSES.get(text_of(record.get("status")).upper(), "scheduled"),
        dates=found.dates,
        period=period,
        leg=_leg(record),
        work=_read_work(record),
        gas_type=meaningful(record.get("gas_type")),
        cycle=meaningful(record.get("cycle")),
        notes=text_of(record.get("notes")) or None,
        record=text_of(record.get("record")) or None,
        facility=facility or None,
        dyno_label=label or None,
    )
    return _flagged(row, record, found, dynos=dynos)


def _leg(record: Record) -> str | None:
    """What this app exported stands there as it is stored; people write ranges in many ways, and other things."""
    step = record.get("step")
    return text_of(step) or None if text_of(record.get("record")) else leg_of(step)


def _outcome(
    faults: set[str], period: Period | None, placement: Placement, *, facility: str
) -> PlannedAllocation | PlannedRequest | Rejected:
    if faults or period is None:
        reason, *also = (code for code in REASONS if code in faults)
        return Rejected(reason, tuple(also))
    if placement.kind in ("dyno", "pool") and placement.name is not None:
        return PlannedAllocation(placement.name, period)
    return PlannedRequest(period, placement.name, facility or None)


def _vehicle_faults(facts: VehicleFacts, record: Record) -> list[str]:
    faults = []
    if facts.drive_type is None:
        empty = says_nothing(text_of(record.get("drive")))
        faults.append("drive_missing" if empty else "drive_ambiguous")
    if facts.weight_class is None:
        faults.append("weight_missing")
    return faults


def _read_dates(record: Record) -> _DatesRead:
    days: dict[str, date | None] = {}
    unreadable = set()
    for field in (*_START_FIELDS, *_END_FIELDS):
        try:
            days[field] = day_of(record.get(field))
        except UnreadableDay:
            unreadable.add(field)
    return _DatesRead(PlanDates(**days), frozenset(unreadable))


def _read_vehicle(record: Record) -> VehicleFacts:
    pounds, weight_class = weight_of(record.get("weight"))
    year = whole_number_of(record.get("model_year"))
    return VehicleFacts(
        vin=vin_of(text_of(record.get("vin"))),
        tag=text_of(record.get("tag")) or None,
        build_id=meaningful(record.get("build_id")),
        program=meaningful(record.get("program")),
        model_year=year if year in _MODEL_YEARS else None,
        cert_team=meaningful(record.get("cert_team")),
        contact=meaningful(record.get("contact")),
        build_type=meaningful(record.get("build_type")),
        powertrain=meaningful(record.get("powertrain")),
        weight_lbs=pounds,
        weight_class=weight_class,
        drive_type=drive_of(text_of(record.get("drive"))),
        test_drive=drive_of(text_of(record.get("constraint"))),
    )


def _read_work(record: Record) -> Work:
    amounts = {field.name: number_of(record.get(field.name)) for field in fields(Work)}
    return Work(**{name: None if amount is not None and amount < 0 else amount for name, amount in amounts.items()})


def _flagged(row: PlanRow, record: Record, found: _DatesRead, *, dynos: DynoNames) -> PlanRow:
    flags = [*_date_flags(row), *_vin_flags(row, record), *_status_flags(row, record)]
    if found.unreadable and row.period is not None:
        flags.append("date_unreadable")
    facts, work = row.vehicle, row.work
    if facts.test_drive and facts.drive_type and facts.test_drive != facts.drive_type:
        flags.append("constraint_differs")
    low, high = _USUAL_MILES_PER_DAY
    if work.miles_per_day is not None and not low <= work.miles_per_day <= high:
        flags.append("miles_per_day_unusual")
    if work.miles is not None and work.miles_per_day is None:
        flags.append("miles_per_day_missing")
    if row.dyno is not None and not dynos.closed:
        flags.append("dyno_undescribed")
    return row.with_flags(flags)


def _date_flags(row: PlanRow) -> list[str]:
    flags = []
    dates, work, period = row.dates, row.work, row.period
    if period is not None and work.days is not None and dates.completed is None:
        # The sheet adds fractions of days to a start that may carry a time, so the day after is right as well.
        expected = work.days + (work.added_days or 0)
        if not math.floor(expected) <= period.days - 1 <= math.ceil(expected):
            flags.append("duration_mismatch")
    if dates.start and dates.estimated and (dates.estimated - dates.start).days >= _LONG_BEFORE_DAYS:
        flags.append("start_long_before_estimate")
    if period is not None and period.days > LONGEST:
        flags.append("period_very_long")
    return flags


def _vin_flags(row: PlanRow, record: Record) -> list[str]:
    text = text_of(record.get("vin"))
    flags = []
    if row.vehicle.vin is not None:
        flags += [] if has_valid_check_digit(row.vehicle.vin) else ["vin_check_digit"]
    elif text:
        is_word = says_nothing(text) or not any(letter.isdigit() for letter in text)
        flags.append("vin_placeholder" if is_word else "vin_unreadable")
    if row.vehicle.vin is None and (row.vehicle.tag is None or says_nothing(row.vehicle.tag)):
        flags.append("vehicle_unnamed")
    return flags


def _status_flags(row: PlanRow, record: Record) -> list[str]:
    flags = []
    if text_of(record.get("status")).upper() not in STATUSES:
        flags.append("status_unknown")
    if row.status == "completed" and row.dates.completed is None:
        flags.append("completed_without_end")
    if row.status == "in_progress":
        if row.dates.actual is None:
            flags.append("running_without_start")
        if isinstance(row.outcome, PlannedRequest):
            flags.append("running_without_dyno")
    return flags
