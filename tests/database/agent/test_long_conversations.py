"""Long conversations stay small for the model and in the database."""

from langchain_core.messages.utils import count_tokens_approximately
from sqlalchemy import text

from dyno_core.agent.conversations import messages_of
from dyno_core.agent.history import LONG
from tests.fixtures.agent import BOOK, Chat, decide, of_type, say


def sizes(chat: Chat) -> tuple[int, int, int]:
    """Checkpoints, waiting writes, and bytes of what is kept of all conversations."""
    with chat.agent.database.reading() as session:
        found = session.execute(
            text(
                "SELECT (SELECT count(*) FROM langgraph.checkpoints), (SELECT count(*) FROM langgraph.checkpoint_writes), "
                "(SELECT sum(length(blob)) FROM langgraph.checkpoint_blobs) + "
                "(SELECT sum(length(checkpoint::text) + length(metadata::text)) FROM langgraph.checkpoints)"
            )
        ).one()
        return found[0], found[1], int(found[2])


def test_however_long_it_goes_on_its_beginning_is_remembered_and_nothing_grows(chat: Chat) -> None:
    chat.script.turns = [[("auto_allocate_vehicle", BOOK, "first")], "Booked."]
    question = of_type(say(chat, "Remember that my truck is 100W100. Book it for a brake test."), "approval_required")[
        0
    ]
    decide(chat, question["id"], "approve")
    largest = 0
    for number in range(30):
        page = "word-" * 1_600  # one word: how it is streamed is not what is looked at here
        chat.script.turns = [[("list_dynos", {}, f"c{number}")], page] if number % 10 == 0 else [page]
        say(chat, f"question {number} " + "and so on " * 20)
        largest = max(largest, count_tokens_approximately(chat.script.asked[-1][1:]))
    assert LONG * 0.8 < largest <= LONG
    prompt = chat.script.asked[-1][0].text
    assert "- wants remembered: Remember that my truck is 100W100." in prompt
    assert "- done: Booked: allocation 1" in prompt
    checkpoints, waiting, size = sizes(chat)
    assert (checkpoints, waiting) == (1, 0)
    assert size < 250_000, "roughly the characters of LONG tokens, and their frame"
    assert len(messages_of(chat.agent.database, chat.actor, chat.thread_id)) == 64, "people see all of it"


def test_after_each_turn_only_the_last_state_is_kept(chat: Chat) -> None:
    for _ in range(3):
        chat.script.turns = [[("get_datetime_now", {}, "c1")], "Wednesday."]
        say(chat, "what day is it?")
    with chat.agent.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM langgraph.checkpoints")).scalar_one() == 1
