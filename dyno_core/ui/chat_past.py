"""The conversation so far: questions, answers, what waits for a yes, and what was cut off."""

from collections.abc import Sequence

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.choices import ways_in_words
from dyno_core.agent.conversations import Message
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
) -> None:
    """``waiting``: the question that is open. ``answering``: an answer is drawn below, so nothing is to press here."""
    for at, message in enumerate(messages):
        if message.role == "user":
            draw_question(message.text)
            continue
        with assistant():
            is_asking = waiting is not None and at == len(messages) - 1
            offered = () if answering or waiting else offers(agent, messages, at)
            unsaid = ways_in_words(message.events) if any(one.settled is None for one in offered) else ()
            draw_answer(message, card_is_open=is_asking, unsaid=unsaid)
            if waiting and is_asking:
                question_card(agent, actor, conversation_id, waiting)
            elif not answering:
                draw_offers(agent, actor, conversation_id, offered)
                foot(agent, actor, conversation_id, messages, at)
    if not answering and messages and messages[-1].role == "user":
        with assistant():
            if waiting:
                question_card(agent, actor, conversation_id, waiting)
            else:
                cut_off(agent, actor, conversation_id)
