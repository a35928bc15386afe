"""A model's answer as it comes: bounded in time, ended by a stop, and asked for again where that can help.

The model speaks in a thread of its own. A service that hangs would otherwise hold the turn, its deadline and the
Stop button for as long as it likes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from langchain_core.runnables import Runnable

from dyno_core.agent.models.failures import ModelFailed, cut_short, failure, in_words, said_nothing, told

MOST_ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 1.0
"""Before the next attempt, when the service does not say how long."""
_ROOM_SECONDS: Final = 3.0
"""An attempt is worth waiting for only if so much time is left to answer in."""
_LOOK_UP_SECONDS: Final = 0.25
_SILENCE: Final = AIMessageChunk(content="")
_PASSING: Final = frozenset({"busy", "down", "unreachable"})

Speaker = Runnable[LanguageModelInput, AIMessage]
_Piece = AIMessageChunk | Exception | None


@dataclass(frozen=True)
class Listener:
    """``until``: on the monotonic clock. ``stopped``: asked again and again. ``note``: tells the person of a wait.

    ``failures``: what the model's client raises; anything else is a defect of ours and passes through.
    """

    who: str
    until: float
    stopped: Callable[[], bool]
    note: Callable[[str], None]
    failures: tuple[type[Exception], ...]

    def answer(self, model: Speaker, messages: Sequence[BaseMessage]) -> AIMessage | None:
        """The answer put together; None when stopped before its first word.

        Raises `ModelFailed` when none comes in time or at all.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                return self._heard(model, messages)
            except ModelFailed as refusal:
                wait = self._wait(refusal, attempt)
                if wait is None:
                    raise
            self.note(f"{self.who} is busy; trying again in {in_words(wait)} …")
            if not self._rested(wait):
                return None
        raise AssertionError("the last attempt answers or raises")

    def _heard(self, model: Speaker, messages: Sequence[BaseMessage]) -> AIMessage | None:
        whole: AIMessageChunk | None = None
        try:
            for chunk in self._pieces(model, messages):
                whole = chunk if whole is None else whole + chunk
        except self.failures as error:
            raise told(error, who=self.who, begun=whole is not None) from error
        if self.stopped():
            # Calls of a half-said answer are not meant to be made.
            return AIMessage(whole.text) if whole is not None else None
        if whole is None:
            raise failure("empty", who=self.who)
        answer = message_chunk_to_message(whole)
        assert isinstance(answer, AIMessage)
        if silent := said_nothing(answer, who=self.who):
            raise silent
        if note := cut_short(answer, who=self.who):
            answer.content = f"{answer.text.rstrip()} …\n\n{note}"
        return answer

    def _pieces(self, model: Speaker, messages: Sequence[BaseMessage]) -> Iterator[AIMessageChunk]:
        pieces: SimpleQueue[_Piece] = SimpleQueue()
        left = Event()
        # The context carries the callbacks by which words reach the person as they come.
        Thread(target=copy_context().run, args=(_speak, model, list(messages), pieces, left), daemon=True).start()
        try:
            while True:
                remaining = self.until - time.monotonic()
                if remaining <= 0:
                    raise failure("slow", who=self.who)
                try:
                    piece = pieces.get(timeout=min(remaining, _LOOK_UP_SECONDS))
                except Empty:
                    piece = _SILENCE
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise piece
                if piece is not _SILENCE:
                    yield piece
                if self.stopped():
                    return
        finally:
            left.set()

    def _wait(self, refusal: ModelFailed, attempt: int) -> float | None:
        """Seconds to wait for another attempt, or None when there is no use in it or no time for it."""
        if refusal.kind not in _PASSING or attempt == MOST_ATTEMPTS:
            return None
        wait = PAUSE_SECONDS if refusal.retry_seconds is None else refusal.retry_seconds
        return wait if time.monotonic() + wait + _ROOM_SECONDS <= self.until else None

    def _rested(self, seconds: float) -> bool:
        """False when stopped meanwhile."""
        over = time.monotonic() + seconds
        while not self.stopped():
            remaining = over - time.monotonic()
            if remaining <= 0:
                return True
            time.sleep(min(remaining, _LOOK_UP_SECONDS))
        return False


def _speak(model: Speaker, messages: list[BaseMessage], pieces: SimpleQueue[_Piece], left: Event) -> None:
    """Every piece, then None or what was raised. Ends early when nobody listens any more."""
    try:
        for piece in model.stream(messages):
            if left.is_set():
                return
            assert isinstance(piece, AIMessageChunk)
            pieces.put(piece)
        pieces.put(None)
    except Exception as error:  # noqa: BLE001 - raised again by whoever listens
        pieces.put(error)
