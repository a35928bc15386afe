"""One turn: a message and the memory in, words or tool calls and the new memory out. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from dyno_core.agent.models.offline.acting import Reply, go
from dyno_core.agent.models.offline.all_but import is_about_all
from dyno_core.agent.models.offline.answers import (
    HELP,
)
from dyno_core.agent.models.offline.asked_back import asked_back, in_other_words
from dyno_core.agent.models.offline.beyond import without_beyond
from dyno_core.agent.models.offline.clauses import (
    LOOKS_BACK,
    Clause,
    clauses,
    is_about_it,
    read_clause,
    task_of,
)
from dyno_core.agent.models.offline.conditions import conditional
from dyno_core.agent.models.offline.each_dyno import each_cancelled, for_each_dyno
from dyno_core.agent.models.offline.follow_ups import OPEN, carried_on, follows
from dyno_core.agent.models.offline.frame import Choice, Frame, focused
from dyno_core.agent.models.offline.guards import any_dyno_in_a_window
from dyno_core.agent.models.offline.numbered import normalized, too_many_in
from dyno_core.agent.models.offline.orders import is_question, is_told, plain, stripped
from dyno_core.agent.models.offline.origins import without_origin, without_origin_day, without_told_days
from dyno_core.agent.models.offline.referring import referred
from dyno_core.agent.models.offline.several import several_bookings, too_many
from dyno_core.agent.models.offline.slots import Slots, read_slots, vehicles_in
from dyno_core.agent.models.offline.spelling import mended
from dyno_core.agent.models.offline.standing import spoken_of
from dyno_core.agent.models.offline.talk import NOTHING_CHANGED, SMALL_TALK, is_foreign, mood
from dyno_core.agent.models.offline.tasks import Task, missing
from dyno_core.agent.models.offline.uncarried import without_uncarried
from dyno_core.agent.models.offline.understood import needed, unknown_test
from dyno_core.agent.models.offline.vocabulary import Vocabulary

LONGEST_READ: Final = 2_000
"""Characters of a message that are read. A longer one is not: cut in the middle, it might lose a “not”."""
_STRONG_YES: Final = (
    r"yes|yep|yeah|yup|ya|y|sure|ok|okay|please do|do it|do that|do so|go ahead|go for it|correct|exactly"
    r"|confirm(?:ed)?"
    r"|sounds good|that works|make it so|let's do (?:it|that|so)|works for me|agreed"
)
_YES = re.compile(rf"^(?:(?:{_STRONG_YES})\b[\s,.!]*)(?:(?:{_STRONG_YES}|please|then|perfect|great|fine)\b[\s,.!]*)*$")
_YES_TO_AN_OFFER = re.compile(
    rf"^(?:(?:{_STRONG_YES}|please|perfect|great|fine|then|alright)\b[\s,.!]*)*"
    r"(?:book|take|propose|do|cancel|move) (?:it|that|this|them)\b[\s,.!]*(?:please|then)?\W*$"
)
_NO = re.compile(
    r"^(?:no|nope|n|nah|not now|don't|do not|rather not|better not|i'd rather not|not yet|not really|please don't"
    r"|i changed my mind|no way)\b[\s,.!]*(?:no|thanks?|thank you|sorry|not now|never ?mind|don't|leave it)*\W*$"
)
_DROP = re.compile(r"^(?:cancel|stop|abort|drop|forget)(?: (?:it|that|this))?\W*$")
"""Said to an open question, these drop the question; they are not an order about an allocation."""
_UNDO = re.compile(
    r"^(?:(?:please|can you|could you|i want to|i'd like to|let's|just)\s+)*(?:undo|revert|roll (?:it|that|this) back"
    r"|take (?:it|that|this)(?: \w+)? back|put (?:it|that) back)\b"
)
_NOT_BUT = re.compile(
    r"^\W*(?:please\s+)?(?:don['’]?t|do not)\s+(?:book|cancel|move|change|reserve)\b[^,.;]*[,.;]\s*"
    r"(?:but\s+|just\s+|only\s+)*(?=(?:show|tell|what|what['’]s|which|who|is|are|find|list|check)\b)",
    re.IGNORECASE,
)
"""“Don't book anything yet, just show me …” is a question."""
_ADVICE = re.compile(
    r"(?<=\w)\W*[,.;:?!–-]\s*(?:so |and |please )*(?:what (?:do|would|can|could) you"
    r" (?:recommend|suggest|advise|propose|offer)|(?:any|do you have any) (?:ideas?|suggestions?|recommendations?"
    r"|advice)|can you help(?: me)?(?: (?:out|with (?:this|that)))?|what are my options)\W*$",
    re.IGNORECASE,
)
"""Behind what is wanted, these words want the same: an answer to it."""
_WHAT_IS_MISSING = re.compile(
    r"^(?:so |and |ok(?:ay)? )?(?:what(?: else)? (?:do|would|did) you (?:still )?(?:need|want|lack)(?: to know)?"
    r"|what(?: else|'s)?(?: is)? (?:still )?(?:missing|needed|open)|what was the question)\W*$"
)
_LEAVES = re.compile(r"\b(?:move|reschedule|transfer|shift|relocate|remove|take|drop|change|switch)\b")
_NEEDS_ONE = re.compile(
    r"\b(?:need|want|looking for|search for|get|(?<!do we )(?<!do you )have|have(?=.*\bfor\b)|find|use|book|reserve"
    r"|recommend\w*|suggest\w*|suitable)\b"
)
_EITHER = re.compile(r"\d\s+or\s+\d")
_NUMBER_ALONE = re.compile(r"#?\s?(\d{1,7})\W*")
_NOTHING_WAITS: Final = "There is nothing waiting for a yes, so nothing was changed."
_ALONE: Final = frozenset((*SMALL_TALK, "test_types"))
"""Intents that need neither the plan nor a call."""
_SAID_ALONE: Final = ("hello", "thanks", "nothing", "who", "upset")
_KEEPS_THE_THREAD: Final = ("hello", "thanks", "help", "adding", "who", "why", "upset", "language")


def take_turn(text: str, frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    """What to say or call for a message of the user. Control characters in it count as blanks."""
    if len(text) > LONGEST_READ:
        return Reply(
            f"Your message has {len(text):,} characters, and I read messages of up to {LONGEST_READ:,}. "
            "Please say in a sentence or two what you need. Nothing was changed.",
            (),
            frame,
        )
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    if is_foreign(text):
        return _small_talk("language", frame)
    text = vocabulary.in_full(_ADVICE.sub("", _NOT_BUT.sub("", mended(text))))
    if is_about_all(text) or _EITHER.search(text) or read_slots(text, vocabulary, today=today).avoided:
        text = vocabulary.dynos_in_full(text, known=not is_about_all(text))
    condition = conditional(in_other_words(text), vocabulary, today=today)
    if refused := condition.refused or too_many_in(text):
        return Reply(refused, (), Frame(focus=frame.focus))
    if back := asked_back(condition.kept, vocabulary):
        return Reply(back.text, (), Frame(focus=focused(frame.focus, back.focus or Slots())))
    beyond = without_beyond(condition.kept, vocabulary, today=today)
    if beyond.told and not beyond.kept:
        return Reply(" ".join((*beyond.told, "Nothing was changed.")), (), Frame(focus=frame.focus))
    carried = without_uncarried(beyond.kept, vocabulary, today=today)
    reply = _read(carried.kept, frame, vocabulary=vocabulary, today=today)
    return _beside(reply, (*condition.told, *beyond.told, *(carried.told if _writes(reply) else ())))


def _read(text: str, frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    """The answer to a message of which every part may be followed."""
    said = _with_names(text, frame, vocabulary, today=today)
    if said != text:
        text = in_other_words(said)
        if back := asked_back(text, vocabulary):
            return Reply(back.text, (), Frame(focus=focused(frame.focus, back.focus or Slots())))
    if short := _short_answer(text, frame, vocabulary=vocabulary, today=today):
        return short
    text, told = without_told_days(text, today=today)
    text, origin = without_origin_day(text)
    origin = origin or told
    message = normalized(without_origin(text, vocabulary) if _LEAVES.search(plain(text)) else text)
    parts = several_bookings(message, vocabulary, today=today) or clauses(message, vocabulary, today=today)
    parts = tuple(one for part in parts for one in _each(part, vocabulary, today=today))
    named = vehicles_in(message, vocabulary)
    if _looked_back(frame, today) and _is_bare(parts):
        parts = (replace(parts[0], slots=read_slots(message, vocabulary, today=today, past=True)),)
    carried = too_many(message, parts, named) or (
        carried_on(message, _near(parts[0], message, frame, vocabulary, today=today), frame, vehicles=named)
        if len(parts) == 1
        else None
    )
    if isinstance(carried, str):
        return Reply(carried, (), frame)
    if carried is not None:
        unsaid = frame.made and parts[0].intent is None and not follows(message)
        sure = (
            not is_question(message) and not is_told(message) and not unsaid and (frame.sure or frame.state != "asked")
        )
        return go(carried, frame, vocabulary=vocabulary, today=today, sure=sure)
    if origin:
        stood = read_slots(f"in {origin}", vocabulary, today=today)
        where = f"{stood.start}/{stood.end or stood.start}"
        # “My Tuesday test to Thursday”: the Thursday of that week.
        if len(parts) == 1:
            parts = (read_clause(parts[0].text, vocabulary, today=today, near=stood.start),)
        parts = tuple(replace(part, origin=where) for part in parts)
    return _new_topic(parts, frame, vocabulary=vocabulary, today=today)


def _with_names(text: str, frame: Frame, vocabulary: Vocabulary, *, today: date) -> str:
    """``text`` with the dyno or the allocations that it means by “it”, “there” or “the first one”."""
    if not frame.tasks or frame.state in ("asked", "offered"):
        return text
    return referred(text, frame, read_slots(text, vocabulary, today=today))


def _each(part: Clause, vocabulary: Vocabulary, *, today: date) -> tuple[Clause, ...]:
    """``part`` for each dyno that it is about."""
    asked = for_each_dyno(part.text, part, vocabulary, today=today)
    return asked or each_cancelled(part, vocabulary) or (part,)


def _near(part: Clause, text: str, frame: Frame, vocabulary: Vocabulary, *, today: date) -> Clause:
    """``part`` as it reads when it corrects what was spoken of last: its Wednesday is one of those days' week."""
    day = spoken_of(frame)
    if day is None or _looked_back(frame, today):
        return part
    return read_clause(text, vocabulary, today=today, near=day)


def _looked_back(frame: Frame, today: date) -> bool:
    """Whether the last question was one about the past: “and in September?” is, too."""
    if not frame.tasks:
        return False
    last = frame.tasks[-1]
    is_past = last.slots.end is not None and last.slots.end < today
    return last.intent in LOOKS_BACK or (is_past and not last.writes and last.intent != "explain")


def _is_bare(parts: tuple[Clause, ...]) -> bool:
    """Facts without an order or a question of their own."""
    return len(parts) == 1 and (parts[0].intent is None or parts[0].intent.name in OPEN)


def _short_answer(text: str, frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply | None:
    """Yes, no, undo and a number alone, None for anything longer."""
    low = plain(text)
    offered = frame.state == "offered"
    if _YES.match(low) or (offered and _YES_TO_AN_OFFER.match(low)):
        return _agreed(frame, low, vocabulary=vocabulary, today=today)
    if _NO.match(low) or (frame.state in ("asked", "offered") and _DROP.match(low)):
        return Reply(NOTHING_CHANGED, (), Frame(focus=frame.focus))
    if _UNDO.match(stripped(text) or low):
        return _undone(frame, vocabulary=vocabulary, today=today)
    if frame.state == "asked" and _WHAT_IS_MISSING.match(low):
        return Reply(_open_question(frame.tasks[-1], vocabulary), (), frame)
    if (number := _NUMBER_ALONE.fullmatch(low)) and frame.state != "asked":
        task = Task("allocation", Slots(allocation_id=int(number[1])))
        return go((task,), frame, vocabulary=vocabulary, today=today)
    return None


def _new_topic(parts: tuple[Clause, ...], frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    intent = parts[0].intent
    if intent is None:
        return _not_understood(parts[0], frame, vocabulary)
    if intent.name == "not_all":
        return _not_all(frame)
    if len(parts) == 1 and intent.name in _ALONE:
        return (
            Reply(_test_types(vocabulary), (), frame)
            if intent.name == "test_types"
            else _small_talk(intent.name, frame)
        )
    parts = tuple(
        _near(part, part.text, frame, vocabulary, today=today) if is_about_it(part, frame.focus) else part
        for part in parts
    )
    tasks = tuple(task for task in _tasks(parts, frame.focus) if task.intent not in _ALONE)
    told = _told(parts, vocabulary, beside=bool(tasks))
    if not tasks:
        return Reply("\n\n".join(told), (), frame)
    said = " ".join(part.text for part in parts)
    tasks = tuple(_without_a_question_back(task, said, beside=len(parts) > 1) for task in tasks)
    if unknown := _no_such_dyno(tasks, vocabulary):
        return Reply(unknown, (), Frame(focus=frame.focus))
    sure = all(part.intent is None or part.intent.sure for part in parts)
    return _beside(go(tasks, frame, vocabulary=vocabulary, today=today, sure=sure), told)


def _told(parts: Sequence[Clause], vocabulary: Vocabulary, *, beside: bool) -> list[str]:
    """What is answered without the plan. ``beside`` other answers, a greeting needs none."""
    names = dict.fromkeys(part.intent.name for part in parts if part.intent and part.intent.name in _ALONE)
    quiet = _SAID_ALONE if beside else ()
    said = (name for name in names if name not in quiet)
    return [_test_types(vocabulary) if name == "test_types" else SMALL_TALK[name] for name in said]


def _beside(reply: Reply, told: Sequence[str]) -> Reply:
    """``told`` too: above what is looked up, whose heading stands right over its answer, else below."""
    texts = (
        [*told, reply.text] if reply.frame.state in ("sent", "reading") and not _writes(reply) else [reply.text, *told]
    )
    return replace(reply, text="\n\n".join(filter(None, texts)))


def _writes(reply: Reply) -> bool:
    return any(task.writes for task in reply.frame.tasks)


def _without_a_question_back(task: Task, text: str, *, beside: bool) -> Task:
    """“What's free tomorrow?”: which dynos stand idle, rather than a question for whom.

    Whoever needs one has a test in mind, and in a month hardly one stands idle: there it is asked, but not ``beside``
    another question.
    """
    for_a_test = _NEEDS_ONE.search(plain(text)) or task.slots.window == "month"
    bare = task.intent == "free" and any_dyno_in_a_window(task.slots)
    return replace(task, intent="idle") if bare and (beside or not for_a_test) else task


def _tasks(parts: tuple[Clause, ...], focus: Slots) -> Iterator[Task]:
    """The task of each part; "it" in a later one is what an earlier one spoke of."""
    for part in parts:
        if task := task_of(part, focus=focus):
            focus = focused(focus, task.slots)
            yield task


def _small_talk(name: str, frame: Frame) -> Reply:
    """An answer that leaves an open question open, except where it ends the matter."""
    keeps = name in _KEEPS_THE_THREAD and frame.state != "offered"
    return Reply(SMALL_TALK[name], (), frame if keeps else Frame(focus=frame.focus))


def _no_such_dyno(tasks: tuple[Task, ...], vocabulary: Vocabulary) -> str:
    """A dyno that the lab does not have must not be called free."""
    for task in tasks:
        name = task.slots.dyno
        if task.intent in ("holders", "plan", "running") and name and vocabulary.dynos and name not in vocabulary.dynos:
            return f"There is no dyno “{name}” in this lab. Ask for “all dynos” to see their names."
    return ""


def _not_all(frame: Frame) -> Reply:
    """“Don't cancel all”: which of those that were to be cancelled is asked, where there are some."""
    cancels = [task for task in frame.tasks if task.intent == "cancel" and task.slots.allocation_id is not None]
    if len(cancels) < 2:
        text = f"{NOTHING_CHANGED} Name what to cancel: a number, a vehicle, or “my bookings but 42”."
        return Reply(text, (), Frame(focus=frame.focus))
    choices = tuple(Choice(task.slots.allocation_id or 0) for task in cancels)
    numbers = ", ".join(f"#{choice.id}" for choice in choices)
    base = replace(cancels[0], slots=replace(cancels[0].slots, allocation_id=None))
    asked = Frame(tasks=(base,), state="asked", asked=("allocation",), choices=choices, focus=frame.focus)
    return Reply(f"{NOTHING_CHANGED} Which of {numbers} shall I cancel?", (), asked)


def _test_types(vocabulary: Vocabulary) -> str:
    return f"The test types are {', '.join(vocabulary.test_types)}."


def _agreed(frame: Frame, low: str, *, vocabulary: Vocabulary, today: date) -> Reply:
    if frame.state == "offered":
        return go(frame.tasks, frame, vocabulary=vocabulary, today=today)
    if low.startswith("ok"):
        # Behind a question that was dropped it may be meant as a yes to it.
        return Reply("All right." if frame.made else f"All right. {_NOTHING_WAITS}", (), frame)
    return Reply(_NOTHING_WAITS, (), Frame(focus=frame.focus))


def _undone(frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    """Only a booking just made can be undone by cancelling it; another change has its own Undo."""
    if frame.made and frame.focus.allocation_id is not None:
        task = Task("cancel", Slots(allocation_id=frame.focus.allocation_id, reason="undone in chat"))
        return go((task,), frame, vocabulary=vocabulary, today=today)
    return Reply("Use the Undo on the receipt of the change, or tell me what to move or cancel.", (), frame)


def _not_understood(part: Clause, frame: Frame, vocabulary: Vocabulary) -> Reply:
    """Never the whole of what was said before: only what is still open."""
    task = next((task for task in frame.tasks if missing(task)), None) if frame.state == "asked" else None
    if unknown := part.slots.unknown_test or (_lone_words(part.text) if task and "test_type" in frame.asked else None):
        test = unknown_test(unknown)
        if task is None or "test_type" not in frame.asked:
            return Reply(test + _test_types(vocabulary), (), Frame(focus=frame.focus))
        return Reply(test + _open_question(task, vocabulary), (), frame)
    if name := mood(plain(part.text)):
        return _small_talk(name, frame)
    if task is not None:
        return Reply(f"I did not understand that. {_open_question(task, vocabulary)}", (), frame)
    return Reply(f"I did not understand that. {HELP}", (), Frame(focus=frame.focus))


def _lone_words(text: str) -> str | None:
    """A word or two, as the answer to “which test type?”."""
    bare = re.fullmatch(r"\W*(?:an?\s+|the\s+)?([A-Za-z-]{3,20})(?:\s+tests?)?\W*", text)
    return bare[1] if bare else None


def _open_question(task: Task, vocabulary: Vocabulary) -> str:
    lacks = needed(task, test_types=tuple(vocabulary.test_types))
    return f"I still need {lacks}; or say “never mind”."
