"""Dynos and facilities that are not wanted: “not on PGN 2”, “anywhere but Northfield”, “any dyno except PGN 1 or 2”."""

import re
from typing import Final

from dyno_core.agent.models.offline.vocabulary import UNLISTED_DYNO, Vocabulary, spelled, unlisted_dyno

_NOT: Final = (
    r"(?:(?<!why )\bnot|\bexcept(?:ing)?(?: for)?|\bexcluding|\bwithout|\b(?:other|rather) than|\binstead of"
    r"|\b(?:apart|aside) from|\bavoid(?:ing)?|\bbut not|\bnever|\bskip(?:ping)?|\bleav(?:e|ing) out|\bminus"
    r"|\b(?:away from|keep (?:it |that |them )?(?:off|out of)|anywhere but|anything but|everywhere but|all but|any but"
    r"|(?:any|every|each|another|other|all) (?:other )?(?:dynos?|rigs?|sites?|facility|facilities|places?|ones?) but)"
    r"|(?<=[,;] )no(?= [a-z]+\b(?! ?#?\d)))"
    r"\s+(?:(?:for|on|onto|at|in|to|the|an?|any|of|dynos?|rigs?|facility|site)\s+)*"
)
_RULED_OUT: Final = re.compile(_NOT, re.IGNORECASE)
_AND: Final = r"\s*(?:,|/|&|\bor\b|\band\b|\bnor\b)\s*(?:(?:not|on|at|the|in)\s+)*"
_UNKNOWN: Final = re.compile(
    r"\b(?:anywhere|everywhere|(?:any|every) (?:dynos?|rigs?|sites?|facility|place)) (?:but|except)(?: for)?"
    r" (?:(?:at|on|in|the) )*(?!(?:there|here|that|this|it|those|these|the)\b)([A-Za-z][\w-]+(?: ?#?\d{1,3}\b)?)",
    re.IGNORECASE,
)
"""A place that the lab does not have is told as such by whoever looks for it, rather than passed over."""
_UNLISTED: Final = re.sub(r"\((?!\?)", "(?:", UNLISTED_DYNO.pattern)


def avoided_in(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The places that ``text`` rules out, and where it says so."""
    if not _RULED_OUT.search(text):
        return _unknown_in(text)
    dynos = (pattern.pattern for pattern, _ in vocabulary.dynos_in(text))
    places = [*dynos, _UNLISTED, *(spelled(name, plural=True).pattern for name in vocabulary.facilities())]
    one = f"(?:{'|'.join(places)})"
    names: list[str] = []
    spans = []
    for match in re.finditer(rf"{_NOT}({one}(?:{_AND}{one})*)", text, re.IGNORECASE):
        spans.append(match.span())
        names += [_name(found[0], vocabulary) for found in re.finditer(one, match[1], re.IGNORECASE)]
    return (tuple(dict.fromkeys(names)), spans) if spans else _unknown_in(text)


def _unknown_in(text: str) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    unknown = _UNKNOWN.search(text)
    return ((unknown[1],), [unknown.span()]) if unknown else ((), [])


def _name(words: str, vocabulary: Vocabulary) -> str:
    """The place as the lab writes it."""
    for pattern, name in vocabulary.dynos_in(words):
        if pattern.fullmatch(words):
            return name
    if unlisted := UNLISTED_DYNO.fullmatch(words):
        return unlisted_dyno(unlisted)
    return next(name for name in vocabulary.facilities() if spelled(name, plural=True).fullmatch(words))
