"""What engineers, planners and managers type, and what the offline model must make of it. Data only.

Today is Wednesday 18 November 2026. A third is held out: it is measured, and no rule was changed for it. Which third:
the first corpus held out every third entry of its lists; of what came later the hash of the text decides, and of
`invented` nothing is held out.
"""

from collections.abc import Iterable
from hashlib import sha256

from tests.unit.agent.offline.corpus.bookings import BOOKINGS
from tests.unit.agent.offline.corpus.changes import CHANGES
from tests.unit.agent.offline.corpus.dialogues import DIALOGUES as LATER_DIALOGUES
from tests.unit.agent.offline.corpus.entries import (
    BOOK,
    CANCEL,
    CHECK,
    DYNOS,
    EXPLAIN,
    FIND,
    MOVE,
    SQL,
    STATUS,
    TODAY,
    USE,
    VIN,
    WINDOW,
    Dialogue,
    Expected,
    Phrase,
    Turn,
    asks,
    book,
    both,
    calls,
    find,
    no_write,
    p,
    says,
    sql,
)
from tests.unit.agent.offline.corpus.first_dialogues import FIRST_DIALOGUES
from tests.unit.agent.offline.corpus.first_phrases import FIRST_PHRASES
from tests.unit.agent.offline.corpus.invented import INVENTED, INVENTED_DIALOGUES
from tests.unit.agent.offline.corpus.planners import PLANNERS
from tests.unit.agent.offline.corpus.questions import QUESTIONS
from tests.unit.agent.offline.corpus.results import BOOKED, DECLINED, NO_DYNO, allocation, ok
from tests.unit.agent.offline.corpus.talk import TALK


def held_out(text: str) -> bool:
    """Whether a text of the later corpus belongs to the third that is only measured."""
    return sha256(text.encode()).digest()[0] % 3 == 0


def _split(entries: Iterable[Phrase]) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    every = tuple(entries)
    return tuple(one for one in every if not held_out(one.text)), tuple(one for one in every if held_out(one.text))


LATER_PHRASES = (*BOOKINGS, *CHANGES, *QUESTIONS, *PLANNERS, *TALK)
PHRASES = (*FIRST_PHRASES, *LATER_PHRASES, *INVENTED)
DIALOGUES = (*FIRST_DIALOGUES, *LATER_DIALOGUES, *INVENTED_DIALOGUES)

_TUNED_LATER, HELD_OUT_LATER_PHRASES = _split(LATER_PHRASES)
HELD_OUT_LATER_DIALOGUES = tuple(one for one in LATER_DIALOGUES if held_out(one.name))

TUNED_PHRASES = (*(one for index, one in enumerate(FIRST_PHRASES) if index % 3 != 2), *_TUNED_LATER, *INVENTED)
HELD_OUT_PHRASES = (*FIRST_PHRASES[2::3], *HELD_OUT_LATER_PHRASES)
TUNED_DIALOGUES = (
    *(one for index, one in enumerate(FIRST_DIALOGUES) if index % 3 != 2),
    *(one for one in LATER_DIALOGUES if not held_out(one.name)),
    *INVENTED_DIALOGUES,
)
HELD_OUT_DIALOGUES = (*FIRST_DIALOGUES[2::3], *HELD_OUT_LATER_DIALOGUES)

__all__ = [
    "BOOK", "BOOKED", "CANCEL", "CHECK", "DECLINED", "DIALOGUES", "DYNOS", "EXPLAIN", "FIND", "HELD_OUT_DIALOGUES",
    "HELD_OUT_LATER_DIALOGUES", "HELD_OUT_LATER_PHRASES", "HELD_OUT_PHRASES", "INVENTED", "MOVE", "NO_DYNO", "PHRASES", "SQL",
    "STATUS", "TODAY", "TUNED_DIALOGUES", "TUNED_PHRASES", "USE", "VIN", "WINDOW", "Dialogue", "Expected", "Phrase",
    "Turn", "allocation", "asks", "book", "both", "calls", "find", "no_write", "ok", "p", "says", "sql",
]  # fmt: skip
