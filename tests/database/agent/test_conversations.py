"""Conversations: one's own, named, searched, rated, and out of reach for everybody else."""

import pytest

from dyno_core.accounts.roles import OPERATOR
from dyno_core.agent.conversations import (
    ConversationNotFound,
    NewMessage,
    add_message,
    create_conversation,
    delete_conversation,
    get_conversation,
    list_conversations,
    messages_of,
    rate_message,
    rename_conversation,
)
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotSignedIn
from tests.fixtures.agent import given_person


def test_the_first_question_names_a_conversation_and_a_name_given_by_hand_stays(fresh_database: Database) -> None:
    actor = given_person(fresh_database)
    thread = create_conversation(fresh_database, actor)
    add_message(fresh_database, actor, thread.id, NewMessage(role="user", text="which\n dynos are free?"))
    assert get_conversation(fresh_database, actor, thread.id).title == "Which dynos are free?"
    rename_conversation(fresh_database, actor, thread.id, "  Free dynos ")
    add_message(fresh_database, actor, thread.id, NewMessage(role="user", text="and now?"))
    assert get_conversation(fresh_database, actor, thread.id).title == "Free dynos"
    with pytest.raises(InvalidInput, match="needs a name"):
        rename_conversation(fresh_database, actor, thread.id, " ")


def test_conversations_are_listed_latest_first_and_found_by_what_was_said(fresh_database: Database) -> None:
    actor = given_person(fresh_database)
    first, second = (create_conversation(fresh_database, actor, title=title) for title in ("One", "Two"))
    add_message(fresh_database, actor, first.id, NewMessage(role="user", text="100% about durability"))
    assert [one.title for one in list_conversations(fresh_database, actor)] == ["One", "Two"]
    assert [one.id for one in list_conversations(fresh_database, actor, search="DURABILITY")] == [first.id]
    assert [one.id for one in list_conversations(fresh_database, actor, search="two")] == [second.id]
    assert [one.id for one in list_conversations(fresh_database, actor, search="100%")] == [first.id]
    assert list_conversations(fresh_database, actor, search="_") == ()


def test_a_deleted_conversation_is_gone_for_its_person(fresh_database: Database) -> None:
    actor = given_person(fresh_database)
    thread = create_conversation(fresh_database, actor)
    delete_conversation(fresh_database, actor, thread.id)
    delete_conversation(fresh_database, actor, thread.id)
    assert list_conversations(fresh_database, actor) == ()
    with pytest.raises(ConversationNotFound):
        messages_of(fresh_database, actor, thread.id)


@pytest.mark.parametrize("wanted", ["", "1", "x' or '1'='1", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_an_id_that_is_none_is_refused_like_one_of_somebody_else(fresh_database: Database, wanted: str) -> None:
    with pytest.raises(ConversationNotFound):
        get_conversation(fresh_database, given_person(fresh_database), wanted)


def test_nobody_reads_renames_deletes_or_rates_what_another_person_said(fresh_database: Database) -> None:
    owner = given_person(fresh_database)
    other = given_person(fresh_database, email="other@example.com")
    thread = create_conversation(fresh_database, owner)
    message = add_message(fresh_database, owner, thread.id, NewMessage(role="assistant", text="private"))
    for attempt in (
        lambda: get_conversation(fresh_database, other, thread.id),
        lambda: messages_of(fresh_database, other, thread.id),
        lambda: rename_conversation(fresh_database, other, thread.id, "mine"),
        lambda: delete_conversation(fresh_database, other, thread.id),
        lambda: add_message(fresh_database, other, thread.id, NewMessage(role="user", text="hi")),
        lambda: rate_message(fresh_database, other, message, helpful=False),
    ):
        with pytest.raises(ConversationNotFound):
            attempt()
    assert list_conversations(fresh_database, other, search="private") == ()
    with pytest.raises(NotSignedIn):
        list_conversations(fresh_database, OPERATOR)


def test_a_second_thumb_replaces_the_first(fresh_database: Database) -> None:
    actor = given_person(fresh_database)
    thread = create_conversation(fresh_database, actor)
    message = add_message(fresh_database, actor, thread.id, NewMessage(role="assistant", text="hi"))
    rate_message(fresh_database, actor, message, helpful=False, reason=" wrong \x00dyno ")
    assert [(one.helpful, one.reason) for one in messages_of(fresh_database, actor, thread.id)] == [
        (False, "wrong dyno")
    ]
    rate_message(fresh_database, actor, message, helpful=True)
    assert [(one.helpful, one.reason) for one in messages_of(fresh_database, actor, thread.id)] == [(True, "")]
