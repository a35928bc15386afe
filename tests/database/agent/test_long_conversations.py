"""Long conversations stay small for the model and in the database."""

from sqlalchemy import text

from tests.fixtures.agent import Chat, booking, decide, say


def test_a_long_conversation_is_shortened_and_keeps_its_receipts(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    for number in range(14):
        chat.script.turns = ["word " * 1500]
        say(chat, f"question {number} " + "and so on " * 100)
    chat.script.turns = ["Yes."]
    say(chat, "did you book it?")
    prompt = chat.script.asked[-1][0].text
    assert "- done: Booked: allocation 1" in prompt
    assert len(chat.script.asked[-1]) < 20


def test_after_each_turn_only_the_last_state_is_kept(chat: Chat) -> None:
    for _ in range(3):
        chat.script.turns = [[("get_datetime_now", {}, "c1")], "Wednesday."]
        say(chat, "what day is it?")
    with chat.agent.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM langgraph.checkpoints")).scalar_one() == 1
