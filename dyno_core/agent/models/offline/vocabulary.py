"""The words of one lab: its test types with their synonyms, and its dynos' names. Data and matching, pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from dyno_core.agent.models.offline.calendar_words import MONTH

DEFAULT_TEST_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "brake": ("brakes", "braking", "break test", "breaks test", "brake performance"),
    "emission": ("emissions", "tailpipe", "exhaust emissions"),
    "evap": ("evaporative", "evaporation", "evaporative emission", "evaporative emissions", "evap emissions"),
    "durability": ("endurance", "durability run", "cert durability"),
    "4K certification": ("4k cert", "4k mile", "4k miles", "4,000 miles", "4000 miles", "4k", "certification"),
    "150K mileage": ("150k miles", "150k mile", "150,000 miles", "150000 miles", "150k", "mileage accumulation"),
}
_DYNO_PREFIXES: Final = {"pgn": "PGN {}", "vtb": "VTB #{}", "atc": "ATC #{}", "trc": "TRC #{}", "track": "Track {}"}
_BARE_THOUSANDS = re.compile(r"\d+k", re.IGNORECASE)
_WORD_AND_NUMBER = re.compile(r"(?<![\w\"'“”-])([A-Za-z]{4,})[ ]?#?(?=\d{1,3}(?![\w.,/:-]*\d|\w))")
_NO_NUMBER_OF_A_DYNO: Final = rf"(?![/.:-]\d|\s*(?:{MONTH}|days?\b|weeks?\b|lbs?\b|k\b|kg\b)|\s+(?:to|onto)\b)"
_KEPT_PATTERNS: Final = 4096
"""`re` itself keeps 512 of the whole process, and making one anew takes longer than using it."""
_BETWEEN: Final = re.compile(r"[\s#_-]+")
"""What may stand between the parts of a dyno's name, or be left out."""
_CLOSE: Final = 0.85
"""Similarity from which a word of five letters or more counts as a misspelling (difflib's ratio)."""


_SOME_TEST: Final = re.compile(
    r"\b(?:an?|for|the|run|do|some|one)\s+([A-Za-z][A-Za-z-]{2,20})[\s-]+(?:tests?|testing|cycle|certification)\b"
    r"|\btest(?:\s+type)?\s*[:=]\s*([A-Za-z][A-Za-z-]{2,20})\b",
    re.IGNORECASE,
)
_NO_TEST_WORDS: Final = """
the a an any some this that next last first second third new quick short long full big small good other same
another every each whole single dyno rig vehicle truck car unit heavy light awd fwd rwd day days week weeks
running completed cancelled planned scheduled tentative finished late my our your their his her its one two
three four more own most fewest least
special separate extra additional proper complete simple repeat follow-up of for with and
or which type all no few many final valid known current chassis lab normal standard usual possible longest
shortest upcoming open pending remaining failed unknown different following previous wheel-drive drive wheel
"""
_NO_TEST: Final = frozenset(_NO_TEST_WORDS.split())
"""Words before “test” that say which one, but not of which type."""


@dataclass(frozen=True)
class Vocabulary:
    """``test_types``: name → synonyms. ``dynos`` and ``sites``, its facilities: the names as the lab writes them."""

    test_types: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_TEST_TYPES)
    dynos: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()

    def test_spellings(self) -> tuple[tuple[str, str, bool], ...]:
        """``(spelling, name, sure)``, longest first; ``4k`` alone is not sure: it may be a weight."""
        return _test_spellings(tuple(self.test_types.items()))

    def misspelled_test(self, word: str) -> str | None:
        """The test type that a mistyped single word means, None when it resembles none."""
        if len(word) < 5:
            return None
        single = {spelling: name for spelling, name, _ in self.test_spellings() if " " not in spelling}
        close = get_close_matches(word.lower(), single, n=1, cutoff=_CLOSE)
        return single[close[0]] if close else None

    def unknown_test(self, text: str) -> str | None:
        """The test that ``text`` names and the lab does not run, as it was written; None when it names none."""
        for match in _SOME_TEST.finditer(text):
            word = match[1] or match[2]
            if word.lower() not in _NO_TEST and self.misspelled_test(word) is None:
                return word
        return None

    def facilities(self) -> tuple[str, ...]:
        """The facilities, and what the dynos' names begin with (``PGN 3`` → ``PGN``), longest first."""
        return _facilities(self.dynos, self.sites)

    def in_full(self, text: str) -> str:
        """``Northfield 3`` for “north 3”: the beginning of one facility's name, before a number."""
        names = self.facilities()

        def full(match: re.Match[str]) -> str:
            word = match[1].lower()
            meant = [name for name in names if name.lower().startswith(word)]
            return f"{meant[0]} " if len(meant) == 1 and meant[0].lower() != word else match[0]

        return _WORD_AND_NUMBER.sub(full, text)

    def dynos_in_full(self, text: str, *, known: bool = False) -> str:
        """``PGN 1 and PGN 2`` for “PGN 1 and 2” and “PGN 1-2”. ``known``: only where these are dynos of the lab."""
        for facility in self.facilities():
            text = self._from_to(text, facility)
            further = _further(facility)

            def longer(match: re.Match[str], facility: str = facility) -> str:
                number = self._numbered(facility, int(match[2]))
                return match[0] if known and number is None else f"{match[1]}{number or f'{facility} {match[2]}'}"

            while (more := further.sub(longer, text)) != text:
                text = more
        return text

    def _from_to(self, text: str, facility: str) -> str:
        def each(match: re.Match[str]) -> str:
            found = (self._numbered(facility, number) for number in range(int(match[1]), int(match[2]) + 1))
            names = [name for name in found if name]
            return " and ".join(names) if len(names) > 1 else match[0]

        return _span(facility).sub(each, text)

    def _numbered(self, facility: str, number: int) -> str | None:
        """The dyno of this number, as the lab writes it."""
        return _by_key(self.dynos).get(_key(f"{facility}{number}"))

    def dynos_in(self, text: str) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The dynos that ``text`` may name, each as pattern and name, longest first.

        A message names few of a thousand dynos: the others are passed over without a pattern of theirs.
        """
        key = _key(text)
        return tuple((loosely(name), name) for part, name in _by_length(self.dynos) if part and part in key)


def _key(text: str) -> str:
    return _BETWEEN.sub("", text).casefold()


@lru_cache(maxsize=8)
def _by_length(dynos: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    names = sorted(dynos, key=lambda name: (-len(name), name))
    return tuple(("".join(_parts(name)).casefold(), name) for name in names)


@lru_cache(maxsize=8)
def _by_key(dynos: tuple[str, ...]) -> Mapping[str, str]:
    return {_key(name): name for name in reversed(dynos)}


@lru_cache(maxsize=8)
def _facilities(dynos: tuple[str, ...], sites: tuple[str, ...]) -> tuple[str, ...]:
    prefixes = dict.fromkeys((*sites, *(re.sub(r"[\s#_-]*\d+$", "", name) for name in dynos)))
    known = (prefix for prefix in prefixes if len(prefix) > 1 and prefix.lower() not in ("dyno", "rig"))
    return tuple(sorted(known, key=lambda prefix: (-len(prefix), prefix)))


@lru_cache(maxsize=8)
def _test_spellings(types: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, str, bool], ...]:
    every = {name.lower(): name for name, _ in types}
    for name, synonyms in types:
        for synonym in synonyms:
            every.setdefault(synonym.lower(), name)
    ordered = sorted(every.items(), key=lambda item: (-len(item[0]), item[0]))
    return tuple((spelling, name, not _BARE_THOUSANDS.fullmatch(spelling)) for spelling, name in ordered)


@lru_cache(maxsize=_KEPT_PATTERNS)
def _further(facility: str) -> re.Pattern[str]:
    """The next number behind dynos of a facility: “PGN 1 and 2”."""
    one = rf"{_numbered_as(facility)}\d{{1,3}}"
    return re.compile(
        rf"({one}(?:\s*(?:,|and|or|&)\s*{one})*\s*(?:,\s*and\b|,|and\b|or\b|&)\s*)(\d{{1,3}})\b{_NO_NUMBER_OF_A_DYNO}",
        re.IGNORECASE,
    )


@lru_cache(maxsize=_KEPT_PATTERNS)
def _span(facility: str) -> re.Pattern[str]:
    """From one dyno to another: “PGN 1-3”, “PGN 1 to 3”; “from PGN 1 to 3” may say where something goes."""
    one = _numbered_as(facility)
    return re.compile(
        rf"(?<!from ){one}(\d{{1,3}})\s*(?:[-–]|to\b|through\b|thru\b)\s*(?:{one})?(\d{{1,3}})\b{_NO_NUMBER_OF_A_DYNO}",
        re.IGNORECASE,
    )


def _numbered_as(facility: str) -> str:
    return r"(?<!\w)" + r"[\s\-]+".join(map(re.escape, facility.split())) + r"s?[\s#_-]*"


def _parts(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", name)


@lru_cache(maxsize=_KEPT_PATTERNS)
def loosely(name: str) -> re.Pattern[str]:
    """``VTB #1`` also as ``vtb1``, ``VTB-1``, ``vtb # 1``; never as the start of ``VTB #12``."""
    parts = (re.escape(part) for part in _parts(name))
    return re.compile(r"(?<!\w)" + r"[\s#_\-]*".join(parts) + r"(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=_KEPT_PATTERNS)
def spelled(spelling: str, *, plural: bool = False) -> re.Pattern[str]:
    words = (re.escape(word) for word in re.split(r"[\s\-]+", spelling))
    end = "s?" if plural else ""
    return re.compile(r"(?<!\w)" + r"[\s\-]+".join(words) + rf"{end}(?!\w)", re.IGNORECASE)


UNLISTED_DYNO: Final = re.compile(r"(?<!\w)(pgn|vtb|atc|trc|track)[\s#_\-]*(\d{1,3})(?!\w)", re.IGNORECASE)
NUMBERED_DYNO: Final = re.compile(
    (r"(?<!\w)(?:dyno|rig|dynamometer)\s*(?:no\.?|number|nr\.?)?\s*#?\s*(\d{1,3})(?!\w)"), re.IGNORECASE
)


def unlisted_dyno(match: re.Match[str]) -> str:
    return _DYNO_PREFIXES[match[1].lower()].format(match[2])
