"""What a single cell means. Cells come as Excel stores them or, from a CSV file, as text."""

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Final

from dyno_core.fleet.compatibility import HEAVIEST_PLAUSIBLE_LBS, HEAVY, LIGHT, weight_class_of
from dyno_core.fleet.references import says_nothing
from dyno_core.period import FIRST_DAY, LAST_DAY

Cell = object
"""`None`, text, number, bool, `datetime`, `date`, `time` or `timedelta`."""

_EXCEL_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_GUARDED: Final = re.compile(r"^'(?='*[=+\-@＝＋－＠])")
"""The apostrophe that an export puts before text which a spreadsheet would run as a formula."""
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_US_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?: .*)?")
_VIN: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VIN_VALUES: Final = {**{str(n): n for n in range(10)},
                      **dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9,
                                                             2, 3, 4, 5, 6, 7, 8, 9), strict=True))}  # fmt: skip
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_RANGE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*K?(?:\s*[-–—]\s*|\s+)(\d+(?:\.\d+)?)\s*K", re.IGNORECASE)
LIGHTEST_READ_LBS: Final = 500
"""Below it is a misplaced number (a number of days, a ``10`` for 10K), never a vehicle."""
_LIGHT_SPELLINGS: Final = frozenset({"<10K", "<=10K", "≤10K", "<10000", "<=10000"})
_HEAVY_SPELLINGS: Final = frozenset({">10K", ">10000"})

STATUSES: Final = {
    **dict.fromkeys(("G", "SCHEDULED", "PLANNED"), "scheduled"),
    **dict.fromkeys(("RUNNING", "IN PROGRESS", "IN_PROGRESS"), "in_progress"),
    **dict.fromkeys(("COMPLETED", "COMPLETE", "C"), "completed"),
    **dict.fromkeys(("TBD", "TENTATIVE"), "tentative"),
    **dict.fromkeys(("REMOVED", "CANCELLED", "CANCELED", "DELETED"), "cancelled"),
}
"""Spelling in the sheet → status of an allocation."""


class UnreadableDay(ValueError):
    """The cell holds something, but no day between 2000 and 2099."""


def text_of(cell: Cell) -> str:
    """The cell as one line of text: ends stripped, blanks of every kind folded to one, ``7.0`` as ``7``."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    text = _GUARDED.sub("", " ".join(_CONTROL.sub(" ", str(cell)).split()))
    return "" if text in _EXCEL_ERRORS else text


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def meaningful(cell: Cell) -> str | None:
    """The text of a cell, None when it is empty or stands for nothing."""
    text = text_of(cell)
    return None if says_nothing(text) else text


def number_of(cell: Cell) -> float | None:
    """A finite number, None for anything else (``N/A``)."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else None
    try:
        number = float(text_of(cell).replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def whole_number_of(cell: Cell) -> int | None:
    number = number_of(cell)
    return int(number) if number is not None and number.is_integer() else None


def day_of(cell: Cell) -> date | None:
    """The day of a date, a date with a time, an Excel serial number, ISO text or US text; None when empty.

    Raises `UnreadableDay` for anything else, and for days outside 2000 to 2099.
    """
    if cell is None or cell == 0 or cell == time(0, 0):
        return None  # a formula over empty cells leaves day 0
    if isinstance(cell, datetime):
        day = cell.date()
    elif isinstance(cell, date):
        day = cell
    elif isinstance(cell, bool | time | timedelta):
        raise UnreadableDay
    elif isinstance(cell, int | float):
        day = _day_of_serial(float(cell))
    else:
        if str(cell).strip() in _EXCEL_ERRORS:
            raise UnreadableDay
        text = text_of(cell)
        if says_nothing(text):
            return None
        day = _day_of_text(text)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UnreadableDay
    return day


def _day_of_serial(serial: float) -> date:
    if not 1 <= serial < 100_000:
        raise UnreadableDay
    return _EXCEL_EPOCH + timedelta(days=int(serial))


def _day_of_text(text: str) -> date:
    try:
        if iso := _ISO_DAY.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if us := _US_DAY.fullmatch(text):
            year = int(us[3])
            return date(year if year > 99 else 2000 + year, int(us[1]), int(us[2]))
        return _day_of_serial(float(text))
    except ValueError:
        raise UnreadableDay from None


def vin_of(text: str) -> str | None:
    """The VIN in capitals without blanks and dashes, None for ``PENDING`` and all else that can't be one."""
    folded = text.upper().replace(" ", "").replace("-", "")
    return folded if _VIN.fullmatch(folded) else None


def has_valid_check_digit(vin: str) -> bool:
    """49 CFR 565.15: the ninth character is the weighted sum of the others modulo 11, X for 10."""
    total = sum(_VIN_VALUES[letter] * weight for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return vin[8] == "0123456789X"[total % 11]


def weight_of(cell: Cell) -> tuple[int | None, str | None]:
    """Weight in whole lb when the cell holds a number, and the weight class; both None when it holds neither."""
    folded = text_of(cell).upper().replace(" ", "").replace("LBS", "").replace("LB", "").replace(",", "")
    if folded in _LIGHT_SPELLINGS:
        return None, LIGHT
    if folded in _HEAVY_SPELLINGS:
        return None, HEAVY
    pounds = number_of(folded)
    if pounds is None or not LIGHTEST_READ_LBS <= pounds <= HEAVIEST_PLAUSIBLE_LBS:
        return None, None
    return round(pounds), weight_class_of(round(pounds))


def leg_of(cell: Cell) -> str | None:
    """A mileage step such as ``5K - 75K`` in one spelling; None where the cell only repeats the program."""
    found = _RANGE.fullmatch(text_of(cell))
    return f"{float(found[1]):g}K - {float(found[2]):g}K" if found else None
