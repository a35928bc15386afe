"""What a model gets to see of a conversation."""

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from dyno_core.agent.history import digest, is_long, recent, repaired
from dyno_core.agent.results import done, failed


def asked(*identifiers: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "get_dyno", "args": {}, "id": one} for one in identifiers])


def answered(identifier: str) -> ToolMessage:
    return ToolMessage(done({}), name="get_dyno", tool_call_id=identifier)


def shape(messages: list[object]) -> list[str]:
    return [getattr(one, "tool_call_id", None) or type(one).__name__[0] for one in messages]


def test_a_complete_conversation_is_left_as_it_is() -> None:
    messages = [HumanMessage("hi"), asked("a", "b"), answered("a"), answered("b"), AIMessage("there")]
    assert repaired(messages) == messages


def test_a_call_without_an_answer_gets_one_right_behind_it() -> None:
    messages = [HumanMessage("hi"), asked("a", "b"), answered("b"), HumanMessage("hello?"), asked("c")]
    mended = repaired(messages)
    assert shape(mended) == ["H", "A", "a", "b", "H", "A", "c"]
    assert "interrupted" in mended[2].text


def test_an_answer_that_comes_late_is_put_behind_its_call() -> None:
    messages = [asked("a"), HumanMessage("hello?"), answered("a")]
    assert shape(repaired(messages)) == ["A", "a", "H"]


def test_only_the_end_of_a_long_conversation_is_kept_and_it_begins_with_a_person() -> None:
    messages = [one for number in range(400) for one in (HumanMessage(f"q{number} " + "x" * 400), AIMessage("y" * 400))]
    assert is_long(messages)
    kept = recent(messages)
    assert isinstance(kept[0], HumanMessage)
    assert kept[-1] is messages[-1]
    assert len(kept) < len(messages) / 2


def test_the_last_question_is_kept_however_long_what_it_brought_is() -> None:
    messages = [
        HumanMessage("old"),
        AIMessage("old"),
        HumanMessage("new"),
        asked("a"),
        ToolMessage("x" * 90_000, tool_call_id="a"),
    ]
    assert recent(messages) == messages[2:]


def test_a_digest_keeps_every_change_and_the_last_questions() -> None:
    booked = ToolMessage(done({"receipt": "Booked: allocation 7."}), name="auto_allocate_vehicle", tool_call_id="a")
    declined = ToolMessage(failed("declined", "no"), name="cancel_allocation", tool_call_id="b")
    messages = [HumanMessage("book it"), booked, declined, *(HumanMessage(f"q{n}") for n in range(30))]
    lines = digest(messages, before="- done: Moved: allocation 1.").splitlines()
    assert lines[-2:] == ["- done: Moved: allocation 1.", "- done: Booked: allocation 7."]
    assert "- asked: q29" in lines
    assert "- asked: q1" not in lines
