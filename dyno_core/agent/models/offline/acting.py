"""Tasks carried out: what is asked, offered, looked up or called for them, and what is said of the results. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from dyno_core.agent.models.offline.answers import (
    allocation_of,
    answer,
    failure,
    named_window,
    opening,
    say_allocation,
    window_of,
)
from dyno_core.agent.models.offline.frame import Choice, Frame, focused, with_allocation
from dyno_core.agent.models.offline.listed_rows import MOST_ROWS
from dyno_core.agent.models.offline.lookups import candidates, choice_of, own_to_cancel, stands_elsewhere, with_row
from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.standing import as_shown
from dyno_core.agent.models.offline.tables import iso_day, rows_of
from dyno_core.agent.models.offline.tasks import MOST_AT_ONCE, Call, Task, call_for, completed, lookup, missing
from dyno_core.agent.models.offline.understood import question_for, said_together, say_vehicle
from dyno_core.agent.models.offline.vocabulary import Vocabulary
from dyno_core.period import Period, say_day

_LISTED = frozenset({"plan", "starts", "ends", "running", "late", "status", "check"})
"""Questions that a list of allocations answers."""

_OVER: Final = ("completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    calls: tuple[Call, ...]
    frame: Frame


def go(
    tasks: Sequence[Task],
    frame: Frame,
    *,
    vocabulary: Vocabulary,
    today: date,
    sure: bool = True,
    begins: str = "I understood",
) -> Reply:
    """Ask for what is missing, offer what was not ordered, look up what must be known, else call."""
    done = tuple(completed(task, today=today) for task in tasks)
    focus = frame.focus
    for task in done:
        focus = focused(focus, task.slots)
    new = Frame(tasks=done, focus=focus, sure=sure, refused=frame.refused)
    ready = tuple(task for task in done if not task.writes and not missing(task))
    if ready and len(ready) < len(done):
        # What is only asked is answered before anything is proposed or asked back.
        rest = tuple(task for task in done if task not in ready)
        calls = tuple(call_for(task, today=today) for task in ready)
        return Reply(opening(ready), calls, replace(new, tasks=(*ready, *rest), state="reading"))
    for task in done:
        if lacks := missing(task):
            text = question_for(task, test_types=tuple(vocabulary.test_types))
            return Reply(text, (), replace(new, state="asked", asked=lacks))
    writes = said_together([task for task in done if task.writes])
    if writes and not sure:
        text = f"That would be: {writes}. Nothing is changed yet; say “yes” and I'll propose it."
        return Reply(text, (), replace(new, state="offered"))
    text = f"{begins}: {writes}." if writes else opening(done)
    if looked_up := tuple(call for task in done if (call := lookup(task, today=today))):
        return Reply(text, looked_up, replace(new, state="lookup"))
    return Reply(text, tuple(call_for(task, today=today) for task in done), replace(new, state="sent"))


def go_on(
    frame: Frame, results: Sequence[Mapping[str, Any]], *, vocabulary: Vocabulary, today: date, opened: bool = False
) -> Reply:
    """What to say or call after the tools answered; ``results`` in the order of the calls.

    ``opened``: what was understood was said with the calls, and is not said again.
    """
    if frame.state == "lookup":
        return _looked_up(frame, results, vocabulary, today=today)
    pairs = tuple(zip(frame.tasks, results, strict=False))
    if frame.state == "reading":
        said = _said_of(pairs, opened=opened and len(pairs) == 1)
        reply = go(frame.tasks[len(pairs) :], frame, vocabulary=vocabulary, today=today, sure=frame.sure)
        return replace(reply, text="\n\n".join(filter(None, (*said, reply.text))))
    is_headed = opened and len(pairs) == 1
    texts = _said_of(pairs, opened=is_headed)
    shown = as_shown(frame, results)
    focus, made = shown.focus, False
    for task, payload in pairs:
        row = allocation_of(payload.get("data")) if payload.get("ok") and task.writes else None
        if row is not None:
            made = task.intent == "book"
            focus = with_allocation(focused(focus, task.slots), int(row["id"]))
    refused = all(payload.get("error") == "declined" for payload in results)
    after = replace(
        shown,
        state="declined" if refused else "answered",
        focus=focus,
        made=made,
        asked=(),
        choices=_shown(*pairs[0]) if len(pairs) == 1 else (),
        refused=next((task for task, payload in pairs if _is_refused(task, payload)), frame.refused),
    )
    if len(pairs) == 1:
        after, offer = _offer(after, *pairs[0])
        texts.append(offer)
    return Reply("\n\n".join(filter(None, texts)), (), after)


def _is_refused(task: Task, payload: Mapping[str, Any]) -> bool:
    """Whether there is no dyno for what was wanted on days that are known, which `explain_unavailable` can tell why."""
    if task.slots.start is None or task.slots.test_type is None:
        return False
    if task.intent == "book":
        return not payload.get("ok") and payload.get("error") not in ("declined", "interrupted")
    return task.intent == "free" and bool(payload.get("ok")) and rows_of(payload.get("data")) == []


def _shown(task: Task, payload: Mapping[str, Any]) -> tuple[Choice, ...]:
    """The allocations of a list, as far as “the first one” can mean one of them."""
    rows = rows_of(payload.get("data")) if task.intent in _LISTED and payload.get("ok") else None
    are_all = rows is not None and all(isinstance(row.get("id"), int) for row in rows)
    return tuple(choice_of(row) for row in (rows or [])[:MOST_ROWS]) if are_all else ()


def _said_of(pairs: Sequence[tuple[Task, Mapping[str, Any]]], *, opened: bool) -> list[str]:
    """What each came to. Of several changes those that got a no are told together: something else was changed."""
    refused = sum(payload.get("error") == "declined" for _, payload in pairs)
    if not 0 < refused < len(pairs):
        return list(dict.fromkeys(answer(task, payload, opened=opened) for task, payload in pairs))
    others = (
        "The one you said no to stays as it is." if refused == 1 else f"The {refused} you said no to stay as they are."
    )
    heard = [answer(task, payload) for task, payload in pairs if payload.get("error") != "declined"]
    return [*dict.fromkeys(heard), others]


def _offer(frame: Frame, task: Task, payload: Mapping[str, Any]) -> tuple[Frame, str]:
    """The window that a search or a refusal named, kept for a "yes" or "book it"."""
    refused = task.intent == "book" and not payload.get("ok") and payload.get("error") != "declined"
    looked = payload.get("data") if task.intent in ("window", "explain") else None
    window = named_window(payload.get("facts")) if refused else window_of(looked)
    start = iso_day(window.get("start_date") or window.get("start")) if window else None
    if window is None or start is None:
        return frame, ""
    dyno = window.get("dyno") or window.get("dyno_name") or window.get("name")
    name = dyno.get("name") if isinstance(dyno, Mapping) else dyno
    slots = task.slots
    days = slots.days or ((slots.end - slots.start).days + 1 if slots.start and slots.end else None)
    found = replace(slots, start=start, end=None, window="from", days=days, dyno=name or slots.dyno)
    focus = replace(frame.focus, start=start, dyno=found.dyno)
    offered = Task("book", found)
    if missing(offered):
        return replace(frame, focus=focus), ""
    after = replace(frame, tasks=(offered,), state="offered", focus=focus, behind=task)
    where = f" on {found.dyno}" if found.dyno else ""
    return after, f"Shall I propose {Period.of(start, days or 1)}{where}?" if refused else ""


def _looked_up(frame: Frame, results: Sequence[Mapping[str, Any]], vocabulary: Vocabulary, *, today: date) -> Reply:
    """Give each change its allocation; ask which one where there are several."""
    answers, tasks, told = iter(results), list[Task](), list[str]()
    for task in frame.tasks:
        if lookup(task, today=today) is None:
            tasks.append(task)
            continue
        payload = next(answers, {})
        rows = candidates(task, payload) if payload.get("ok") else None
        if rows is None:
            told.append(failure(payload))
        elif not rows and (row := stands_elsewhere(task, payload)):
            if len(frame.tasks) == 1:
                return _now_instead(task, row, frame)
            told.append(f"{say_allocation(row)} has no day {_then(task.slots)}, so it stays as it is.")
        elif not rows:
            told.append(_nothing_to_change(task, payload))
        elif task.every and task.slots.mine:
            rows, left_out = own_to_cancel(rows)
            told.append(left_out)
            tasks += [with_row(task, row) for row in rows]
        elif len(rows) > 1 and not task.every:
            return _which_one(task, rows, frame)
        else:
            if task.intent == "cancel" and task.slots.allocation_id is not None:
                told += [f"{say_allocation(row)}." for row in rows]
            tasks += [with_row(task, row) for row in rows]
    if len(tasks) > MOST_AT_ONCE and any(task.every for task in frame.tasks):
        too_many = (
            f"That would be {len(tasks)} allocations, and I cancel at most {MOST_AT_ONCE} at once; name fewer days, "
            "or cancel them in the calendar. Nothing was changed."
        )
        tasks, told = [], [too_many]
    if not tasks:
        return Reply("\n\n".join(filter(None, told)), (), replace(frame, state="answered", asked=(), choices=()))
    reply = go(tasks, frame, vocabulary=vocabulary, today=today, begins="That is")
    return replace(reply, text="\n\n".join(filter(None, (*told, reply.text))))


def _nothing_to_change(task: Task, payload: Mapping[str, Any]) -> str:
    """That nothing is left to change: what is over is named, with how it ended, what is elsewhere, with where."""
    number = task.slots.allocation_id
    row = next((row for row in rows_of(payload.get("data")) or () if row.get("id") == number), None)
    if number is None or row is None:
        return f"There is no active allocation {_of_what(task.slots)}, so there is nothing to change."
    if row.get("status") in _OVER:
        return f"{say_allocation(row)} is over, so there is nothing to change."
    so = f"so nothing was changed; say “{task.intent} {number}” if it is meant all the same."
    return f"{say_allocation(row)} is not {_as_said(task.slots, row)}, {so}"


def _as_said(slots: Slots, row: Mapping[str, Any]) -> str:
    """What was said of the allocation and is not so."""
    if slots.dyno and row.get("dyno") != slots.dyno:
        return f"on {slots.dyno}"
    return f"a {slots.test_type} test" if slots.test_type else _then(slots) if slots.start else "what was described"


def _now_instead(task: Task, row: Mapping[str, Any], frame: Frame) -> Reply:
    """“Cancel 42 tomorrow”, said of what has no day then: a cancelling can't wait, so now is offered."""
    text = (
        f"{say_allocation(row)} has no day {_then(task.slots)}, and a cancelling can't wait until then: "
        "shall I propose to cancel it now?"
    )
    return Reply(text, (), replace(frame, tasks=(with_row(task, row),), state="offered", asked=(), choices=()))


def _then(slots: Slots) -> str:
    assert slots.start is not None
    return (
        f"in {Period(slots.start, slots.end)}"
        if slots.end and slots.end != slots.start
        else f"on {say_day(slots.start)}"
    )


def _of_what(slots: Slots) -> str:
    if slots.has_vehicle:
        return f"of {say_vehicle(slots)}{' that you booked' if slots.mine else ''}"
    if slots.mine:
        return "that you booked"
    return f"#{slots.allocation_id}" if slots.allocation_id is not None else f"on {slots.dyno} then"


def _which_one(task: Task, rows: Sequence[Mapping[str, Any]], frame: Frame) -> Reply:
    listed = "\n".join(f"- {say_allocation(row)}" for row in rows[:MOST_AT_ONCE])
    if len(rows) > MOST_AT_ONCE:
        listed += f"\n- … and {len(rows) - MOST_AT_ONCE} more; say its number, its vehicle or its days."
    asked = replace(
        frame, tasks=(task,), state="asked", asked=("allocation",), choices=tuple(choice_of(row) for row in rows)
    )
    return Reply(f"Which allocation do you mean?\n{listed}", (), asked)
