"""Finishing what a crash cut off, and deleting a conversation with all that the agent remembers of it."""

import pytest
from sqlalchemy import text

from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.conversations import ConversationNotFound, create_conversation, list_conversations
from dyno_core.agent.turns import run_turn
from dyno_core.agent.upkeep import finish_turn, remove_conversation
from tests.builders import scalar
from tests.fixtures.agent import Chat, booking, given_person, of_type, say


def remembered(chat: Chat, table: str) -> set[str]:
    with chat.agent.database.reading() as session:
        return set(session.scalars(text(f"SELECT DISTINCT thread_id FROM langgraph.{table}")))


def test_a_deleted_conversation_leaves_the_record_and_nothing_for_the_agent(chat: Chat) -> None:
    booking(chat)
    other = Chat(chat.agent, chat.actor, create_conversation(chat.agent.database, chat.actor).id, chat.script)
    say(other, "hello")
    remove_conversation(chat.agent, chat.actor, chat.thread_id)
    assert [one.id for one in list_conversations(chat.agent.database, chat.actor)] == [other.thread_id]
    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
        assert remembered(chat, table) <= {f"{chat.actor.id}:{other.thread_id}"}
    with chat.agent.database.reading() as session:
        kept = session.scalars(text("SELECT text FROM chat_messages WHERE thread_id = :id"), {"id": chat.thread_id})
        assert "book it" in list(kept)


def test_nobody_deletes_another_persons_conversation_or_one_that_is_answered(chat: Chat) -> None:
    say(chat, "hello")
    with pytest.raises(ConversationNotFound):
        remove_conversation(chat.agent, given_person(chat.agent.database, email="other@example.com"), chat.thread_id)
    answer = run_turn(chat.agent, chat.actor, chat.thread_id, "more")
    next(answer)
    with pytest.raises(StillAnswering):
        remove_conversation(chat.agent, chat.actor, chat.thread_id)
    list(answer)
    remove_conversation(chat.agent, chat.actor, chat.thread_id)


def test_a_typed_yes_whose_answer_was_lost_tells_its_receipt_and_books_no_second_time(chat: Chat) -> None:
    booking(chat)
    say(chat, "yes")
    lost = "DELETE FROM chat_messages WHERE id = (SELECT max(id) FROM chat_messages)"
    with chat.agent.database.writing() as session:
        session.execute(text(lost))

    events = list(finish_turn(chat.agent, chat.actor, chat.thread_id))

    assert "receipt" in of_type(events, "tool_result")[0]["data"]
    assert scalar(chat.agent.database, "SELECT count(*) FROM allocations WHERE kind = 'test'") == 1
