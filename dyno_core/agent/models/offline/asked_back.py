"""Orders that can be read in two ways, or can't be done in one step: what to say instead of guessing. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from dyno_core.agent.models.offline.calendar_words import MONTH, WEEKDAY
from dyno_core.agent.models.offline.orders import TAKEN_BACK, is_negated, is_question, plain, stripped
from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.talk import NOTHING_CHANGED
from dyno_core.agent.models.offline.vocabulary import Vocabulary, spelled

_ONE: Final = (
    r"(?:(?:allocation |booking |no\. ?|#)?#?\d{1,7}|(?:vehicle )?\d{2,4}[a-z]\d{2,4}|vehicle \d{1,6}|it|that|this)"
)
_TAG: Final = re.compile(r"\d{2,4}[a-z]\d{2,4}")
_KINDLY: Final = r"^(?:(?:please|can you|could you|would you|let's|i want to|i need to|we need to|we have to)\s+)*"
_DAY: Final = (
    rf"(?:the )?(?:(?:next|this) )?(?:{MONTH}\b|{WEEKDAY}\b|(?:(?:sun|mon|tues|wednes|thurs|fri|satur)day|weekend|week"
    rf"|day)s?\b|(?:today|tomorrow|first|last)\b|\d{{1,4}}[./-]\d|\d{{1,2}}(?:st|nd|rd|th)\b|\d{{1,2}}\.? {MONTH})"
)
_OFF: Final = re.compile(
    rf"{_KINDLY}(?:(?:take|get|pull|kick|bump|remove|delete|drop|clear)\s+(?P<what>{_ONE})\s+(?:off|from|out of)"
    rf"|(?:move|bring|shift|transfer|relocate)\s+(?P<moved>{_ONE})\s+out of)\s+(?:of\s+)?(?:the\s+)?"
    rf"(?P<place>[a-z][\w #-]*?)(?:\s+(?:please|today|now|tomorrow|(?:on|by|from|next|this|in)\s+{_DAY}.*))*\W*$"
)
"""“Move 42 out of PGN 3” says where from, and not where to."""
_THE_PLAN: Final = re.compile(r"(?:(?:our|the)\s+)?(?:plan|schedule|calendar|books?|list|board)\b")
_OFF_AND_ON: Final = re.compile(
    rf"\b(?:take|get|pull|remove|bump)\s+(?P<what>{_ONE})\s+(?:off|from)\s+[a-z][\w #-]*?\s*(?:,|\band\b)\s*"
    r"(?:then\s+)?(?:put|place|move|run|set)\s+it\s+(?:on|onto|to)\s+",
    re.IGNORECASE,
)
_OFF_THE_PLAN: Final = re.compile(
    rf"\b(?:take|get|pull|remove|drop)\s+(?P<what>{_ONE})\s+(?:off|from|out of)\s+(?:our|the)\s+"
    r"(?:plan|schedule|calendar|books?)\b",
    re.IGNORECASE,
)
_ONLY_OFF: Final = re.compile(
    rf"\b(?P<verb>move|bring|shift|transfer|relocate)\s+(?P<what>{_ONE})\s+(?:off|away from)\s+(?=[a-z][\w #-]*\W*$)",
    re.IGNORECASE,
)
_OUT_AND_TO: Final = re.compile(
    rf"\b(?P<order>(?:move|bring|shift|transfer|relocate)\s+{_ONE})\s+out of\s+"
    rf"(?!(?:there|it|this|that)\b)(?=[a-z][\w #-]*?\s+(?:on)?to\s+(?P<day>{_DAY})?)",
    re.IGNORECASE,
)
"""“Move 42 out of PGN 3 to Friday” moves it to another dyno, too."""
_RATHER: Final = re.compile(
    r"^\W*(?:(?:no|please)\W+)?(?:(?:don['’]?t|do not) (?:cancel|delete|remove|move|reschedule|extend|shorten|change)"
    r"|(?:rather than|instead of) (?:cancell?ing|deleting|removing|moving|rescheduling|extending|shortening|changing))"
    rf"\s+(?P<what>{_ONE})\s*(?:[,;.:–—-]\s*)?(?:(?:but|just|rather|instead|please|better)\s+)*"
    r"(?P<verb>cancel|delete|remove|move|reschedule|postpone|extend|shorten|push|shift)\s+(?:it|that|this)\b"
    r"(?!\s+(?:not|either)\b)",
    re.IGNORECASE,
)
"""“Don't cancel 42, move it to Monday”."""
_REBOOK: Final = re.compile(rf"\bre-?book\s+(?={_ONE}\b)", re.IGNORECASE)
_THEN: Final = re.compile(
    r"(?P<order>\b(?:book|take|reserve|schedule|move|put|push)\s+(?:it|that|this|them))\s+then"
    r"(?=\s+(?:for|on|to|at|from|with)\b)",
    re.IGNORECASE,
)
"""“Book it then for vehicle 13” is one order."""
_OTHER_VEHICLE: Final = re.compile(
    rf"\b(?:change|switch|set|update|correct|swap|replace)\s+(?:the\s+)?(?:vehicle|truck|car)\s+(?:of|on|for|in)\s+{_ONE}"
    rf"\s+(?:to|into|with|by|for)\s|\b(?:replace|swap|exchange|switch|trade)\s+(?:out\s+)?{_ONE}\s+(?:with|for|by|against)"
    rf"\s+{_ONE}\s+(?:on|in|of|for)\s+{_ONE}(?!\w)"
)
"""“Change the vehicle of 42 to 512C211”, “replace 195W114 with 512C211 in booking 42”."""
_WAY_FIRST: Final = re.compile(
    rf"\b(?:(?P<verb>pull|bring|move|push|shift)\s+(?P<way>in|up|out|back|forward)|advance)\s+(?P<what>{_ONE})(?=\s+by\b)",
    re.IGNORECASE,
)
_OTHER_DYNO: Final = re.compile(
    r"\b(?:swap|exchange|trade)\s+[a-z][\w #]*?\d\s+(?:for|with)\s+(?P<dyno>[a-z][\w #]*?\d{1,3})\s+"
    rf"(?:on|of|in|for)\s+(?P<what>{_ONE})(?!\w)",
    re.IGNORECASE,
)
"""“Swap PGN 1 for PGN 2 on booking 42”."""
_ITS_DYNO: Final = re.compile(
    rf"\b(?:swap|exchange|trade)\s+(?:the\s+)?(?:dyno|rig)\s+(?:of|on|for|in)\s+(?P<what>{_ONE})\s+(?=(?:to|onto)\s)",
    re.IGNORECASE,
)
_SWAP: Final = re.compile(
    rf"{_KINDLY}(?:(?:swap|exchange|trade|switch)\s+(?:(?:the\s+)?(?:dynos?|rigs?|places?|positions?|days|slots?)\s+)?"
    rf"(?:of\s+|for\s+|between\s+)?{_ONE}\s*(?:and|with|for|&)\s*{_ONE}"
    rf"|let\s+{_ONE}\s*(?:and|&)\s*{_ONE}\s+(?:swap|trade|change|exchange|switch)\b.*)(?:\s+(?:please|over|around))*\W*$"
)
_CANCEL_A_PART: Final = re.compile(
    rf"{_KINDLY}cancel\s+(?P<what>(?:allocation |booking |#)?#?\d{{1,7}})(?P<part>\s+(?:until|till|til)\s+\S.*?"
    r"|(?:\s+(?:from|by|starting|beginning|as of|before|after|except|excluding|without|(?:but )?not|(?:but )?only|just)"
    rf"(?:\s+(?:on|for|from|in|over|to))?|'s)\s+{_DAY}.*?)\W*$"
)
_NOT_A_DAY: Final = re.compile(
    rf"\b(?:(?:not|never|except|without)\s+(?:(?:to|on|over|in|during|for)\s+)?(?:an?\s+)?{_DAY})"
)
_WORKDAYS: Final = re.compile(
    r"\b(?:(?:week|work|working |business )days? only|only (?:on |during )?(?:week|work|working |business )days?)\b"
)
_AFTER_NEXT: Final = re.compile(rf"\b{WEEKDAY} after next\b")
_MOVE_ALL: Final = re.compile(
    r"\b(?:push|move|shift|postpone|delay|bump|pull|reschedule)\s+(?:everything|all(?: the| of the)?"
    r"(?: tests| bookings| allocations| vehicles)?)\s+(?:(?:that (?:is|are|stands?) )?(?:on|at|from|in)\b|\w+ing\b"
    r"|back\b|out\b|by\b)"
)
_ONE_OF: Final = re.compile(
    r"\b(?:cancel|delete|remove|move|extend|shorten|postpone)\s+(?:allocations?\s+)?(?P<which>#?\d{1,7}(?:\s*,\s*#?\d{1,7})+"
    r"\s*,?\s*or\s+#?\d{1,7})\b"
)
_EACH_ITS_OWN: Final = re.compile(
    rf"\d\s*(?:,|and|&)\s*#?\d{{1,7}}\s+(?:to|on|onto)\s+(?:{WEEKDAY}|today|tomorrow)\s*(?:,|and|&)\s*(?:{WEEKDAY}|tomorrow)"
    r"|\brespectively\b"
)
_TO_DAYS: Final = re.compile(
    r"\b(?:book|schedule|reserve|allocate|put|plan|move|reschedule|shift|push|postpone|delay|bring|extend|shorten)\b"
)
_TAKEN_BACK: Final = re.compile(
    rf"{_KINDLY}(?:cancel|delete|remove|{_TO_DAYS.pattern})\b[^.?!]*?{TAKEN_BACK}", re.DOTALL
)
_NO_PLACE: Final = frozenset(
    """least most all once the noon midnight night work home lunch present that this what which any some hand risk rest
    times first last latest earliest best worst about around temperature altitude speed customer request cost start
    beginning close opening dawn school peak full high maximum minimum idle random will whatever whichever both either
    another different other every each half quarter short notice their our your his her its these those them there
    here where length large someone anyone xmas christmas easter thanksgiving silvester year
    spring summer autumn winter fall english total advance general week day leg vehicle allocation booking request
    """.split()  # noqa: SIM905
)
_BEHIND_A_PLACE: Final = (
    rf"(?=\W*$|[,.;?!]|\s+(?:for|on|from|tomorrow|today|next|this|until|between|with|please|{WEEKDAY})\b)"
)
_AT: Final = re.compile(
    rf"\bat\s+(?:our\s+)?(?P<name>[A-Za-z]{{4,20}}(?:\s[A-Z][a-z]+)?){_BEHIND_A_PLACE}"
    rf"|\bin\s+(?P<town>[A-Z][a-z]{{3,20}}){_BEHIND_A_PLACE}|\bon\s+(?P<rigs>[A-Z][a-z]{{3,20}})\s?#?\d{{1,3}}\b"
    r"|\b(?:at|in|to)\s+(?:the\s+|our\s+)?(?P<site>[A-Za-z]{4,20})\s+(?:facility|site|plant)\b"
    r"|^(?:and )?(?:is|how (?:busy|full) is) (?P<subject>[A-Z][a-z]{4,20})\b"
    r"(?: (?:free|available|busy|open|full|down)\b|\W*$)"
    rf"|\b(?:move|put|bring|send|shift|transfer)\b.{{1,40}}?\bto\s+(?P<goal>[A-Z][a-z]{{3,20}}){_BEHIND_A_PLACE}"
)
_ON_A_DYNO: Final = re.compile(
    r"\b(?:on|onto|to)\s+(?:the\s+)?(?:dyno|rig)\s+(?P<name>[A-Z][A-Za-z]{2,20})\b(?![\s#]*\d)"
)
_NO_NAME: Final = re.compile(rf"(?i:(?:{MONTH}|{WEEKDAY}|today|tomorrow|dyno|another|somewhere|elsewhere)s?)$")
_MOST_NAMED: Final = 12
_CLOSE: Final = 0.88
MOVE_ALL: Final = (
    "I move allocations by their numbers, not all that stand somewhere: say “move 42 and 43 two days later”. For a "
    "dyno that is down, the calendar has “Report … down”, which finds each of its tests a place at once."
)
SWAP: Final = (
    "I can't let two allocations change places in one step that you agree to once. One by one it works: move the first "
    "to a dyno that is free on its days (“move 42 to PGN 4”), the second to where the first stood, then the first to "
    "where the second stood. The calendar shows where they stand."
)
KEEPS_ITS_VEHICLE: Final = (
    "The vehicle of an allocation can't be changed here; cancel it and book the other one in its place."
)
_UNCHANGED: Final = "Nothing was changed."


_NOT_SO: Final = ((_MOVE_ALL, MOVE_ALL), (_OTHER_VEHICLE, KEEPS_ITS_VEHICLE))


@dataclass(frozen=True, slots=True)
class AskedBack:
    """What to say, and what was spoken of, for an “it” in the answer."""

    text: str
    focus: Slots | None = None


def in_other_words(text: str) -> str:
    """``move 42 to PGN 4`` for “take 42 off PGN 3 and put it on PGN 4”, ``cancel 42`` for “take 42 off the plan”,
    ``pull 42 in by 2 days`` for “pull in 42 by 2 days”."""
    text = _THEN.sub(r"\g<order>", text)
    text = _REBOOK.sub("reschedule ", _RATHER.sub(r"\g<verb> \g<what>", text))
    text = _OUT_AND_TO.sub(lambda found: f"{found['order']}{', not on' if found['day'] else ' from'} ", text)
    text = _OFF_AND_ON.sub(r"move \g<what> to ", text)
    text = _ONLY_OFF.sub(r"\g<verb> \g<what>, not on ", text)
    text = _WAY_FIRST.sub(lambda found: f"{found['verb'] or 'move'} {found['what']} {found['way'] or 'up'}", text)
    text = _ITS_DYNO.sub(r"move \g<what> ", text)
    text = _OTHER_DYNO.sub(r"move \g<what> to \g<dyno>", text)
    return _OFF_THE_PLAN.sub(r"cancel \g<what>", text)


def asked_back(text: str, vocabulary: Vocabulary) -> AskedBack | None:
    """Why ``text`` can't be followed as it stands; None where it can."""
    low = stripped(text) or plain(text)
    if _TAKEN_BACK.match(low):
        return AskedBack(NOTHING_CHANGED)
    if is_negated(text):
        return None
    if (only := _CANCEL_A_PART.match(low)) and not is_question(text):
        number, part = _number(only["what"]), only["part"].removeprefix("'s").strip()
        return AskedBack(
            f"Cancelling takes an allocation off the plan as a whole and for good, so “{_said(part, text)}” can't be "
            f"kept to. Say “cancel {number}”, or name the day to which it shall move or on which it shall end. "
            f"{_UNCHANGED}",
            Slots(allocation_id=number),
        )
    if unclear := _unclear(low, text):
        return AskedBack(f"{unclear} {_UNCHANGED}")
    off = _OFF.match(low)
    if off and not _THE_PLAN.match(off["place"]) and _is_place(off["place"], vocabulary):
        what = off["what"] or off["moved"]
        number = _number(what)
        what = what.upper() if _TAG.fullmatch(what) else what
        return AskedBack(
            f"“Off {_as_written(off['place'], vocabulary)}” can mean two things: cancel it, or move it. Say “cancel "
            f"{what}”, or name the dyno or the day to which it shall move (“move {what} to …”). {_UNCHANGED}",
            Slots(allocation_id=number) if number else None,
        )
    return _no_such_place(text, vocabulary)


def _unclear(low: str, text: str) -> str:
    """What can be read in two ways or not be kept to, as a question back; empty where nothing is."""
    told = "" if is_question(text) else next((told for wish, told in _NOT_SO if wish.search(low)), "")
    if told or _SWAP.match(low):
        return SWAP if _SWAP.match(low) else told
    if which := _ONE_OF.search(low):
        return f"Which of {which['which']} is meant? Name it alone, or all that are meant with “and”."
    if _TO_DAYS.search(low) and _EACH_ITS_OWN.search(low):
        return "Say for each where it goes: “move 42 to Monday and 43 to Tuesday”."
    if day := _AFTER_NEXT.search(low):
        return f"“{day[0].capitalize()}” can be one of two days; name its date."
    day = _NOT_A_DAY.search(low) or _WORKDAYS.search(low)
    if day and _TO_DAYS.search(low) and not is_question(text):
        return f"I can't keep to “{_said(day[0], text)}”; name the days that are meant instead."
    return ""


def _said(words: str, text: str) -> str:
    """``words`` as they stand in ``text``, with its capital letters."""
    found = re.search(re.escape(words), text, re.IGNORECASE)
    return found[0] if found else words


def _number(words: str) -> int | None:
    found = re.fullmatch(r"(?:allocation |booking |no\. ?|#)?#?(\d{1,7})", words)
    return int(found[1]) if found else None


def _is_place(words: str, vocabulary: Vocabulary) -> bool:
    return bool(_dyno(words, vocabulary)) or any(
        spelled(name, plural=True).fullmatch(words) for name in vocabulary.facilities()
    )


def _dyno(words: str, vocabulary: Vocabulary) -> str:
    return next((name for pattern, name in vocabulary.dynos_in(words) if pattern.fullmatch(words)), "")


def _as_written(words: str, vocabulary: Vocabulary) -> str:
    known = (name for name in vocabulary.facilities() if spelled(name, plural=True).fullmatch(words))
    return _dyno(words, vocabulary) or next(known, words)


def _no_such_place(text: str, vocabulary: Vocabulary) -> AskedBack | None:
    """“At Southfield”, where the lab has none: the place is not passed over."""
    names = vocabulary.facilities()
    if not names:
        return None
    so = "" if is_question(text) else f" {_UNCHANGED}"
    if (rig := _ON_A_DYNO.search(text)) and not (_is_known(rig["name"], names) or vocabulary.dynos_in(rig["name"])):
        return AskedBack(f"There is no dyno “{rig['name']}” in this lab; ask for “all dynos” to see their names.{so}")
    is_order = not is_question(text) and _TO_DAYS.search(plain(text))
    for found in _AT.finditer(text):
        if (found["town"] or found["rigs"]) and not is_order:
            continue  # “in Progress”, “on Leg 2”: elsewhere it is seldom a place
        said = next(filter(None, found.groups()))
        if said.lower() not in _NO_PLACE and not _NO_NAME.match(said) and not _is_known(said, names):
            near = get_close_matches(said.title(), names, n=1, cutoff=_CLOSE)
            meant = f"did you mean {near[0]}?" if near else f"there are {_listed(names)}."
            return AskedBack(f"There is no facility “{said}” in this lab; {meant}{so}")
    return None


def _is_known(said: str, names: Sequence[str]) -> bool:
    """Also a part of a name, which may be how people call it."""
    low = said.lower()
    return any(low in name.lower() or name.lower() in low or f"{low}s" == name.lower() for name in names)


def _listed(names: Sequence[str]) -> str:
    *first, last = sorted(names)[:_MOST_NAMED]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join([*first, last])}{more}" if more or not first else f"{', '.join(first)} and {last}"
