"""What a message names: vehicle, allocation, weight, drive, test type, dyno, time, reason, status. Pure.

The order of reading matters: what is surest is read first and blanked out, so that the ``3`` of
``PGN 3`` is never taken for a number of days and ``4K certification`` never for a weight.
"""

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from dyno_core.agent.models.offline.calendar_words import MONTH, NUMBER, WEEKDAY, number_of
from dyno_core.agent.models.offline.dates import BLANK, blanked
from dyno_core.agent.models.offline.left_out import avoided_in
from dyno_core.agent.models.offline.ranges import MOST_LBS, out_of_range
from dyno_core.agent.models.offline.vocabulary import (
    NUMBERED_DYNO,
    UNLISTED_DYNO,
    Vocabulary,
    spelled,
    unlisted_dyno,
)
from dyno_core.agent.models.offline.weights import loose_weight, sure_weight
from dyno_core.agent.models.offline.when import read_when
from dyno_core.fleet.compatibility import drive_of

VEHICLE_FIELDS: Final = ("vehicle_id", "vin", "tag")
TO_END: Final = "to_end"
"""The window of what moves, with its length, such that it ends on a day."""
KEEPS_END: Final = "keeps_end"
"""The window of what begins on another day and ends where it does."""


@dataclass(frozen=True, slots=True)
class Slots:
    """``window`` is the kind of time named (`when.When.kind`); ``shift`` is in days.

    ``problems``: days and lengths that can't be. ``unknown_test``: a test named that the lab does not run.
    ``unclear``: names of fields for which two values were given. ``avoided``: dynos and facilities that are not wanted.
    ``mine``: only what the person booked is asked about; ``person``: only what this one changed.
    """

    vehicle_id: int | None = None
    vin: str | None = None
    tag: str | None = None
    allocation_id: int | None = None
    weight_lbs: float | None = None
    weight_class: str | None = None
    drive_type: str | None = None
    test_type: str | None = None
    unknown_test: str | None = None
    dyno: str | None = None
    facility: str | None = None
    program: str | None = None
    model_year: int | None = None
    days: int | None = None
    start: date | None = None
    end: date | None = None
    window: str = ""
    shift: int | None = None
    backup_days: int | None = None
    flexible: bool = False
    reason: str | None = None
    status: str | None = None
    mine: bool = False
    person: str | None = None
    avoided: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()

    @property
    def has_vehicle(self) -> bool:
        return any(getattr(self, name) is not None for name in VEHICLE_FIELDS)

    @property
    def vehicle(self) -> dict[str, Any]:
        """The one argument that names the vehicle, empty when none is known."""
        for name in VEHICLE_FIELDS:
            if getattr(self, name) is not None:
                return {name: getattr(self, name)}
        return {}

    @property
    def empty(self) -> bool:
        return self == Slots()

    def to_json(self) -> dict[str, Any]:
        plain = {name: value for name, value in asdict(self).items() if value not in (None, (), "", False)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Slots":
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        for name in ("start", "end"):
            if name in values:
                values[name] = date.fromisoformat(values[name])
        for name in ("problems", "unclear", "avoided"):
            listed = values.get(name, ())
            values[name] = (listed,) if isinstance(listed, str) else tuple(listed)
        return cls(**values)


class _Scan:
    """The text with what was read already blanked out."""

    _NOT = re.compile(r"\b(?:(?<!why )not|instead\s+of|rather\s+than)\s+(?:(?:an?|the|for|on)\s+)?$", re.IGNORECASE)

    def __init__(self, text: str) -> None:
        self.left = text

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The matches that are meant (``not evap`` names what is not meant); all are blanked."""
        matches = [match for match in pattern.finditer(self.left) if BLANK not in match[0]]
        meant = [match for match in matches if not self._NOT.search(self.left[: match.start()])]
        for match in matches:
            self.left = blanked(self.left, match.start(), match.end())
        return meant


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


REASON: Final = _any(
    r"(?:[,;:.\s]+)(?:reason\s*(?:is|:|-|=)|because(?:\s+of)?|due\s+to|as\s+requested\s+by"
    r"|on\s+account\s+of"
    rf"|since(?!\s+(?:\d|the\s+\d|{MONTH}|{WEEKDAY}|yesterday|last|this|today)))\s*(.+)$"
)
_QUOTED = re.compile(r"[\"“”„]([^\"“”„]{2,80})[\"“”„]|(?<!\w)'([^']{2,80})'(?!\w)")
_VIN = _any(r"(?<![\w-])(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}(?![\w-])")
_NAMED_VIN = _any(r"\bvin\s*(?:no\.?|number|is|:|#|=)?\s*((?=[A-Z0-9]*\d)[A-Z0-9]{5,20})(?![\w-])")
_BACKUPS = tuple(
    _any(pattern)
    for pattern in (
        (
            rf"\b(?:up\s+to|at\s+most|max(?:imum)?(?:\s+of)?|within|no\s+more\s+than)\s+({NUMBER})\s+(days?"
            rf"|weeks?)\s*(?:later|after(?:wards)?|(?:of\s+)?(?:delay|slip|slack|backup)|backup)\b"
        ),
        (
            rf"\b(?:with\s+)?(?:an?\s+)?(?:flexible|flexibility|slip|flex|tolerance|delay|slide|slack"
            rf"|backup)\b[\s:]*(?:by|of|within|for|is|window\s+of)?\s*(?:up\s+to\s+"
            rf"|plus\s+)?({NUMBER})\s+(days?|weeks?)\b"
        ),
        rf"\bor\s+(?:up\s+to\s+)?({NUMBER})\s+(days?|weeks?)\s+later\b",
        rf"\b({NUMBER})[\s-]+backup[\s-]+(days?|weeks?)\b",
        rf"(?:\+/-|±|\bplus\s+or\s+minus\b|\bgive\s+or\s+take\b)\s*({NUMBER})\s*(days?|weeks?)\b",
    )
)
_FLEXIBLE = _any(
    r"\b(?:with\s+(?:a\s+)?backup(?:\s+days?)?|flexible|dates?\s+(?:can|may)\s+(?:slip|move)"
    r"|or\s+later|if\s+not\s+possible\s+later)\b"
)
_ALLOCATION = _any(
    r"\b(?:allocation|alloc\.?|booking|reservation|assignment|entry)\s*(?:id|number|no\.?"
    r"|nr\.?)?\s*[:#]?\s*(\d{1,9})\b(?!\s*(?:days?|weeks?|lbs?|kg|k\b|[-/]\d))"
)
_HASH = re.compile(r"(?<![\w#])#\s?(\d{1,9})\b")
_VEHICLE_ID = _any(
    r"\b(?:vehicle|vehicule|vehcile|veh\.?|car|truck|unit|pickup|van)s?\s*(?:id|number|no\.?"
    r"|nr\.?)?\s*[:#=]?\s*(\d{1,6})\b(?!\s*(?:days?|weeks?|lbs?|pounds?|kg|kilos?|[-/.]\d|,\d{3}))"
)
_DRIVE = _any(
    r"(?<!\w)(?:(?:all|front|rear|two|four|2|4)[\s-]+wheel(?:[\s-]+drive[ns]?)?|4\s?x\s?4"
    r"|4\s?x\s?2|2\s?x\s?4|[af24r]wd)(?!\w)"
)
_TAG = re.compile(r"(?<![\w-])\d{2,4}[A-Za-z]\d{2,4}(?![\w-])")
_BUILD = re.compile(r"(?<![\w-])(?!\d{1,2}[A-Z]{3}20\d\d\b)(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z]{2})[A-Z0-9]{7,12}(?![\w-])")
_NAMED_TAG = _any(
    r"\b(?:tag|vehicle|veh\.?|build(?:\s+id)?)\s*(?:no\.?|number|:|#"
    r"|=)?\s*((?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z0-9][\w-]{2,30})(?![\w-])"
)
_PROGRAM = _any(r"\bprogram(?:me)?\s*[:=]?\s*(?=[\w./-]*\d|(?-i:[A-Z]))([\w./-]+\w)")
_MODEL_YEAR = _any(r"\b(?:model[\s-]?years?|(?-i:MY)|my(?=\d))\s*[:=]?\s*(?:20|['’])?(\d{2})\b|\b20(\d{2})\s+models?\b")
_OWN_NOUN: Final = r"(?:bookings?|allocations?|reservations?|tests?|runs?|plan|schedule|ones?)"
_MINE = _any(
    rf"\bmy\s+(?:own\s+)?(?:[\w-]+\s+){{0,2}}{_OWN_NOUN}\b|\b{_OWN_NOUN}\s+of\s+mine\b|\bmine\b"
    rf"|\b{_OWN_NOUN}\s+do\s+i\s+have\b"
    r"|\bdo\s+i\s+have\s+(?:something|anything)\b|\bam\s+i\s+late\b"
    rf"|\b(?:booked|planned|made)\s+by\s+me\b|\bdo\s+i\s+have\s+(?:[\w-]+\s+){{0,3}}{_OWN_NOUN}\b"
    r"|\b(?:did|have|had)\s+i\s+(?:[\w-]+\s+){0,2}?(?:book|booked|plan|planned)\b"
    r"|\bi(?:['’]ve|\s+have)?(?:\s+got)?\s+(?:booked|planned)\b(?!\s+(?:yesterday|today|last|earlier|just)\b)|\bmy\s+stuff\b|\b(?:any|some)thing\s+for\s+me\b"
    r"|\b(?:whatever|everything|all)\s+(?:that\s+)?i\s+have\b"
)
_STATUSES: Final = (
    (_any(r"\b(?:cancelled|canceled|cancled|removed)\b"), "cancelled"),
    (_any(r"\b(?:completed?|finished|done|closed)\b"), "completed"),
    (_any(r"\b(?:running|in[\s_-]progress|ongoing|active|under\s?way)\b"), "in_progress"),
    (_any(r"\b(?:tentative|provisional|unconfirmed)\b"), "tentative"),
    (_any(r"\b(?:scheduled|upcoming|planned)\b"), "scheduled"),
)


def read_slots(
    text: str, vocabulary: Vocabulary, *, today: date, past: bool = False, near: date | None = None
) -> Slots:
    """Everything that ``text`` names. ``past``: days without a year are past ones (for reports).

    ``near``: the first day of what ``text`` corrects.
    """
    scan, found = _Scan(text), dict[str, Any]()
    if reason := REASON.search(scan.left):
        found["reason"] = reason[1].strip(" .!?\"'")[:200] or None
        scan.left = scan.left[: reason.start()]
    unclear: list[str] = []
    found["avoided"], unwanted = avoided_in(scan.left, vocabulary)
    for begin, stop in unwanted:
        scan.left = blanked(scan.left, begin, stop)
    values = _vehicle_values(scan, vocabulary)
    values["test_type"] = _tests(scan, vocabulary)
    values["drive_type"] = [drive for match in scan.take(_DRIVE) if (drive := _drive(match[0]))]
    values["tag"] += [match[0].upper() for match in scan.take(_TAG)]
    values["tag"] += [match[1] for match in scan.take(_NAMED_TAG)] + [match[0] for match in scan.take(_BUILD)]
    found |= sure_weight(scan, blank=BLANK)
    if not values["test_type"]:
        values["test_type"] = _unsure_tests(scan, vocabulary)
    if "weight_lbs" not in found and "weight_class" not in found:
        found |= loose_weight(scan)
    for name, seen in values.items():
        distinct = list(dict.fromkeys(seen))
        if len(distinct) > 1:
            unclear.append(name)
        elif distinct:
            found[name] = distinct[0]
    if sum(bool(values[name]) for name in ("vehicle_id", "vin", "tag")) > 1:
        found["vin" if found.get("vin") else "tag"] = found.get("vin") or found.get("tag")
    if not values["test_type"]:
        found["unknown_test"] = vocabulary.unknown_test(scan.left.replace(BLANK, " "))
    found["status"] = next((status for pattern, status in _STATUSES if pattern.search(scan.left)), None)
    found["mine"] = _MINE.search(text) is not None
    impossible = out_of_range(text)
    if found.get("weight_lbs", 0) > MOST_LBS:
        impossible += (f"“{found.pop('weight_lbs'):.4g} lb” is out of range; a weight is 1 to {MOST_LBS:,} lb",)
    time = read_when(scan.left, today=today, past=past, near=near)
    return Slots(
        **found,
        days=time.days,
        start=time.start,
        end=time.end,
        window=time.kind,
        shift=time.shift,
        problems=(*time.problems, *impossible),
        unclear=tuple(unclear),
    )


def vehicles_in(text: str, vocabulary: Vocabulary) -> tuple[Slots, ...]:
    """Every vehicle that ``text`` names, each as slots of its own."""
    scan = _Scan(text)
    values = _vehicle_values(scan, vocabulary)
    values["tag"] += [match[0].upper() for match in scan.take(_TAG)]
    named = {name: list(dict.fromkeys(values[name])) for name in VEHICLE_FIELDS}
    return tuple(Slots(**{name: value}) for name, every in named.items() for value in every)


def _drive(words: str) -> str | None:
    """``front wheel``, ``four-wheel driven`` and ``4 x 4`` are said too."""
    plain = " ".join(re.sub(r"[\s-]+", " ", words.lower()).removesuffix("n").removesuffix("s").split())
    return drive_of(plain + " drive" if plain.endswith("wheel") else plain.replace(" x ", "x"))


def _vehicle_values(scan: _Scan, vocabulary: Vocabulary) -> dict[str, list[Any]]:
    """Vehicle, allocation, dyno and backup days: all that is a number with a word before it."""
    values: dict[str, list[Any]] = {"tag": []}
    for match in list(_QUOTED.finditer(scan.left)):
        words = (match[1] or match[2]).strip()
        if not _names_something_else(words, vocabulary):
            values["tag"].append(words)
            scan.left = blanked(scan.left, match.start(), match.end())
    values["vin"] = [match[at].upper() for at, pattern in ((0, _VIN), (1, _NAMED_VIN)) for match in scan.take(pattern)]
    backups = [match for pattern in _BACKUPS for match in scan.take(pattern)]
    values["backup_days"] = [
        number_of(match[1]) * (7 if match[2].lower().startswith("week") else 1) for match in backups
    ]
    values["flexible"] = [True] if backups or scan.take(_FLEXIBLE) else []
    values["allocation_id"] = [int(match[1]) for match in scan.take(_ALLOCATION)]
    values["dyno"] = [name for pattern, name in vocabulary.dynos_in(scan.left) if scan.take(pattern)]
    values["dyno"] += [unlisted_dyno(match) for match in scan.take(UNLISTED_DYNO)]
    values["dyno"] += [f"Dyno {match[1]}" for match in scan.take(NUMBERED_DYNO)]
    values["dyno"] += [f"{name} {match[1]}" for name in vocabulary.facilities() for match in scan.take(_numbered(name))]
    values["facility"] = [name for name in vocabulary.facilities() if scan.take(spelled(name, plural=True))]
    values["program"] = [match[1] for match in scan.take(_PROGRAM)]
    values["model_year"] = [2000 + int(match[1] or match[2]) for match in scan.take(_MODEL_YEAR)]
    values["vehicle_id"] = [int(match[1]) for match in scan.take(_VEHICLE_ID)]
    values["allocation_id"] += [int(match[1]) for match in scan.take(_HASH)]
    return values


@lru_cache(maxsize=256)
def _numbered(facility: str) -> re.Pattern[str]:
    """``Northfield 9``: a dyno that the lab does not have; ``Northfield 7 December`` is a place and a day."""
    return _any(
        rf"{spelled(facility).pattern}[\s#_-]*(\d{{1,3}})(?![\w/.:-]*\d|\w|\s*(?:{MONTH}|days?\b|weeks?\b|of\b|to\b|-))"
    )


def _names_something_else(words: str, vocabulary: Vocabulary) -> bool:
    tests = (spelling for spelling, _, _ in vocabulary.test_spellings())
    return any(pattern.fullmatch(words) for pattern, _ in vocabulary.dynos_in(words)) or words.lower() in tests


def _tests(scan: _Scan, vocabulary: Vocabulary) -> list[str]:
    found = [
        name
        for spelling, name, sure in vocabulary.test_spellings()
        if sure
        for _ in scan.take(spelled(spelling, plural=True))
    ]
    if found:
        return found
    for word in re.finditer(r"[A-Za-z]{5,}", scan.left):
        if name := vocabulary.misspelled_test(word[0]):
            scan.left = blanked(scan.left, word.start(), word.end())
            return [name]
    return []


def _unsure_tests(scan: _Scan, vocabulary: Vocabulary) -> list[str]:
    """``4k`` alone: a test type only where nothing else in the message is one."""
    return [
        name for spelling, name, sure in vocabulary.test_spellings() if not sure for _ in scan.take(spelled(spelling))
    ]


def overlaid(base: Slots, new: Slots) -> Slots:
    """``base`` with all that ``new`` names; a new vehicle, weight or time replaces the old one whole."""
    changes = {name: value for name, value in _named(new).items() if name not in ("shift", "problems", "unclear")}
    if new.has_vehicle:
        changes = (
            dict.fromkeys((*VEHICLE_FIELDS, "allocation_id", "weight_lbs", "weight_class", "drive_type")) | changes
        )
    elif new.allocation_id is not None:
        changes = dict.fromkeys(VEHICLE_FIELDS) | changes
    changes |= _elsewhere(base, new)
    if new.test_type or new.unknown_test:
        changes = {"test_type": None, "unknown_test": None} | changes
    if new.weight_lbs or new.weight_class:
        changes = {"weight_lbs": None, "weight_class": None} | changes
    if new.start or new.end:
        length = base.days or _length(base)
        changes |= {
            "start": new.start or base.start,
            "end": new.end,
            "window": new.window,
            "days": new.days or (base.days if new.window in ("week", "month") else None if _ranges(new) else length),
        }
    elif new.days and base.window not in ("week", "month"):
        changes |= {"end": None, "window": "from" if base.start else base.window}
    if base.start and new.end and not new.start:
        # “until Friday”: from where it begins, which says how long.
        changes |= {"window": "range", "days": None}
    result = replace(base, **changes, problems=new.problems, unclear=new.unclear)
    return shifted(result, new.shift) if new.shift else result


def _elsewhere(base: Slots, new: Slots) -> dict[str, Any]:
    """Where it shall be, and where not: what is wanted now was not left out, and the other way round."""
    avoided = tuple(dict.fromkeys((*base.avoided, *new.avoided)))
    avoided = tuple(place for place in avoided if place not in (new.dyno, new.facility))
    kept = base.dyno if new.facility is None and not any(_is_at(base.dyno, place) for place in new.avoided) else None
    at = None if base.facility in new.avoided else base.facility
    return {"avoided": avoided, "dyno": new.dyno or kept, "facility": new.facility or (None if new.dyno else at)}


def _is_at(dyno: str | None, place: str) -> bool:
    return dyno is not None and (dyno == place or re.sub(r"[\s#_-]*\d+$", "", dyno) == place)


def _ranges(slots: Slots) -> bool:
    """Whether first and last day were both meant as such."""
    return slots.end is not None and slots.window != "day"


def shifted(slots: Slots, days: int) -> Slots:
    if slots.start is None:
        return replace(slots, shift=days)
    move = date.fromordinal
    end = None if slots.end is None else move(slots.end.toordinal() + days)
    return replace(slots, start=move(slots.start.toordinal() + days), end=end, shift=None)


def _length(slots: Slots) -> int | None:
    if slots.start and slots.end and slots.window in ("range", "week"):
        return (slots.end - slots.start).days + 1
    return None


def _named(slots: Slots) -> dict[str, Any]:
    return {
        field.name: getattr(slots, field.name)
        for field in fields(slots)
        if getattr(slots, field.name) not in (None, "", (), False)
    }


def filled(slots: Slots, source: Slots, names: tuple[str, ...]) -> Slots:
    """``slots`` with those of ``names`` that it lacks taken from ``source``."""
    missing = {name: getattr(source, name) for name in names if getattr(slots, name) in (None, "", (), False)}
    return replace(slots, **missing)
