"""Answers that are being given, apart from whoever watches: no closed tab, reload or other page ends one."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import takewhile

from langgraph.runtime import RunControl

from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.events import Event
from dyno_core.telemetry import correlated, correlation_id

_LOOK_UP_SECONDS = 0.25
_WORDS = frozenset({"progress", "token"})


Answer = Callable[[RunControl], Iterator[Event]]
"""What gives an answer, and ends early when the control asks for it."""


class Run:
    """One answer: a thread fills ``events``, any number of watchers follow them.

    ``after``: the id of the newest message of the conversation when it began; what is newer belongs to this run.
    """

    def __init__(self, question: str, *, after: int = 0) -> None:
        self.question = question
        self.after = after
        self.control = RunControl()
        self.events: list[Event] = []
        self._changed = threading.Condition()
        self._done = False

    @property
    def done(self) -> bool:
        return self._done

    def stop(self) -> None:
        """Ask it to end at its next step. What was written stays written; what was said so far is kept."""
        self.control.request_drain("stopped by the person")

    def wait(self, seconds: float) -> None:
        """Until there is something to draw; no longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: self._done or bool(self.events), seconds)

    def wait_for_end(self, seconds: float) -> bool:
        """Until all is said; no longer than this. Whether all is said."""
        with self._changed:
            return self._changed.wait_for(lambda: self._done, seconds)

    def first_words(self) -> str:
        """What was said so far, up to the first step after it."""
        said = takewhile(lambda event: event["type"] in _WORDS, self.events.copy())
        return "".join(event["text"] for event in said if event["type"] == "token")

    def follow(self, start: int = 0) -> Iterator[Event | None]:
        """All events from number ``start`` on, as they come. None every now and then, so that a watcher can leave."""
        at = start
        while True:
            with self._changed:
                if not self._done and len(self.events) == at:
                    self._changed.wait(_LOOK_UP_SECONDS)
                new, ended = self.events[at:], self._done
            at += len(new)
            yield from new
            if ended and at >= len(self.events):
                return
            if not new:
                yield None

    def fill(self, source: Iterator[Event]) -> None:
        try:
            for event in source:
                self._add(event)
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()

    def _add(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()


class Runs:
    """The answers of this process, at most one for each conversation."""

    def __init__(self) -> None:
        self._running: dict[str, Run] = {}
        self._begun: Counter[str] = Counter()
        self._lock = threading.Lock()

    def start(self, thread_id: str, question: str, answer: Answer, *, after: int = 0) -> Run:
        """Begin ``answer`` in a thread of its own. Raises `StillAnswering` when one is under way."""
        run = Run(question, after=after)
        with self._lock:
            if thread_id in self._running:
                raise StillAnswering
            self._running[thread_id] = run
            self._begun[thread_id] += 1
        identifier = correlation_id()
        threading.Thread(target=self._work, args=(thread_id, run, answer, identifier), daemon=True).start()
        return run

    def running(self, thread_id: str) -> Run | None:
        """The answer under way, to be followed by whoever opens the conversation."""
        with self._lock:
            return self._running.get(thread_id)

    def begun(self, thread_id: str) -> int:
        """How many answers were begun in a conversation: by this, another tab knows that there is something new."""
        with self._lock:
            return self._begun[thread_id]

    def _work(self, thread_id: str, run: Run, answer: Answer, identifier: str | None) -> None:
        try:
            with correlated(identifier):
                run.fill(answer(run.control))
        finally:
            with self._lock:
                del self._running[thread_id]
