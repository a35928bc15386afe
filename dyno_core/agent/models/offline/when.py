"""What a message says about time as a whole: its mentions put together, contradictions told. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from dyno_core.agent.models.offline.calendar_words import WEEKDAY
from dyno_core.agent.models.offline.dates import Mention, mentions
from dyno_core.period import say_day


@dataclass(frozen=True, slots=True)
class When:
    """What a message says about time, put together.

    ``kind``: ``day`` (one day, meant as such), ``from`` (a start, its end open), ``range``, ``week``, ``month``,
    or empty. ``days`` and ``shift`` are numbers of days; ``problems`` are words that name no day.
    """

    start: date | None = None
    end: date | None = None
    kind: str = ""
    days: int | None = None
    shift: int | None = None
    problems: tuple[str, ...] = ()


def _second(result: When, mention: Mention) -> When:
    """A second day beside the first: within a named week it is meant; else the two contradict each other."""
    day = mention.first
    if day is None or result.start is None or day == result.start:
        return result
    if result.kind in ("week", "month") and result.end and result.start <= day <= result.end and mention.kind == "day":
        return replace(
            result,
            start=day,
            end=None if mention.lead == "from" else day,
            kind=mention.lead if mention.lead == "from" else "day",
        )
    if mention.kind in ("week", "month") and mention.last and day <= result.start <= mention.last:
        return result
    named = f"Both {say_day(result.start)} and {say_day(day)} are named"
    return replace(result, start=None, end=None, kind="", problems=(*result.problems, named))


def read_when(text: str, *, today: date, past: bool = False, near: date | None = None) -> When:
    result = When()
    for mention in mentions(text, today=today, past=past, near=near):
        is_ahead = mention.lead == "since" and mention.first is not None and mention.first > today
        meant = _last_one(mention, text[mention.begin : mention.stop]) if is_ahead else mention
        result = _joined(result, meant, today=today)
    return result


def _last_one(mention: Mention, words: str) -> Mention:
    """“Since Monday” is the last one, not the next."""
    is_weekday = mention.first and re.match(rf"(?:{WEEKDAY})\W*$", words, re.IGNORECASE)
    return replace(mention, first=mention.first - timedelta(days=7)) if mention.first and is_weekday else mention


def _joined(result: When, mention: Mention, *, today: date) -> When:
    if mention.problem:
        return replace(result, problems=(*result.problems, mention.problem))
    if mention.kind == "length":
        return result if result.days else replace(result, days=mention.days)
    if mention.kind == "shift":
        return replace(result, shift=mention.days)
    return _with_days(result, mention, today=today)


def _with_days(result: When, mention: Mention, *, today: date) -> When:
    if mention.lead == "end" and mention.kind != "day":
        mention = replace(mention, lead="")
    if (mention.lead in ("until", "before", "end") or (mention.lead == "to" and result.start)) and mention.last:
        end = mention.last - timedelta(days=1) if mention.lead == "before" else mention.last
        kind = "range" if result.start else result.kind
        return replace(
            result, end=end if result.end is None or result.kind in ("", "day", "from") else result.end, kind=kind
        )
    if result.start is not None:
        return _second(result, mention)
    if mention.lead == "since" and mention.first:
        first = mention.first if mention.first <= today else mention.first - relativedelta(years=1)
        return replace(result, start=first, end=today, kind="range")
    if mention.kind != "day":
        return replace(result, start=mention.first, end=mention.last, kind=mention.kind)
    if mention.lead in ("from", "after"):
        return replace(result, start=mention.first, kind="range" if result.end else "from")
    return replace(result, start=mention.first, end=result.end or mention.last, kind="range" if result.end else "day")
