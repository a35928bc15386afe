"""Answers go on without watchers, are followed by whoever comes, and are given once however often one asks."""

import threading
from collections.abc import Iterator

import pytest
from langgraph.runtime import RunControl

from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.conversations import messages_of, newest_message
from dyno_core.agent.events import DONE, Event, message
from dyno_core.agent.runs import Run, Runs
from dyno_core.agent.turns import answer_approval, run_turn
from dyno_core.booking import list_allocations
from dyno_core.ui.chat_past import said_before
from tests.fixtures.agent import BOOK, Chat, of_type, say


def seen(run: Run, start: int = 0) -> list[Event]:
    return [event for event in run.follow(start) if event is not None]


class Slow:
    """An answer that waits in the middle until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, control: RunControl) -> Iterator[Event]:
        yield message("first")
        self.begun.set()
        assert self.go.wait(timeout=30)
        yield message("stopped" if control.drain_requested else "second")
        yield DONE


def test_every_watcher_sees_the_whole_answer_whenever_they_come() -> None:
    runs, slow = Runs(), Slow()
    run = runs.start("thread", "question", slow)
    assert slow.begun.wait(timeout=30)
    early = run.follow()
    assert next(event for event in early if event) == message("first")
    slow.go.set()
    assert [event for event in early if event] == [message("second"), DONE]
    assert seen(run) == [message("first"), message("second"), DONE]
    assert seen(run, start=2) == [DONE]


def test_a_watcher_who_leaves_does_not_end_the_answer() -> None:
    runs, slow = Runs(), Slow()
    run = runs.start("thread", "question", slow)
    watcher = run.follow()
    next(watcher)
    watcher.close()
    assert runs.running("thread") is run
    slow.go.set()
    assert seen(run)[-1] == DONE


def test_a_second_answer_to_the_same_conversation_is_refused_and_to_another_one_not() -> None:
    runs, slow, other = Runs(), Slow(), Slow()
    run = runs.start("thread", "question", slow)
    with pytest.raises(StillAnswering):
        runs.start("thread", "question", slow)
    second = runs.start("other", "question", other)
    for one in (slow, other):
        one.go.set()
    assert seen(run) == seen(second)


def test_stop_reaches_the_answer() -> None:
    runs, slow = Runs(), Slow()
    run = runs.start("thread", "question", slow)
    assert slow.begun.wait(timeout=30)
    run.stop()
    slow.go.set()
    assert seen(run)[1] == message("stopped")


def test_an_answer_is_stored_before_its_run_is_over(chat: Chat) -> None:
    chat.script.turns = ["Hello."]
    run = chat.agent.runs.start(
        chat.thread_id, "hi", lambda control: run_turn(chat.agent, chat.actor, chat.thread_id, "hi", control=control)
    )
    assert seen(run)[-1] == DONE
    assert len(messages_of(chat.agent.database, chat.actor, chat.thread_id)) == 2


def test_what_is_stored_of_an_answer_does_not_stand_above_it_as_well(chat: Chat) -> None:
    database = chat.agent.database
    chat.script.turns = ["Hello.", "Hello."]
    say(chat, "hi")
    before = messages_of(database, chat.actor, chat.thread_id)
    run = chat.agent.runs.start(
        chat.thread_id, "hi", lambda control: run_turn(chat.agent, chat.actor, chat.thread_id, "hi", control=control),
        after=newest_message(database, chat.thread_id),
    )  # fmt: skip
    assert seen(run)[-1] == DONE
    after = messages_of(database, chat.actor, chat.thread_id)
    assert [one.text.strip() for one in after] == ["hi", "Hello."] * 2
    assert tuple(said_before(after, run)) == before
    assert said_before(after, None) == after


def test_five_yeses_at_once_from_several_processes_book_once(chat: Chat) -> None:
    chat.script.turns = [[("auto_allocate_vehicle", BOOK, "call_1")], *["Booked."] * 5]
    question = of_type(say(chat, "book it"), "approval_required")[0]
    others = [chat.restarted() for _ in range(5)]
    barrier = threading.Barrier(5)
    answers: list[list[Event]] = []

    def press(one: Chat) -> None:
        barrier.wait(timeout=30)
        answers.append(list(answer_approval(one.agent, one.actor, one.thread_id, question["id"], "approve")))

    threads = [threading.Thread(target=press, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for one in others:
        one.agent.close()
    assert len(list_allocations(chat.agent.database)) == 1
    assert sum(bool(of_type(events, "tool_result")) for events in answers) == 1
    told = [event["text"] for events in answers for event in events if event["type"] in ("error", "message")]
    assert all(
        text.startswith(("Booked.", "That question was answered already", "I am still answering")) for text in told
    ), told
