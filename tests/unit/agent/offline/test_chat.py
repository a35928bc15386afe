"""`OfflineChat` as LangChain sees it: streams, tool calls, tool results and memory."""

import json
from datetime import date
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from dyno_core.agent.models.offline import OfflineChat
from tests.unit.agent.offline.corpus import BOOKED, NO_DYNO, allocation, ok

ORDER = "book vehicle 13 for brake from 7 December for 3 days"
TOOLS = frozenset({"auto_allocate_vehicle", "reschedule_allocation", "cancel_allocation", "check_vehicle_allocation",
                   "query_database", "list_dynos", "find_next_available_window", "detect_conflicts",
                   "find_available_dynos"})  # fmt: skip
MODEL = OfflineChat(today=date(2026, 11, 18), tool_names=TOOLS)


def say(*messages: BaseMessage) -> AIMessage:
    answer = MODEL.invoke([SystemMessage("You plan dynos."), *messages])
    assert isinstance(answer, AIMessage)
    return answer


def results(message: AIMessage, *payloads: Any) -> list[BaseMessage]:
    return [
        ToolMessage(payload if isinstance(payload, str) else json.dumps(payload), tool_call_id=call["id"], name=call["name"])
        for call, payload in zip(message.tool_calls, payloads, strict=True)
    ]  # fmt: skip


def test_a_stream_gives_a_few_words_at_once_and_the_calls_in_the_last_chunk() -> None:
    chunks = list(MODEL.stream([HumanMessage(ORDER)]))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert isinstance(whole, AIMessageChunk)
    counts = [len(chunk.text.split()) for chunk in chunks]
    assert len(counts) > 2
    assert 1 <= counts[0] <= max(counts) <= 8
    assert [chunk for chunk in chunks if isinstance(chunk, AIMessageChunk) and chunk.tool_call_chunks] == [
        next(chunk for chunk in reversed(chunks) if isinstance(chunk, AIMessageChunk) and chunk.tool_call_chunks)
    ]
    invoked = say(HumanMessage(ORDER))
    assert whole.text == invoked.text
    assert [call["args"] for call in whole.tool_calls] == [call["args"] for call in invoked.tool_calls]
    assert whole.additional_kwargs["frame"] == invoked.additional_kwargs["frame"]


def test_without_bound_tools_nothing_is_called() -> None:
    answer = OfflineChat(today=date(2026, 11, 18)).invoke([HumanMessage(ORDER)])
    assert isinstance(answer, AIMessage)
    assert answer.tool_calls == []
    assert "Nothing was changed" in answer.text


def test_only_bound_tools_are_called() -> None:
    @tool
    def list_dynos() -> str:
        """All dynos."""
        return "[]"

    bound = OfflineChat(today=date(2026, 11, 18)).bind_tools([list_dynos])
    assert [call["name"] for call in bound.invoke([HumanMessage("list all dynos")]).tool_calls] == ["list_dynos"]
    assert bound.invoke([HumanMessage(ORDER)]).tool_calls == []


def test_two_calls_never_share_an_id() -> None:
    assert say(HumanMessage(ORDER)).tool_calls[0]["id"] != say(HumanMessage(ORDER)).tool_calls[0]["id"]


def test_the_proposal_names_weekday_and_full_dates() -> None:
    assert "Mon 7 Dec 2026 to Wed 9 Dec 2026 (3 days)" in say(HumanMessage(ORDER)).text


def test_a_booking_is_told_with_number_dyno_and_dates() -> None:
    first = say(HumanMessage(ORDER))
    told = say(HumanMessage(ORDER), first, *results(first, BOOKED)).text
    assert told == "Booked: allocation #51: 195W114, brake, on PGN 3, Mon 7 Dec 2026 to Wed 9 Dec 2026 (scheduled)."


def test_a_refusal_is_told_in_its_own_words_and_offers_the_window_it_names() -> None:
    first = say(HumanMessage(ORDER))
    told = say(HumanMessage(ORDER), first, *results(first, NO_DYNO))
    assert str(NO_DYNO["message"]) in told.text
    assert "Mon 14 Dec 2026 to Wed 16 Dec 2026" in told.text


def test_what_is_looked_up_is_said_at_once_and_not_again() -> None:
    order = HumanMessage("which dynos are free next week for a light 2WD brake test?")
    first = say(order)
    assert first.text == "**Free dynos**: brake test, light (<10K), 2WD, Mon 23 Nov 2026 to Sun 29 Nov 2026"
    told = say(order, first, *results(first, ok([{"name": "PGN 1", "facility": "PGN"}]))).text
    assert told.startswith("1 dyno is free, in order of preference:")
    unsaid = say(order, first.model_copy(update={"content": ""}), *results(first, ok([{"name": "PGN 1"}]))).text
    assert unsaid.startswith("1 dyno is free Mon 23 Nov 2026 to Sun 29 Nov 2026")


def test_several_look_ups_are_named_at_once_and_told_apart() -> None:
    order = HumanMessage("what is running now and are there any conflicts?")
    first = say(order)
    assert first.text == "Looking up: Running now, Conflicts."
    told = say(order, first, *results(first, ok([allocation(42)]), ok([]))).text
    assert "**Running now** (1)" in told
    assert "There are no conflicts" in told


def test_a_change_that_needs_a_look_up_is_repeated_before_it() -> None:
    order = HumanMessage("move 195W114 two days later")
    first = say(order)
    assert first.text == "I understood: move the allocation of vehicle 195W114, 2 days later."
    second = say(order, first, *results(first, ok([allocation(42)])))
    assert second.text == "That is: move allocation #42, to Wed 9 Dec 2026."


def test_all_my_bookings_stand_on_one_card_up_to_a_bound_and_the_rest_is_told() -> None:
    order = HumanMessage("please cancel all my bookings")
    first = say(order)
    assert first.text == "I understood: cancel all your bookings."
    rows = [allocation(number) for number in range(1, 13)]
    answer = say(order, first, *results(first, ok([*rows, allocation(20, status="in_progress")])))
    assert [call["args"]["allocation_id"] for call in answer.tool_calls] == list(range(1, 11))
    assert "You have 12 bookings of that kind; these are the first 10" in answer.text
    assert "Already in progress, so left out: #20." in answer.text
    assert answer.text.endswith("That is: cancel allocations #1, #2, #3, #4, #5, #6, #7, #8, #9 and #10.")
    no = {"ok": False, "error": "declined", "message": "The person said no; nothing was changed."}
    gone = ok({"allocation": allocation(1, status="cancelled")})
    for payloads, end in (
        ([gone, *[no] * 9], "The 9 you said no to stay as they are."),
        ([gone] * 9 + [no], "The one you said no to stays as it is."),
        ([no] * 10, "All right, nothing was changed."),
    ):
        after = say(order, first, *results(first, ok(rows)), answer, *results(answer, *payloads))
        assert after.text.endswith(end)
        assert ("nothing was changed" in after.text) is (gone not in payloads)
    for question in ("should I cancel all my bookings?", "show all my bookings"):
        assert say(HumanMessage(question)).text == "**In the plan**: booked by you"


def test_the_day_on_which_a_test_stands_says_which_one_is_moved() -> None:
    order = HumanMessage("move my monday test to thursday 26 november")
    first = say(order)
    rows = [allocation(42), allocation(43, start_date="2026-11-23", end_date="2026-11-24")]
    (call,) = say(order, first, *results(first, ok(rows))).tool_calls
    assert call["args"] == {"allocation_id": 43, "start_date": "2026-11-26"}


def test_my_bookings_of_a_vehicle_are_not_everybodys() -> None:
    (call,) = say(HumanMessage("cancel my bookings of 195W114 on PGN 3")).tool_calls
    assert "created_by = :me" in call["args"]["sql"]
    assert "upper(tag) = upper('195W114')" in call["args"]["sql"]


def test_memory_survives_serialized_messages() -> None:
    first = say(HumanMessage("book vehicle 13 for brake"))
    restored = AIMessage(**json.loads(first.model_dump_json(include={"content", "additional_kwargs"})))
    answer = say(HumanMessage("book vehicle 13 for brake"), restored, HumanMessage("7 December, 3 days"))
    assert [call["name"] for call in answer.tool_calls] == ["auto_allocate_vehicle"]


def test_two_days_later_is_counted_from_where_the_allocation_stands() -> None:
    order = HumanMessage("move 195W114 two days later")
    first = say(order)
    second = say(order, first, *results(first, ok([allocation(42)])))
    assert [call["args"] for call in second.tool_calls] == [{"allocation_id": 42, "start_date": "2026-12-09"}]


def test_an_extension_moves_only_the_end() -> None:
    order = HumanMessage("extend allocation 42 by 2 days")
    first = say(order)
    second = say(order, first, *results(first, ok([allocation(42)])))
    assert [call["args"] for call in second.tool_calls] == [{"allocation_id": 42, "end_date": "2026-12-11"}]


def test_completed_and_cancelled_allocations_are_not_offered_for_cancelling() -> None:
    order = HumanMessage("cancel 195W114")
    first = say(order)
    rows = [allocation(41, status="completed"), allocation(42, status="cancelled")]
    answer = say(order, first, *results(first, ok(rows)))
    assert answer.tool_calls == []
    assert "no active allocation" in answer.text


def test_the_test_type_picks_among_several_allocations() -> None:
    order = HumanMessage("cancel the evap test of 195W114")
    first = say(order)
    answer = say(order, first, *results(first, ok([allocation(42), allocation(43, test_type="evap")])))
    assert [call["args"]["allocation_id"] for call in answer.tool_calls] == [43]
    assert answer.text == "That is: cancel allocation #43."


def test_a_failed_lookup_is_told_and_nothing_is_proposed() -> None:
    order = HumanMessage("cancel vehicle 99")
    first = say(order)
    refusal = {"ok": False, "error": "not_found", "message": "There is no vehicle 99."}
    answer = say(order, first, *results(first, refusal))
    assert (answer.tool_calls, answer.text) == ([], "There is no vehicle 99.")


def test_results_in_another_order_go_to_their_own_call() -> None:
    order = HumanMessage("show conflicts and list all dynos")
    first = say(order)
    conflicts, dynos = results(first, ok([]), ok([{"id": 1, "name": "PGN 1", "facility": "PGN"}]))
    told = say(order, first, dynos, conflicts).text
    assert told.index("There are no conflicts") < told.index("PGN 1")


def test_another_models_call_is_answered_too() -> None:
    call = {"name": "detect_conflicts", "args": {}, "id": "call_1"}
    foreign = AIMessage("", tool_calls=[call])
    assert say(HumanMessage("?"), foreign, *results(foreign, ok([]))).text == "There are no conflicts in the plan."


def test_an_unanswered_call_and_plain_text_results_are_told() -> None:
    order = HumanMessage("show conflicts and list all dynos")
    first = say(order)
    only = ToolMessage("The tool failed, reference 7.", tool_call_id=first.tool_calls[1]["id"], status="error")
    told = say(order, first, only).text
    assert "interrupted" in told
    assert "reference 7" in told


def test_blocks_as_content_are_read() -> None:
    assert say(HumanMessage([{"type": "text", "text": "list all dynos"}])).tool_calls[0]["name"] == "list_dynos"


def test_undo_right_after_a_booking_cancels_it_and_nothing_else() -> None:
    first = say(HumanMessage(ORDER))
    told = say(HumanMessage(ORDER), first, *results(first, BOOKED))
    undone = say(HumanMessage(ORDER), first, *results(first, BOOKED), told, HumanMessage("undo that"))
    assert [call["args"]["allocation_id"] for call in undone.tool_calls] == [51]
    assert say(HumanMessage("undo that")).tool_calls == []


def test_a_refused_day_is_not_offered_again() -> None:
    first = say(HumanMessage(ORDER))
    past = {"ok": False, "error": "in_the_past", "message": "That is past.", "facts": {"start": "2026-12-07"}}
    answer = say(HumanMessage(ORDER), first, *results(first, past))
    assert answer.text == "That is past."
    assert answer.additional_kwargs["frame"]["state"] == "answered"


def test_the_day_picks_among_several_allocations() -> None:
    order = HumanMessage("cancel the allocation of 195W114 on 5 January")
    first = say(order)
    rows = [allocation(42), allocation(43, start_date="2027-01-04", end_date="2027-01-06")]
    answer = say(order, first, *results(first, ok(rows)))
    assert [call["args"]["allocation_id"] for call in answer.tool_calls] == [43]


def test_a_move_says_the_day_it_goes_to() -> None:
    told = say(HumanMessage("move 42 to next Monday")).text
    assert told == "I understood: move allocation #42, to Mon 23 Nov 2026."


def test_a_memory_of_an_older_version_is_read() -> None:
    old = AIMessage("Which day?", additional_kwargs={"frame": {"tasks": [], "state": "asked"}})
    assert say(HumanMessage("book"), old, HumanMessage("list all dynos")).tool_calls[0]["name"] == "list_dynos"


def test_an_open_question_without_its_task_does_not_stop_the_chat() -> None:
    old = AIMessage("Which day?", additional_kwargs={"frame": {"tasks": [], "state": "asked"}})
    assert "for example" in say(HumanMessage("book"), old, HumanMessage("hm")).text.lower()
