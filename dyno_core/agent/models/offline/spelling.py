"""What people type quickly, as they would write it slowly: abbreviations, contractions, slips of the finger. Pure.

Only what the rules depend on is mended, and nothing inside quotation marks: a tag may look like a typo.
"""

import re
from functools import lru_cache
from typing import Final

_SHORT: Final = {
    "pls": "please", "plz": "please", "pleas": "please", "plase": "please", "thx": "thanks", "thanx": "thanks",
    "ty": "thanks", "u": "you", "wanna": "want to", "gonna": "going to", "gimme": "give me", "lemme": "let me",
    "whats": "what's", "wheres": "where's", "whens": "when's", "whos": "who's", "hows": "how's", "whys": "why's",
    "cant": "can't", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't", "arent": "aren't",
    "wont": "won't", "couldnt": "couldn't", "shouldnt": "shouldn't", "im": "i'm", "ive": "i've", "thats": "that's",
    "tmr": "tomorrow", "tmrw": "tomorrow", "tmw": "tomorrow", "tomoz": "tomorrow", "2morrow": "tomorrow",
    "tdy": "today", "cuz": "because", "coz": "because", "bcs": "because", "b/c": "because", "w/": "with",
    "abt": "about", "tst": "test", "alloc": "allocation", "resched": "reschedule", "sched": "schedule",
    "maint": "maintenance", "avail": "available", "util": "utilization", "asap": "as soon as possible",
    "lite": "light", "hvy": "heavy", "nxt": "next", "wk": "week", "brk": "brake", "bk": "book", "rn": "right now",
    "nvm": "never mind", "bok": "book", "bookk": "book", "buk": "book", "moove": "move", "mov": "move",
    "weds": "wednesday",
}  # fmt: skip
_SHORT_WORD: Final = re.compile(
    r"(?<![\w/'’-])(?:" + "|".join(map(re.escape, sorted(_SHORT, key=len, reverse=True))) + r")(?![\w/'’-])",
    re.IGNORECASE,
)
_WORDS: Final = (
    "cancel", "schedule", "reschedule", "postpone", "allocate", "reserve", "assign", "shorten", "allocation",
    "booking", "available", "maintenance", "conflicts", "vehicle", "please", "utilization", "overdue", "running",
    "requests", "tomorrow", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "january", "february", "august", "september", "october", "november", "december",
)  # fmt: skip
_LOOKALIKES: Final = frozenset(("request", "conflict", "allocating", "utilisation", "sundry", "shorter"))
"""Words of their own that are one slip away from a word of the rules; its inflections need no mention here."""
_WORD: Final = re.compile(r"(?<![\w'’-])[A-Za-z]{6,14}(?![\w'’-])")
_DRAWN_OUT: Final = re.compile(r"([A-Za-z])\1{2,}")
_QUOTED: Final = re.compile(r"([\"“”„][^\"“”„]{2,80}[\"“”„])")
_ARROW: Final = re.compile(r"(?<=\d)\s*(?:\.{2,3}|->|→)\s*(?=\d)")
"""Between two days: ``2026-12-07..2026-12-09``."""
_ORDINALS: Final = re.compile(
    r"\b(?:the\s+)?(\d{1,2}(?:st|nd|rd|th))\s*(?:-|–|to|until|through|thru)\s*(?:the\s+)?(\d{1,2}(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)
"""``14th-16th``."""
_FEAST_WEEK: Final = re.compile(r"\b(christmas|xmas)\s+week\b", re.IGNORECASE)
_POUNDS: Final = re.compile(r"(?<=\d)\s?#(?![\w#])")
"""``8,200#``."""
_SAID_TWICE: Final = re.compile(r"\b([a-z]+)\s+\(\d{1,3}\)(?=\s*(?:days?|weeks?)\b)", re.IGNORECASE)
"""``three (3) days``."""
_MONTH_NAMES: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAYS: Final = (
    r"(\d{1,2})(?:st|nd|rd|th)?((?:\s*,\s*\d{1,2}(?:st|nd|rd|th)?)+)\s*,?\s*(?:and|&)\s*(\d{1,2})(?:st|nd|rd|th)?"
)
_DAY_LIST: Final = re.compile(
    rf"(?<![\w.,/-]){_DAYS}(?=\s+(?:of\s+)?{_MONTH_NAMES}\b)|(?<=\b)(?:(?P<month>{_MONTH_NAMES})\s+){_DAYS}\b(?!\s*[/.:-]?\w)",
    re.IGNORECASE,
)
"""“7, 8 and 9 December”, “Dec 7, 8 & 9”."""
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_IN_A_ROW: Final = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*(?:(?:\s*[,/&+]\s*|\s+)(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)+\b",
    re.IGNORECASE,
)
"""“Thu Fri”, “mon/tue/wed”."""
_ONE_DAY: Final = re.compile(
    r"(?:mon(?:days?)?|tue(?:s(?:days?)?)?|weds?|wednesdays?|thu(?:r(?:s(?:days?)?)?)?|fri(?:days?)?|sat(?:urdays?)?"
    r"|sun(?:days?)?)$",
    re.IGNORECASE,
)
_ONE_MORE: Final = re.compile(
    r"(?<=\d)(?:\s+(?:'?n'?|\+|plus)\s+(?=#?\d{1,7}\b(?![/.:-]\d))|\s*[.;]\s+(?=#?\d{1,7}\s+(?:too|also|as well)\b))",
    re.IGNORECASE,
)
"""“42 n 43”, “42 + 43”, “42. 43 too”."""
_FOR: Final = re.compile(
    r"(?<=[a-z] )4(?= (?:my|our|an? (?:\S+ ){0,3}(?:truck|car|vehicle|van|pickup|suv)s?)\b)", re.IGNORECASE
)
"""“Any dyno 4 a heavy truck”."""
_COMMENCING: Final = re.compile(r"\bw/c\b\.?|\bwc(?= \d)", re.IGNORECASE)
_HOURS: Final = re.compile(r"(?<![\w:.,-])(\d{2,3})\s?(?:h|hrs?|hours)\b", re.IGNORECASE)
_ABROAD: Final = {
    "januar": "January", "janvier": "January", "februar": "February", "février": "February", "fevrier": "February",
    "märz": "March", "maerz": "March", "mars": "March", "avril": "April", "mai": "May", "juni": "June", "juin": "June",
    "juli": "July", "juillet": "July", "août": "August", "aout": "August", "septembre": "September",
    "oktober": "October", "okt": "October", "octobre": "October", "novembre": "November",
    "dezember": "December", "dez": "December", "décembre": "December", "decembre": "December", "décember": "December",
}  # fmt: skip
_MONTH_ABROAD: Final = re.compile(
    rf"(?<=\d)(?P<dot>\.?\s?)(?P<after>{'|'.join(_ABROAD)})\b|\b(?P<before>{'|'.join(_ABROAD)})\b(?=\.?\s\d)",
    re.IGNORECASE,
)
"""Months as colleagues from elsewhere write them, beside their day."""
_LIST_MARK: Final = re.compile(r"^[ \t]*(?:\d{1,2}\)|[-*•])[ \t]+", re.MULTILINE)


def mended(text: str) -> str:
    """``text`` with its abbreviations written out and the slips in the words of the rules set right."""
    pieces = _QUOTED.split(_LIST_MARK.sub("", text))
    return "".join(piece if index % 2 else _mended(piece) for index, piece in enumerate(pieces))


def _mended(text: str) -> str:
    text = _DAY_LIST.sub(_first_and_last, _IN_A_ROW.sub(_from_to, text))
    text = _MONTH_ABROAD.sub(_month_at_home, _HOURS.sub(_in_days, text))
    text = _COMMENCING.sub("week commencing", _FOR.sub("for", _ONE_MORE.sub(" and ", text)))
    text = _POUNDS.sub(" lb", _SAID_TWICE.sub(r"\1", text))
    text = _ARROW.sub(" to ", _DRAWN_OUT.sub(r"\1\1", text))
    text = _FEAST_WEEK.sub(r"week of \1", _ORDINALS.sub(r"the \1 to the \2", text))
    text = _SHORT_WORD.sub(lambda match: _SHORT[match[0].lower()], text)
    return _WORD.sub(lambda match: _right_word(match[0].lower()) or match[0], text)


def _first_and_last(match: re.Match[str]) -> str:
    """``7 to 9`` for days in a row; of others “7 and 12”, which is told to be no range."""
    month = f"{match['month']} " if match["month"] else ""
    days = [int(day) for day in re.findall(r"\d+", match[0])]
    joint = "to" if days == list(range(days[0], days[-1] + 1)) else "and"
    return f"{month}{days[0]} {joint} {days[-1]}"


def _month_at_home(match: re.Match[str]) -> str:
    return (match["dot"] or "") + _ABROAD[(match["after"] or match["before"]).lower()]


def _in_days(match: re.Match[str]) -> str:
    """``3 days`` for “72 h”; hours that make no whole days stay."""
    days, rest = divmod(int(match[1]), 24)
    return match[0] if rest or not days else "1 day" if days == 1 else f"{days} days"


def _from_to(match: re.Match[str]) -> str:
    """``thu to fri`` for weekdays one after the other; others stay as they are."""
    words = re.findall(r"[a-z]+", match[0], re.IGNORECASE)
    days = [_WEEKDAYS.index(word[:3].lower()) for word in words if _ONE_DAY.match(word)]
    in_a_row = len(days) == len(words) and days == list(range(days[0], days[0] + len(days)))
    return f"{words[0]} to {words[-1]}" if in_a_row else match[0]


@lru_cache(maxsize=2_000)
def _right_word(word: str) -> str | None:
    """The word that was meant, None when it is right as it is or resembles none."""
    if word in _WORDS or word in _LOOKALIKES:
        return None
    near = (right for right in _WORDS if word[0] == right[0] and not word.startswith(right))
    return next((right for right in near if _one_slip(word, right)), None)


def _one_slip(word: str, right: str) -> bool:
    """One letter too many, too few, wrong, or two in the wrong order; two such slips in a long word."""
    return _slips(word, right) <= (2 if len(right) >= 9 else 1)


def _slips(word: str, right: str) -> int:
    """The optimal string alignment distance."""
    if abs(len(word) - len(right)) > 2:
        return 3
    rows = [list(range(len(right) + 1))]
    for index, letter in enumerate(word, 1):
        row = [index]
        for place, wanted in enumerate(right, 1):
            least = min(rows[-1][place] + 1, row[-1] + 1, rows[-1][place - 1] + (letter != wanted))
            if index > 1 and place > 1 and letter == right[place - 2] and word[index - 2] == wanted:
                least = min(least, rows[-2][place - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
