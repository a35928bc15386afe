"""The conversation so far: questions, answers, what waits for a yes, and what was cut off."""

from collections.abc import Callable, Sequence

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.choices import ways_in_words
from dyno_core.agent.conversations import Message
from dyno_core.agent.nodes import OFFLINE_CAN
from dyno_core.agent.runs import Run
from dyno_core.agent.turns import Pending
from dyno_core.ui.chat_answers import assistant, draw_answer, draw_question
from dyno_core.ui.chat_approval import question_card
from dyno_core.ui.chat_cards import foot
from dyno_core.ui.chat_live import cut_off
from dyno_core.ui.chat_ways import draw_offers, offers


def said_before(messages: Sequence[Message], run: Run | None) -> Sequence[Message]:
    """The messages without those of the answer under way: it may be stored already, and is drawn while it is given."""
    return messages if run is None else [one for one in messages if one.id <= run.after]


def draw_past(
    agent: Agent,
    actor: Actor,
    conversation_id: str,
    messages: Sequence[Message],
    *,
    waiting: Pending | None,
    answering: bool,
    end_of_stage: Callable[[], object],
) -> None:
    """``waiting``: the question that is open. ``answering``: an answer is drawn below, so nothing is to press here.

    ``end_of_stage`` clears the place below, where the last answer stood while it was given; it is called unless an
    answer is drawn there, right before the last words are drawn: they are to be seen once at any moment.
    """
    # Asked for before anything is drawn: between the last question and its answer there is to be no pause.
    offered_at = [
        () if answering or waiting or one.role == "user" else offers(agent, messages, at)
        for at, one in enumerate(messages)
    ]
    for at, (message, offered) in enumerate(zip(messages, offered_at, strict=True)):
        if message.role == "user":
            draw_question(message.text)
            continue
        with assistant():
            is_asking = waiting is not None and at == len(messages) - 1
            unsaid = ways_in_words(message.events) if any(one.settled is None for one in offered) else ()
            if answering or at < len(messages) - 1:
                unsaid = (*unsaid, OFFLINE_CAN)  # Its button stands under the last answer only.
            if not answering and at == len(messages) - 1:
                end_of_stage()
            draw_answer(message, card_is_open=is_asking, unsaid=unsaid)
            if waiting and is_asking:
                question_card(agent, actor, conversation_id, waiting)
            elif not answering:
                draw_offers(agent, actor, conversation_id, offered)
                foot(agent, actor, conversation_id, messages, at)
    if not answering and messages and messages[-1].role == "user":
        end_of_stage()
        with assistant():
            if waiting:
                question_card(agent, actor, conversation_id, waiting)
            else:
                cut_off(agent, actor, conversation_id)
