"""What each pasted row becomes: a request, an allocation, or why not. Pure but for what it is handed."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from dyno_core.booking.durations import duration_of
from dyno_core.errors import InvalidInput
from dyno_core.fleet.errors import Retired
from dyno_core.fleet.references import says_nothing
from dyno_core.fleet.types import POOLS
from dyno_core.period import LONGEST, Period, say_day, say_days
from dyno_core.workbook.cells import UnreadableDay, day_of, number_of, text_of, vin_of
from dyno_core.workbook.paste_lab import Lab, Shelf
from dyno_core.workbook.paste_undo import Made
from dyno_core.workbook.pasted import DAY_FIELDS
from dyno_core.workbook.plan import FLAGS, REASONS, PlannedAllocation, PlanRow, Rejected
from dyno_core.workbook.rows import read_row

Outcome = Literal["request", "allocation", "there", "refused"]
"""``there``: it is in the plan already, and nothing is done."""

_TOLD_FLAGS: Final = (
    "start_long_before_estimate", "date_unreadable", "vin_placeholder", "vin_unreadable", "vin_check_digit",
    "vin_on_two_tags", "constraint_differs",
)  # fmt: skip
_HAS_RUN: Final = {
    "in_progress": "runs already",
    "completed": "is completed",
    "cancelled": "is cancelled",
}
_NOT_ON_RECORD: Final = {"drive_missing": ("drive", "2WD or AWD"), "weight_missing": ("weight class", "<10K or >10K")}
_LENGTHS: Final = {"days": "a number of days; write it in digits, as 3", "miles": "a number; write it as 5000"}


@dataclass(frozen=True, slots=True)
class PastedRow:
    """One pasted row. ``sentence`` says what becomes of it, or why nothing does; ``number`` counts from 1 as pasted."""

    number: int
    outcome: Outcome
    sentence: str
    vehicle: str
    test: str
    dyno: str | None
    facility: str | None
    first_day: date | None
    last_day: date | None
    remarks: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.outcome in ("request", "allocation")


@dataclass(frozen=True, slots=True)
class PasteReport:
    """What a paste would create, or did. ``fields``: what was read in which column; ``lack``: what no column holds.

    ``made``: what was stored, for `undo_paste`.
    """

    rows: tuple[PastedRow, ...]
    headings: tuple[str, ...] | None
    examples: tuple[str, ...]
    fields: tuple[str | None, ...]
    lack: str | None = None
    new_vehicles: int = 0
    made: tuple[Made, ...] = ()

    @property
    def created(self) -> bool:
        return bool(self.made)

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def creates(self) -> int:
        return self.count("request") + self.count("allocation")

    @property
    def fingerprint(self) -> str:
        """The same for reports that do the same: what was agreed on is what is created."""
        told = repr([(row.number, row.outcome, row.sentence) for row in self.rows])
        return hashlib.sha256(told.encode()).hexdigest()


def completed(record: Mapping[str, str], *, lab: Lab, shelf: Shelf) -> dict[str, str]:
    """The record with what the app knows and a short table leaves out: weight and drive of a known vehicle, the last
    day by the days or the miles, and the dyno by its full name. Raises `InvalidInput` for an impossible length."""
    full = dict(record)
    found = shelf.find(vin=vin_of(text_of(record.get("vin"))), tags=[text_of(record.get("tag"))])
    if len(found) == 1:
        stored = shelf.rows[found[0]]
        full["weight"] = text_of(record.get("weight")) or text_of(stored["weight_lbs"] or stored["weight_class"])
        full["drive"] = text_of(record.get("drive")) or stored["drive_type"] or ""
    facility = text_of(record.get("facility"))
    if (name := lab.names.find(text_of(record.get("dyno")))) and (
        not facility or lab.dynos[name].facility.casefold() == facility.casefold()
    ):
        full["dyno"], full["facility"] = name, ""
    said = text_of(record.get("projected")) or text_of(record.get("completed"))
    if not said and (last := _last_day(full, lab)):
        full["projected"] = last
    return full


def _last_day(record: Mapping[str, str], lab: Lab) -> str:
    start = next(
        (text_of(record.get(name)) for name in ("actual", "re_estimated", "estimated") if record.get(name)), ""
    )
    try:
        first = day_of(start)
    except UnreadableDay:
        return ""
    days, added = number_of(record.get("days")), max(number_of(record.get("added_days")) or 0.0, 0.0)
    if first is None:
        return ""
    if days is not None and days + added > LONGEST:
        raise InvalidInput(f"{days + added:g} days can't be planned; give 1 to {LONGEST} days.")
    if days is None:
        test = lab.test_types.get(lab.tests.find(text_of(record.get("test"))) or "")
        miles, rate = number_of(record.get("miles")), number_of(record.get("miles_per_day"))
        length = duration_of(test, miles=miles, miles_per_day=rate or None, added_days=added) if test else None
        if length is None:
            return ""
        days, added = length.days, 0.0
    return Period.of(first, math.ceil(days + added)).end.isoformat()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as the import reads it, or the sentence why it can't be. ``row`` is there for both."""

    row: PlanRow
    refusal: str | None


def read(number: int, record: Mapping[str, str], *, lab: Lab, shelf: Shelf, today: date) -> ReadRow:
    """The row, or why it can become nothing whatever else is planned."""
    try:
        full = completed(record, lab=lab, shelf=shelf)
    except InvalidInput as refusal:
        return ReadRow(read_row(number, record, dynos=lab.names, tests=lab.tests), str(refusal))
    row = read_row(number, full, dynos=lab.names, tests=lab.tests)
    faults = []
    if lab.tests.find(text_of(full.get("test"))) is not None and row.test_type not in lab.test_types:
        faults.append("test_unknown")
    unknown = row.dyno is not None and row.dyno not in POOLS and row.dyno not in lab.dynos
    if unknown or (not isinstance(row.outcome, PlannedAllocation) and _is_one_word(row.dyno_label)):
        faults.append("dyno_unknown")
    row = _rejected_too(row, faults)
    return ReadRow(row, _refusal(row, full, lab=lab, today=today))


def _rejected_too(row: PlanRow, faults: Sequence[str]) -> PlanRow:
    """The row with these faults beside those that it has already, in the order of `REASONS`."""
    known = (row.outcome.reason, *row.outcome.also) if isinstance(row.outcome, Rejected) else ()
    every = [code for code in REASONS if code in {*known, *faults}]
    return replace(row, outcome=Rejected(every[0], tuple(every[1:]))) if every else row


def _is_one_word(label: str | None) -> bool:
    """A message of the workbook in place of a dyno has several words; one alone is a name that nobody knows."""
    return label is not None and " " not in label and not says_nothing(label)


def _refusal(row: PlanRow, record: Mapping[str, str], *, lab: Lab, today: date) -> str | None:
    """All that is wrong with it, a sentence each, so that it is mended in one go; None when nothing is."""
    faults: list[str] = []
    if isinstance(row.outcome, Rejected):
        faults += [_rejection(code, record) for code in (row.outcome.reason, *row.outcome.also)]
    if row.status in _HAS_RUN:
        faults.append(
            f"It {_HAS_RUN[row.status]}, and only what is still to come can be pasted; bring it in with the workbook "
            "import on the Fleet page."
        )
    if (test := lab.test_types.get(row.test_type)) and test.retired:
        faults.append(str(Retired(row.test_type)))
    if row.period is not None and row.period.days > LONGEST:
        faults.append(
            f"{say_days(row.period.days)} are more than the {LONGEST} that can be planned; paste it as several legs."
        )
    if row.dyno is not None and row.period is not None and row.period.start < today:
        faults.append(
            f"{say_day(row.period.start)} is already past (today is {say_day(today)}); give a first day from today on."
        )
    return " ".join(faults) or None


def _rejection(code: str, record: Mapping[str, str]) -> str:
    if code == "date_invalid" and (odd := _odd_days(record)):
        named = " and ".join(f"“{day[:40]}”" for day in odd)
        return f"{named} {'is not a day' if len(odd) == 1 else 'are not days'} of 2000 to 2099; write it as 2026-03-09."
    if code in ("date_missing", "date_invalid"):
        return _missing_day(record)
    if code == "test_unknown" and not text_of(record.get("test")):
        return "The test is missing; name one of the lab's test types."
    if (lacks := _NOT_ON_RECORD.get(code)) is not None:
        return f"The {lacks[0]} is missing here, and the app has none on record for this vehicle; write {lacks[1]}."
    named_by = {"test_unknown": "test", "dyno_unknown": "dyno"}.get(code)
    return f"“{text_of(record.get(named_by))[:60]}”: {REASONS[code]}" if named_by else REASONS[code]


def _missing_day(record: Mapping[str, str]) -> str:
    first, last = (any(record.get(name, "").strip() for name in names) for names in (DAY_FIELDS[:3], DAY_FIELDS[3:]))
    if first and not last:
        said = {name: text_of(record.get(name)) for name in _LENGTHS if number_of(record.get(name)) is None}
        odd = [f"“{word[:40]}” is not {_LENGTHS[name]}." for name, word in said.items() if word]
        return " ".join(odd) or "The last day is missing, and with it the days and the miles; fill in one of them."
    if last and not first:
        return "The first day is missing; fill it in."
    return "The first day is missing, and the last day with the days and the miles; fill in what is missing."


def _odd_days(record: Mapping[str, str]) -> tuple[str, ...]:
    """The cells for days that hold something else."""
    odd = []
    for name in DAY_FIELDS:
        cell = record.get(name, "")
        try:
            day_of(cell)
        except UnreadableDay:
            odd.append(text_of(cell) or cell.strip())  # an error of the spreadsheet, such as #REF!, is no text
    return tuple(odd)


def remarks_of(row: PlanRow) -> tuple[str, ...]:
    """What is odd about a row that becomes something all the same."""
    return tuple(FLAGS[flag] for flag in _TOLD_FLAGS if flag in row.flags)
