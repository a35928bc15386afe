"""Orders under a condition: “if PGN 3 is free on 7 December, book vehicle 13 there”. Pure.

That a dyno is free is checked by the booking itself, so such a condition becomes a part of its order: that dyno and no
other. No other condition can be kept an eye on, and an order without it would be another one: nothing is done then.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from dyno_core.agent.models.offline.calendar_words import MONTH, WEEKDAY
from dyno_core.agent.models.offline.clauses import clauses
from dyno_core.agent.models.offline.orders import WRITES, order_in
from dyno_core.agent.models.offline.slots import Slots, read_slots
from dyno_core.agent.models.offline.vocabulary import Vocabulary

_IF: Final = (
    r"\b(?:(?:but )?(?:only )?(?:if(?! not possible)|provid(?:ed|ing)(?: that)?|(?:as|so) long as|iff"
    r"|on condition(?: that)?|assuming(?: that)?|in case|in the event(?: that)?)"
    r"|unless)\b"
)
_VERB: Final = (
    r"(?:(?:please|just|then|also|so|can you|could you|would you|i want to|i'd like to|let's)\s+)*"
    r"(?:book|put|place|move|schedule|allocate|reserve|assign|cancel|extend|shorten|reschedule|shift|push|switch|get"
    r"|delete|remove|postpone|bring|pull|swap)\b"
)
_CONDITION: Final = re.compile(
    rf"(?P<if>{_IF})\s+(?P<that>.+?)(?=(?P<joint>[\s,;:.–—-]+(?:and\s+|then\s+)*)(?P<order>{_VERB})|[;!\n]|\.\s|\W*$)",
    re.IGNORECASE,
)
_WAITING: Final = re.compile(
    r"\b(?:wait )?(?:but )?(?:only )?(?:(?:when(?:ever)?|once|as soon as|the (?:moment|minute|day)(?: that)?|after"
    r"|until|till)\s+"
    r"(?!(?:is|are|was|were|can|could|do|does|did|will|would|should|may|might|shall|to|exactly|else"
    r"|the (?:very )?(?:end|start|beginning|middle) of"
    rf"|(?:the )?{WEEKDAY}|(?:the )?{MONTH}|\d{{1,4}}[./-]|today|tomorrow|next|that|this)\b)"
    r"(?=[^,.;!?]{1,60}?(?:\b(?:is|are|has|have|gets?|got|frees?|finish\w*|ends?|arriv\w*|comes?|opens?|becomes?"
    r"|stops?|leaves?|completes?|pass(?:es)?|fails?|starts?|clears?|works?"
    r"|confirms?|agrees?|approves?|says?|decides?|replie[sd]|answers?|calls?|allows?|signs?|returns?)\b"
    r"|'s (?:free|done|over|finished|available|here|ready|back)\b))"
    r"|after\s+(?=(?:(?:allocation|booking|vehicle)\s+#?\d|#?\d{1,7}(?=\s*(?:[,;!?]|\.?$))"
    r"|(?:the|its|his|her|their|our)\s+(?:\w+\s+)?(?:review|meeting|test|audit|approval|inspection|repair|check|call"
    r"|confirmation|delivery|calibration)\b))"
    r"|(?:pending|subject to|depend(?:ing|ent) (?:up)?on|contingent (?:up)?on)\s+(?=\w))",
    re.IGNORECASE,
)
"""“Once 43 is done, …” waits like “if”; “when is 43 done?” asks, and “after Monday” is a day."""
_AT_LEISURE: Final = (
    r"(?:when(?:ever)?|once|as soon as) you (?:can|could|get (?:a chance|to it|around to it|time)|like|want"
    r"|have (?:a (?:moment|minute|chance|sec(?:ond)?)|time))"
)
_NO_HURRY: Final = re.compile(
    rf"^{_AT_LEISURE}\s*,\s*|(?<![a-z] me)(?<!\bknow)(?<!\bsay)[\s,]+{_AT_LEISURE}(?=(?:,? please)?\W*$)", re.IGNORECASE
)
_SHOULD_BE: Final = re.compile(r"^should\s+(?P<what>.{2,60}?)\s+be\s+(?=(?:free|available|open)\b)", re.IGNORECASE)
_ONLY: Final = re.compile(r"^(?:please )?only\s+(?=\w)", re.IGNORECASE)
_DONE_NOT: Final = re.compile(
    rf"\b(?:do not|don['’]?t|never|not to|not|without|no need to|rather not|stop|avoid)\s+(?:please\s+)?{_VERB}",
    re.IGNORECASE,
)
"""“If PGN 3 is free, do not book it”."""
_HALF_A_SENTENCE: Final = re.compile(
    r"\b(?:did|does|do|has|have|had|was|were|to|can|could|will|would|should|who|why|when|how|not|never)\b"
    r"[^,.?;!]{0,40}$",
    re.IGNORECASE,
)
"""“… and did Bob” before “book it there”: no order begins behind it."""
_NOT_FREE: Final = re.compile(
    r"\b(?:nothing|never|isn['’]?t|aren['’]?t|not|no|none|hardly)\b[\w\s]{0,30}\b(?:free|available|open|vacant|empty|idle)\b",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    r"\b(?:know|see|check|tell (?:me|us)|ask|wonder\w*|sure|what|find out|happens?|look)\s+$", re.IGNORECASE
)
"""Before “if” these make a question of it."""
_QUESTION_THEN: Final = re.compile(
    r"^(?P<that>(?:is|are|check (?:if|whether)|see (?:if|whether)|look (?:if|whether)|find out (?:if|whether))\b.+?)"
    rf"[\s,.?;!–—-]+(?P<so>(?:and\s+|then\s+)*(?:if (?:so|yes|yeah|it is|they are|that's the case|free|available)"
    rf"|in that case|then)?)[\s,:]*(?P<order>{_VERB}.*)$",
    re.IGNORECASE | re.DOTALL,
)
_FALLBACK: Final = re.compile(
    r"[\s,.;–—-]+(?:(?:and|but|or)\s+)?(?:if not(?! possible)|otherwise|or else|else|if (?:it|that)(?:'s| is) not"
    r"|if (?:it|that) isn't)\b[\s,:]*(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TELLS_ANYHOW: Final = re.compile(
    r"^(?:please |just )*(?:tell|let|ask|say|leave|do nothing|nothing|don't|do not|never mind|inform|warn|explain)\b",
    re.IGNORECASE,
)
_FREE: Final = re.compile(
    r"\b(?:free|available|open|vacant|empty|unoccupied|idle|nothing|nobody|no ?one|no vehicle|frees? up|opens?"
    r"(?: up)?)\b|\bnot (?:taken|booked|busy|used|occupied|in use)\b",
    re.IGNORECASE,
)
_TAKEN: Final = re.compile(
    r"\b(?:taken|booked|busy|occupied|in use|not (?:be )?(?:free|available|open)|isn't (?:free|available)|unavailable"
    r"|blocked|full)\b",
    re.IGNORECASE,
)
_ANYHOW: Final = re.compile(
    r"^(?:(?:it|that|this|there|they|one|anything|something|(?:a|any|the|some) dyno|a place)(?:'s| is| are)? )?"
    r"(?:still |at all |really )*(?:(?:all )?possible|ok|okay|fine|needed|necessary|free|available|open|feasible|works?"
    r"|fits?|room|space|a dyno|a place|you can|you could|you may|anything|something|no conflicts?"
    r"|nothing(?:'s| is| stands)? in (?:the|its) way"
    r"|nothing(?: else)?(?:'s| is) (?:there|on it|planned(?: there)?|booked))"
    r"(?: (?:it|for (?:it|that|you)|there|then|free|available|open|please|at all|do (?:it|that)))*\W*$",
    re.IGNORECASE,
)
"""What every change is checked for without being told to."""
_THERE: Final = re.compile(
    r"\b(?:there|(?:on(?:to)?|in|to) (?:it|that(?: one| dyno| rig)?))\b(?!\s+(?:is|are)\b)", re.IGNORECASE
)
_SOON: Final = " as soon as possible"


@dataclass(frozen=True, slots=True)
class Conditional:
    """``kept``: the message with the condition made a part of its order; ``refused``: why nothing may be done."""

    kept: str
    told: tuple[str, ...] = ()
    refused: str = ""


def conditional(text: str, vocabulary: Vocabulary, *, today: date) -> Conditional:
    """``text`` without a condition, or why its order can't be followed under it."""
    text = _NO_HURRY.sub("", _SHOULD_BE.sub(r"if \g<what> is ", text))
    kept, told = _without_fallback(text, vocabulary, today=today)
    asked = _QUESTION_THEN.match(kept)
    if asked and _is_followed_by_an_order(asked):
        order = _joined(asked["that"], asked["order"], vocabulary, today=today)
        return Conditional(order, told) if order else _refused(asked["that"])
    said = _WAITING.sub("if ", kept)
    for found in _CONDITION.finditer(said):
        before, after = said[: found.start()], said[found.end() :]
        waits = said != kept
        if _ASKED.search(before):
            if waits and found["order"] and _ordered(after, vocabulary, today=today):
                return _refused(_waited_for(kept) or found[0])
            continue
        leads = found["order"] is not None and (waits or not _is_one_more(found)) and _may_lead(before)
        if leads:
            order = after.lstrip(" ,;:.–—-")
            rest, whole = before, re.sub(r"^then\s+", "", order, flags=re.IGNORECASE)
        else:
            rest, whole = after, _ONLY.sub("", before.rstrip(" ,;–—-("))
        if not _ordered(whole, vocabulary, today=today):
            continue
        done = _kept_to(found, whole, vocabulary, today=today)
        if done is None or _DONE_NOT.search(kept):
            return _refused(_waited_for(kept) or found[0])
        if waits and not read_slots(done, vocabulary, today=today).start:
            done += _SOON
        text = f"{rest}{done}" if leads else f"{done}{rest}"
        another = conditional(text, vocabulary, today=today) if _ifs(text) < _ifs(said) else Conditional(text)
        return replace(another, told=(*told, *another.told))
    return Conditional(kept, told)


def _waited_for(text: str) -> str:
    """``once 43 is done`` as it was said; empty where nothing is waited for."""
    waiting = _WAITING.search(text)
    found = _CONDITION.search(f"if {text[waiting.end() :]}") if waiting else None
    return f"{waiting[0].strip()} {found['that']}" if waiting and found else ""


def _ifs(text: str) -> int:
    return len(re.findall(_IF, text, re.IGNORECASE))


def _is_followed_by_an_order(asked: re.Match[str]) -> bool:
    """Whether “is PGN 3 free? Then book it” and not “is it free, and did Bob book it there?”."""
    if asked["so"].strip().lower() not in ("", "and"):
        return not _DONE_NOT.search(asked[0])
    is_whole = not _HALF_A_SENTENCE.search(re.sub(r"^\W*\w+\b", "", asked["that"].split(",")[-1].split("?")[-1]))
    return bool(_THERE.search(asked["order"])) and is_whole and not asked[0].rstrip().endswith("?")


def _without_fallback(text: str, vocabulary: Vocabulary, *, today: date) -> tuple[str, tuple[str, ...]]:
    """``text`` without “otherwise PGN 4”, which has its time after a no, and what to say of it."""
    found = _FALLBACK.search(text)
    if found is None or not _ordered(text[: found.start()], vocabulary, today=today):
        return text, ()
    rest = found["rest"].strip(" .!?")
    if _TELLS_ANYHOW.match(rest):
        return text[: found.start()], ()
    return text[: found.start()], (f"“{rest[:120]}” comes after that: should the first be refused, say it then.",)


def _is_one_more(found: re.Match[str]) -> bool:
    """Whether the order follows “and”, as a further part of what is said before it; one behind “and then” does not."""
    joint = found["joint"].lower()
    return "and" in joint and "then" not in joint


def _may_lead(before: str) -> bool:
    """Whether a condition behind ``before`` begins a sentence or part of its own."""
    return not before.strip() or bool(re.search(r"(?:[,.;:!?\n]|\band|\bplease|\bso)\s*$", before, re.IGNORECASE))


def _ordered(text: str, vocabulary: Vocabulary, *, today: date) -> bool:
    order = order_in(text, read_slots(text, vocabulary, today=today))
    return order is not None and order.name in WRITES


def _kept_to(found: re.Match[str], order: str, vocabulary: Vocabulary, *, today: date) -> str | None:
    """``order`` such that it holds only under the condition; None where that can't be."""
    words = found["that"].strip(" ,.?!)")
    if found["if"].lower().endswith("unless"):
        intent = order_in(order, read_slots(order, vocabulary, today=today))
        may_be_taken = intent is not None and intent.name in ("book", "move")
        words = _TAKEN.sub("free", words, count=1) if may_be_taken and _TAKEN.search(words) else ""
    return _joined(words, order, vocabulary, today=today)


def _joined(condition: str, order: str, vocabulary: Vocabulary, *, today: date) -> str | None:
    """``book vehicle 13 on PGN 3 on 2026-12-07`` for “PGN 3 is free on 7 December” and “book vehicle 13 there”."""
    if _ANYHOW.match(condition.strip(" ,.?!")):
        return order
    wish, said = (read_slots(part, vocabulary, today=today) for part in (condition, order))
    place = wish.dyno or wish.facility
    about_else = wish.has_vehicle or wish.allocation_id is not None or wish.unclear or wish.problems or wish.avoided
    several = sum(
        part.intent is not None and part.intent.name in WRITES for part in clauses(order, vocabulary, today=today)
    )
    name = intent.name if (intent := order_in(order, said)) else ""
    is_free = _FREE.search(condition) and not _TAKEN.search(condition) and not _NOT_FREE.search(condition)
    if not is_free or about_else or several > 1:
        return None
    if name not in ("book", "move") or (place is None and not wish.start) or said.dyno not in (None, place):
        return None
    if name == "move" and place and said.dyno is None and not _THERE.search(order):
        return None  # It may be meant to stay where it is.
    if (said.start and wish.start and not _covers(said, wish)) or (wish.days or 0) > (said.days or wish.days or 0):
        return None
    order = order.rstrip(" .!?")
    if place and said.dyno is None:
        at = f"on {place}" if wish.dyno else f"at {place}"
        order = _THERE.sub(at, order, count=1) if _THERE.search(order) else f"{order} {at}"
    if wish.start and not said.start:
        order += _days_of(wish)
    if wish.days and not said.days:
        order += f" for {wish.days} days"
    if wish.test_type and not said.test_type and name == "book":
        order += f" for {wish.test_type}"
    return order


def _covers(said: Slots, wish: Slots) -> bool:
    """Whether a dyno that is free for the days of the order is so for those of the condition."""
    assert said.start is not None
    assert wish.start is not None
    if wish.window == "from":
        return said.start >= wish.start
    end = said.end or said.start + timedelta(days=(said.days or 1) - 1)
    return said.start <= wish.start and (wish.end or wish.start) <= end


def _days_of(wish: Slots) -> str:
    """Behind an order: `` from 2026-12-07 to 2026-12-09``."""
    assert wish.start is not None
    if wish.window == "week":
        return f" in the week of {wish.start}"
    if wish.window == "month":
        return f" in {wish.start:%B %Y}"
    return f" from {wish.start} to {wish.end}" if wish.window == "range" and wish.end else f" from {wish.start}"


def _refused(condition: str) -> Conditional:
    words = " ".join(condition.split()).strip(" ,.?!")[:120]
    return Conditional(
        "",
        refused=f"I can't make a change wait for a condition (“{words}”), so nothing is changed. Ask me whether it is "
        "so, and then say what to do.",
    )
