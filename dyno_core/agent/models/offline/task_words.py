"""The words that some questions keep beside their slots: what to search for, count by, or know of a dyno. Pure."""

import re
from collections.abc import Callable
from typing import Final

from dyno_core.agent.models.offline.orders import plain
from dyno_core.agent.models.offline.past import asked_about
from dyno_core.agent.models.offline.rules_plan import LACKING
from dyno_core.agent.models.offline.tasks import ALL_VEHICLES

_COUNT_WORDS = {
    "facilit": "facility", "site": "facility", "dyno": "dyno", "rig": "dyno", "program": "program", "week": "week",
    "month": "month", "status": "status", "contact": "contact", "engineer": "contact",
}  # fmt: skip
_COUNTED_BY = re.compile(r"\b(?:per|by|each|every|which|what)\s+(" + "|".join(_COUNT_WORDS) + r")\w*", re.IGNORECASE)


def words_of(name: str, text: str) -> str:
    """The words of an intent called ``name``, empty for one that keeps none."""
    reader = _READERS.get(name)
    return reader(text) if reader else ""


def _counted(text: str) -> str:
    by = _COUNTED_BY.search(text)
    return _COUNT_WORDS[by[1].lower()] if by else "test_type"


def _lacking(text: str) -> str:
    return next(column for word, column in LACKING.items() if word in text.lower())


def _looked_for(text: str) -> str:
    return _searched(text) or (ALL_VEHICLES if re.search(r"(?i)\b(?:vehicles|trucks|cars)\b", text) else "")


def _extreme(low: str) -> str:
    if re.search(r"\bbusiest\b|bottle ?neck|\bmost\b|\bfullest\b", low):
        return "most"
    return "least" if re.search(r"\bleast\b|\bquietest\b|\bidle\b|\bspare\b", low) else ""


def _about_holders(low: str) -> str:
    """Whether a dyno is free, when it is, why it is not, or whose vehicle stands on it."""
    if re.search(r"\bwho(?:se|s|'s) (?:vehicle|truck|car|test)\b", low):
        return "whose"
    if re.search(
        r"\bwhen\b|\bhow long\b|\bavailability\b|\b(?:which|what) days?\b|\bgaps?\b|\bnext (?:free|available|open)\b",
        low,
    ):
        return "when"
    return "who" if re.search(r"\b(?:why|who|what)\b", low) else "whether"


def _searched(text: str) -> str:
    """The words to look for: behind "program" or "of", else behind the verb and "vehicles"."""
    named = re.search(
        r"\b(?:program|model year|named|called|matching|containing|(?:ending|starting|beginning)(?:\s+(?:in"
        r"|with|on))?|like|of"
        r"|from|with)\s+([\w.#-]+)\W*$",
        text,
        re.IGNORECASE,
    )
    if named:
        return named[1]
    verb = r"^(?:please\s+)?(?:how many|find|search|look ?up|look for|show|list|which|what|all)\b"
    return re.sub(
        rf"(?i){verb}|\b(?:me|the|a|an|for|all|vehicles?|trucks?|cars?|are|is|there|do we have|do you know|you know|"
        r"do you have|in the lab|known|any|some|tags?|vins?)\b",
        "",
        text,
    ).strip(" ?.!")


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "counted": _counted,
    "incomplete": _lacking,
    "holders": lambda text: _about_holders(plain(text)),
    "history": asked_about,
    "utilization": lambda text: _extreme(plain(text)),
    "find_vehicle": _looked_for,
}
