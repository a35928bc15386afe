"""What a model gets to see of a conversation."""

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately

from dyno_core.agent.history import KEPT, LONG, digest, is_long, repaired, split, view
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
    cut, kept = split(messages, tokens=KEPT)
    assert [*cut, *kept] == messages
    assert isinstance(kept[0], HumanMessage)
    assert len(kept) < len(messages) / 2


def test_the_last_question_is_kept_however_long_what_it_brought_is() -> None:
    messages = [
        HumanMessage("old"),
        AIMessage("old"),
        HumanMessage("new"),
        asked("a"),
        ToolMessage("x" * 90_000, tool_call_id="a"),
    ]
    assert split(messages, tokens=KEPT) == (messages[:2], messages[2:])


def test_what_a_model_is_not_sent_it_is_told_of() -> None:
    messages = [one for number in range(300) for one in (HumanMessage(f"q{number} " + "x" * 400), AIMessage("y" * 40))]
    for length in (20, 200, 400, 600):
        shown, earlier = view(messages[:length], before="- done: Moved: allocation 1.")
        assert count_tokens_approximately(shown) <= LONG
        assert shown[-1] == messages[length - 1]
        cut = length - len(shown)
        assert cut == 0 or f"- asked: q{cut // 2 - 1} " in earlier
        assert earlier.endswith("- done: Moved: allocation 1.")


def test_a_digest_keeps_every_change_what_is_to_be_remembered_and_the_last_questions() -> None:
    booked = ToolMessage(done({"receipt": "Booked: allocation 7."}), name="auto_allocate_vehicle", tool_call_id="a")
    declined = ToolMessage(failed("declined", "no"), name="cancel_allocation", tool_call_id="b")
    begun = digest([HumanMessage("hello"), HumanMessage("My truck is 100W100,\nremember that.")])
    talk = [one for n in range(60) for one in (HumanMessage(f"q{n}"), AIMessage(f"a{n}"))]
    lines = digest([HumanMessage("book it"), booked, declined, *talk], before=f"{begun}\n- done: Moved: allocation 1.")
    assert lines.splitlines()[:2] == ["- began with: hello", "- wants remembered: My truck is 100W100, remember that."]
    assert lines.splitlines()[-3:] == [
        "- answered: a59",
        "- done: Moved: allocation 1.",
        "- done: Booked: allocation 7.",
    ]
    assert "- asked: q59" in lines
    assert "- asked: q1\n" not in lines


def test_a_digest_stays_small_however_long_it_goes_on() -> None:
    told = ""
    for number in range(50):
        receipt = ToolMessage(done({"receipt": "R" * 9_000}), name="cancel_allocation", tool_call_id="b")
        told = digest([HumanMessage(f"remember {number} " + "x" * 9_000), AIMessage("y" * 9_000), receipt], before=told)
    assert len(told) < 25_000
