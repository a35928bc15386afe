"""What is no order by itself is none after a booking, a refusal, an open question or an offer either."""

from typing import Any

import pytest

from dyno_core.agent.models.offline.acting import go_on
from dyno_core.agent.models.offline.frame import Frame
from dyno_core.agent.models.offline.turns import take_turn
from dyno_core.agent.models.offline.vocabulary import Vocabulary
from tests.unit.agent.offline import corpus
from tests.unit.agent.offline.corpus import BOOKED, DECLINED, NO_DYNO, allocation, ok
from tests.unit.agent.offline.measure import WRITES

LAB = Vocabulary(dynos=corpus.DYNOS)
ORDER = "book vehicle 13 for brake from 7 December for 3 days"
WINDOW = ok({"windows": [{"dyno": "PGN 1", "start_date": "2026-12-07", "end_date": "2026-12-09"}]})
ANSWERS = ("yes", "42")
"""Orders of nothing alone, but right answers to an offer or to “which one?”."""
NO_ORDERS = tuple(
    phrase.text
    for phrase in corpus.PHRASES
    if not phrase.expected.asks
    and not WRITES & {name for name, _ in phrase.expected.calls}
    and phrase.text not in ANSWERS
    and phrase.expected.says != "undo"
)


def frame_after(text: str, result: dict[str, Any] | None) -> Frame:
    reply = take_turn(text, Frame(), vocabulary=LAB, today=corpus.TODAY)
    if result is None:
        return reply.frame
    return go_on(reply.frame, [result], vocabulary=LAB, today=corpus.TODAY).frame


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param(ORDER, BOOKED, id="a booking that was made"),
        pytest.param(ORDER, DECLINED, id="a booking that was declined"),
        pytest.param(ORDER, NO_DYNO, id="a refusal with an offer"),
        pytest.param("cancel 42", ok({"receipt": "Done.", "allocation": allocation(42)}), id="a cancellation"),
        pytest.param("earliest slot for vehicle 13, brake, 3 days", WINDOW, id="a window"),
        pytest.param("book vehicle 13 for brake", None, id="an open question"),
        pytest.param("should we cancel 42?", None, id="an offer"),
        pytest.param("cancel 195W114", ok([allocation(42), allocation(43)]), id="which one"),
    ],
)
def test_what_is_no_order_proposes_no_change_after(text: str, result: dict[str, Any] | None) -> None:
    frame = frame_after(text, result)
    written = [
        (said, call)
        for said in NO_ORDERS
        for call in take_turn(said, frame, vocabulary=LAB, today=corpus.TODAY).calls
        if call.name in WRITES
    ]
    assert len(NO_ORDERS) > 200
    assert written == []
