"""The chat page on the real agent: ask, agree once, take back, and nobody else's words."""

from datetime import date
from typing import Any, NoReturn

import pytest
from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.agent.checkpoints import set_up
from dyno_core.agent.conversations import (
    NewMessage,
    add_message,
    create_conversation,
    delete_conversation,
    list_conversations,
    messages_of,
)
from dyno_core.agent.turns import run_turn
from dyno_core.audit.log import Origin
from dyno_core.booking import allocate_vehicle, cancel_allocation, list_allocations
from dyno_core.clock import FixedClock
from dyno_core.database.engine import Database
from dyno_core.errors import DatabaseUnavailable
from dyno_core.start import App
from dyno_core.ui.chat_agent import agent_of
from dyno_core.ui.chat_cards import suggestions
from tests.fixtures.agent import TODAY, Script, given_lab, scripted
from tests.fixtures.app import OpenPage, given_user

CHAT = "pages/chat.py"
BOOK = "book 100W100 for a brake test from next Monday for 3 days"


@pytest.fixture(autouse=True)
def lab(app: App) -> None:
    set_up(app.database)
    given_lab(app.database)
    app.clock = FixedClock(TODAY)


def said(at: AppTest) -> str:
    """Everything that the page says."""
    drawn = (at.markdown, at.success, at.warning, at.error, at.info, at.caption)
    return "\n".join(element.value for group in drawn for element in group).replace("\\", "")


def asked(at: AppTest, text: str) -> AppTest:
    at.chat_input(key="chat_input").set_value(text).run()
    assert not at.exception
    return at


@pytest.mark.parametrize(
    ("role", "suggested"),
    [
        (Role.VIEWER, "What is free next week?"),
        (Role.ENGINEER, "Book 100W100 for a brake test"),
        (Role.PLANNER, "Book 100W100 for a brake test"),
        (Role.MANAGER, "Utilization last month"),
        (Role.ADMIN, "Book 100W100 for a brake test"),
    ],
)
def test_an_empty_conversation_greets_and_suggests_by_role(open_page: OpenPage, role: Role, suggested: str) -> None:
    at = open_page(CHAT, role)
    assert not at.exception
    assert at.subheader[0].value == f"Hello {role.value.title()}, what can I do for you?"
    assert at.get("button_group")[0].proto.options[0].content.startswith(suggested)
    assert ("say yes or no" in said(at)) == (role is not Role.VIEWER)
    assert "Offline model" in said(at)


def test_the_vehicle_of_a_suggestion_is_one_that_stands_nowhere(app: App) -> None:
    actor = given_user(app.database)
    wished = {"start_date": date(2026, 11, 25), "days": 3, "test_type": "brake", "today": TODAY}
    allocate_vehicle(app.database, Origin(actor=actor, channel="calendar"), vehicle_id=1, **wished)  # type: ignore[arg-type]
    assert "Book 100W101 for a brake test" in suggestions(agent_of(app), actor)


def test_a_question_is_answered_and_the_conversation_is_listed_by_it(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), "which dynos are free next week for a light 2WD brake test?")
    assert "2 dynos are free, in order of preference:" in said(at)
    assert list(at.dataframe[0].value["name"]) == ["North 1", "North 2"]
    assert "c" in at.query_params
    labels = [button.label for button in at.sidebar.button]
    assert any("Which dynos are free" in label.replace("\\", "") for label in labels)


def test_a_suggestion_is_asked_when_it_is_clicked(open_page: OpenPage) -> None:
    at = open_page(CHAT, Role.VIEWER)
    at.pills(key="chat_suggestion").select("Are there any conflicts?").run()
    assert not at.exception
    assert "There are no conflicts in the plan." in said(at)


def test_a_booking_waits_on_a_card_and_a_yes_books_once(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), BOOK)
    assert "**Book** · 100W100 (1FTFW1E50NFA00001) · brake" in said(at)
    assert ":material/garage: **North 1** (North)" in said(at)
    assert "**Mon 23 Nov 2026 to Wed 25 Nov 2026** (3 days)" in said(at)
    assert "It displaces nothing." in said(at)
    assert list_allocations(app.database) == ()
    at.button(key="chat_approve").click().run()
    assert not at.exception
    assert "Booked: allocation 1, 100W100 (brake) on North 1 (North)" in said(at)
    assert [one.source for one in list_allocations(app.database)] == ["chat"]
    assert not [button for button in at.button if button.key == "chat_approve"]


def test_a_no_books_nothing(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), BOOK)
    at.button(key="chat_reject").click().run()
    assert not at.exception
    assert "nothing was changed" in said(at)
    assert list_allocations(app.database) == ()


def test_two_changes_stand_on_one_card_and_are_ticked_one_by_one(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), f"{BOOK} and book 100W101 for a brake test from next Monday for 3 days")
    assert len(at.checkbox) == 2
    assert at.button(key="chat_approve").label == "Approve all 2"
    at.checkbox[0].uncheck().run()
    assert at.button(key="chat_approve").label == "Approve 1, reject 1"
    at.button(key="chat_approve").click().run()
    assert not at.exception
    assert [one.tag for one in list_allocations(app.database)] == ["100W101"]


def test_undo_takes_the_booking_back_and_disappears(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), BOOK)
    at.button(key="chat_approve").click().run()
    at.button(key="chat_undo_1").click().run()
    assert not at.exception
    assert [one.status for one in list_allocations(app.database)] == ["cancelled"]
    assert "is cancelled" in said(at)
    assert not [button for button in at.button if str(button.key).startswith("chat_undo")]


def starting(at: AppTest, key: str) -> list[Any]:
    return [button for button in at.button if str(button.key).startswith(key)]


def test_an_alternative_on_the_card_and_then_the_form_change_what_is_booked(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), BOOK)
    assert [button.label for button in starting(at, "chat_alternative_")] == ["North 2", "Tue 24 Nov 2026 on North 1"]
    starting(at, "chat_alternative_")[0].click().run()
    assert not at.exception
    assert ":material/garage: **North 2** (North)" in said(at)
    at.date_input[0].set_value(date(2026, 12, 1))
    at.number_input[0].set_value(5)
    at.button(key="chat_approve").click().run()  # what was typed last arrives with the click
    assert list_allocations(app.database) == ()
    assert at.button(key="chat_approve").disabled
    starting(at, "chat_edit_")[0].click().run()
    assert not at.exception
    assert "**Tue 1 Dec 2026 to Sat 5 Dec 2026** (5 days)" in said(at)
    assert list_allocations(app.database) == ()
    at.button(key="chat_approve").click().run()
    (one,) = list_allocations(app.database)
    assert (one.dyno, one.start_date, one.days) == ("North 2", date(2026, 12, 1), 5)


def test_a_no_of_the_plan_comes_with_buttons_that_open_a_card(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    at = asked(open_page(CHAT, actor), "book 100W101 for a brake test on North 1 from next Monday for 3 days")
    at.button(key="chat_approve").click().run()
    asked(at, "book 100W100 for a brake test on North 1 from next Monday for 3 days")
    assert "**What would work instead for 100W100**" in said(at)
    assert said(at).count("Or: North 2") == 1, "only the step says what the buttons say"
    assert [button.label for button in starting(at, "chat_way_")] == [
        "North 2 on the same days",
        "North 1, 3 days later",
        "North 1 by exchange",
    ]
    other_tab = open_page(CHAT, actor)
    other_tab.query_params["c"] = list_conversations(app.database, actor)[0].id
    other_tab.run()
    starting(at, "chat_way_")[0].click().run()
    assert not at.exception
    assert ":material/garage: **North 2** (North)" in said(at)
    assert len(list_allocations(app.database)) == 1
    starting(other_tab, "chat_way_")[1].click().run()
    assert other_tab.toast[0].value.startswith("The conversation went on in another tab, so nothing was done.")
    assert ":material/garage: **North 2** (North)" in said(other_tab)
    at.button(key="chat_approve").click().run()
    assert [(one.tag, one.dyno) for one in list_allocations(app.database)] == [
        ("100W101", "North 1"), ("100W100", "North 2"),
    ]  # fmt: skip
    assert [button.key for button in starting(at, "chat_undo_")] == ["chat_undo_1", "chat_undo_2"]
    cancel_allocation(app.database, Origin(actor=OPERATOR, channel="calendar"), 1, reason="no fuel")
    at.run()
    assert [button.key for button in starting(at, "chat_undo_")] == ["chat_undo_2"]
    assert "Allocation 1 was cancelled by operator since" in said(at)


def test_two_refusals_each_have_their_ways_out_until_one_is_taken(open_page: OpenPage, app: App) -> None:
    wish = "for a brake test on North 1 from next Monday for 3 days"
    at = asked(open_page(CHAT, Role.ENGINEER), f"book 100W101 {wish}")
    at.button(key="chat_approve").click().run()
    asked(at, f"book 100W100 {wish} and book 100W102 {wish}")
    assert "**What would work instead for 100W100**" in said(at)
    assert "**What would work instead for 100W102**" in said(at)
    (first, *_) = [button for button in starting(at, "chat_way_") if button.label == "North 2 on the same days"]
    first.click().run()
    assert not starting(at, "chat_way_"), "a card is open, and taking a way would drop it"
    at.button(key="chat_reject").click().run()
    (first, *_) = [button for button in starting(at, "chat_way_") if button.label == "North 2 on the same days"]
    first.click().run()
    at.button(key="chat_approve").click().run()
    assert not at.exception
    assert "Rather North 2 on the same days, for 100W100." in said(at)
    assert "instead for 100W100" not in said(at)
    later = next(button for button in starting(at, "chat_way_") if button.label == "North 1, 3 days later")
    later.click().run()
    at.button(key="chat_approve").click().run()
    assert not starting(at, "chat_way_")
    assert [(one.tag, one.dyno) for one in list_allocations(app.database)] == [
        ("100W101", "North 1"), ("100W100", "North 2"), ("100W102", "North 1"),
    ]  # fmt: skip


def test_ways_out_end_when_the_vehicle_is_booked_elsewhere(open_page: OpenPage, app: App) -> None:
    wish = "for a brake test on North 1 from next Monday for 3 days"
    origin = Origin(actor=given_user(app.database, email="other@example.com", role=Role.PLANNER), channel="calendar")
    wished = {"start_date": date(2026, 11, 23), "days": 3, "test_type": "brake", "today": TODAY}
    allocate_vehicle(app.database, origin, vehicle_id=2, dyno="North 1", **wished)  # type: ignore[arg-type]
    at = asked(open_page(CHAT, Role.ENGINEER), f"book 100W100 {wish}")
    allocate_vehicle(app.database, origin, vehicle_id=1, dyno="North 2", **wished)  # type: ignore[arg-type]
    later = next(button for button in starting(at, "chat_way_") if button.label == "North 1, 3 days later")
    later.click().run()
    assert not at.exception
    assert len(list_allocations(app.database)) == 2
    assert not starting(at, "chat_way_")
    assert said(at).count("100W100 (brake) was booked since, as allocation 2 on North 2") == 1
    asked(at, f"book 100W102 {wish}")
    assert starting(at, "chat_way_")
    allocate_vehicle(app.database, origin, vehicle_id=3, dyno="North 1", **wished | {"start_date": date(2026, 12, 7)})  # type: ignore[arg-type]
    at.run()
    assert not starting(at, "chat_way_")
    assert "100W102 (brake) was booked since, as allocation 3 on North 1" in said(at)


def test_a_viewer_is_told_who_can_book(open_page: OpenPage, app: App) -> None:
    at = asked(open_page(CHAT, Role.VIEWER), BOOK)
    assert "Your role “viewer” does not allow you to book a vehicle" in said(at)
    assert list_allocations(app.database) == ()


def test_a_conversation_is_opened_again_by_its_address(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    thread = create_conversation(app.database, actor)
    list(run_turn(agent_of(app), actor, thread.id, BOOK))
    at = open_page(CHAT, actor)
    at.query_params["c"] = thread.id
    at.run()
    assert not at.exception
    assert "book 100W100" in said(at)
    at.button(key="chat_approve").click().run()
    assert len(list_allocations(app.database)) == 1


def test_the_address_of_somebody_elses_conversation_opens_nothing(open_page: OpenPage, app: App) -> None:
    other = given_user(app.database, email="other@example.com")
    thread = create_conversation(app.database, other)
    list(run_turn(agent_of(app), other, thread.id, "hello, this is private"))
    at = open_page(CHAT, Role.ADMIN)
    at.query_params["c"] = thread.id
    at.run()
    assert not at.exception
    assert "private" not in said(at)
    assert at.toast[0].value.startswith("There is no such conversation of yours")


def test_conversations_are_renamed_searched_and_deleted(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    at = asked(open_page(CHAT, actor), "are there any conflicts?")
    (thread,) = list_conversations(app.database, actor)
    at.text_input(key=f"chat_name_{thread.id}").set_value("Clashes").run()
    assert [one.title for one in list_conversations(app.database, actor)] == ["Clashes"]
    at.text_input(key="chat_search").set_value("nothing like it").run()
    assert "None of your conversations holds “nothing like it”" in said(at)
    at.text_input(key="chat_search").set_value("clash").run()
    delete_conversation(app.database, actor, thread.id)  # the first press; the second sends the name along
    at.text_input(key=f"chat_name_{thread.id}").set_value("Clashes again")
    at.button(key=f"chat_delete_{thread.id}").click().run()
    assert not at.exception
    assert not at.error
    assert list_conversations(app.database, actor) == ()


def test_a_thumb_is_stored_and_one_that_points_down_with_its_reason(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    at = asked(open_page(CHAT, actor), "are there any conflicts?")
    (thread,) = list_conversations(app.database, actor)
    at.get("feedback" if at.get("feedback") else "button_group")[0].set_value(0).run()
    assert not at.exception
    answer = messages_of(app.database, actor, thread.id)[-1]
    at.text_input(key=f"chat_reason_{answer.id}").set_value("there are two").run()
    assert not at.exception
    rated = messages_of(app.database, actor, thread.id)[-1]
    assert (rated.helpful, rated.reason) == (False, "there are two")
    assert "Thank you, your reason was kept." in said(at)
    at.text_input(key=f"chat_reason_{answer.id}").set_value("there are three").run()
    assert messages_of(app.database, actor, thread.id)[-1].reason == "there are three"
    at.get("feedback" if at.get("feedback") else "button_group")[0].set_value(1).run()
    assert not at.exception
    rated = messages_of(app.database, actor, thread.id)[-1]
    assert (rated.helpful, rated.reason) == (True, "")


def test_a_long_conversation_shows_its_end_and_on_demand_the_rest(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    thread = create_conversation(app.database, actor)
    for number in range(30):
        add_message(app.database, actor, thread.id, NewMessage(role="user", text=f"word{number}"))
    at = open_page(CHAT, actor)
    at.query_params["c"] = thread.id
    at.run()
    assert "word29" in said(at)
    assert "word5\n" not in said(at)
    at.button(key="chat_earlier").click().run()
    assert not at.exception
    assert "word5\n" in said(at)


def test_a_message_that_is_too_long_is_handed_back_with_the_reason(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    at = asked(open_page(CHAT, actor), "x" * 8_001)
    assert [one.value for one in at.error] == [
        "The message has 8,001 characters, more than the 8,000 I read; say it shorter."
    ]
    assert at.chat_input(key="chat_input").proto.value == "x" * 8_001
    assert list_conversations(app.database, actor) == (), "no conversation is begun for it"
    at = asked(at, "y" * 1_000_000)
    assert "1,000,000 characters" in at.error[0].value
    assert at.chat_input(key="chat_input").proto.value == ""


def test_an_answer_that_was_cut_off_is_finished_by_a_button(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    thread = create_conversation(app.database, actor)
    add_message(app.database, actor, thread.id, NewMessage(role="user", text="are there any conflicts?"))
    at = open_page(CHAT, actor)
    at.query_params["c"] = thread.id
    at.run()
    assert "This answer was cut off before its end." in said(at)
    at.button(key="chat_finish").click().run()
    assert not at.exception
    assert "There are no conflicts in the plan." in said(at)
    assert "cut off" not in said(at)
    assert len(messages_of(app.database, actor, thread.id)) == 2


def test_without_a_database_the_page_says_one_sentence_and_keeps_what_was_typed(open_page: OpenPage, app: App) -> None:
    at = open_page(CHAT, given_user(app.database))
    up, gone = app.database, Database("postgresql://nobody@127.0.0.1:1/gone")
    app.database = gone
    at.chat_input(key="chat_input").set_value("are there any conflicts?").run()
    assert not at.exception
    assert [one.value for one in at.warning] == [
        "The database can't be reached right now; this page comes back as soon as it answers."
    ]
    assert not at.error
    gone.dispose()
    app.database = up
    at.run()
    assert not at.warning
    assert at.chat_input(key="chat_input").proto.value == "are there any conflicts?"
    assert "There are no conflicts in the plan." in said(asked(at, "are there any conflicts?"))


def test_a_page_that_loses_the_database_while_it_is_drawn_comes_back_whole(
    open_page: OpenPage, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = asked(open_page(CHAT, given_user(app.database)), "are there any conflicts?")
    up, gone = app.database, Database("postgresql://nobody@127.0.0.1:1/gone")

    def lost(*_: object, **__: object) -> NoReturn:
        app.database = gone
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr("dyno_core.agent.conversations.messages_of", lost)
        at.run()
    assert [one.value for one in at.warning] == [
        "The database can't be reached right now; this page comes back as soon as it answers."
    ]
    assert not at.error
    gone.dispose()
    app.database = up
    assert "There are no conflicts in the plan." in said(at.run())


def test_a_message_that_finds_no_database_is_handed_back_with_the_reason(
    open_page: OpenPage, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = asked(open_page(CHAT, given_user(app.database)), "are there any conflicts?")

    def lost(*_: object, **__: object) -> NoReturn:
        patched.undo()  # it is there again a moment later
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr("dyno_core.ui.chat_input.ask", lost)
        at.chat_input(key="chat_input").set_value("and on PGN 3?").run()
    assert [one.value for one in at.error] == [
        "The database could not be reached, so your message was not sent; it is in the box again, to be sent anew."
    ]
    assert at.chat_input(key="chat_input").proto.value == "and on PGN 3?"


def test_what_was_said_while_the_database_was_down_stands_in_the_conversation_when_it_is_back(
    open_page: OpenPage, app: App
) -> None:
    actor = given_user(app.database)
    at = asked(open_page(CHAT, actor), "are there any conflicts?")
    (thread,) = list_conversations(app.database, actor)
    lost = NewMessage(role="assistant", text="It was lost.", events=[{"type": "error", "text": "It was lost."}])
    agent_of(app).unsaved.keep(thread.id, [NewMessage(role="user", text="and on PGN 3?"), lost])
    assert "It was lost." in said(at.run())
    assert [one.text for one in messages_of(app.database, actor, thread.id)][-2:] == ["and on PGN 3?", "It was lost."]
    assert said(at.run()).count("It was lost.") == 1


LETTERS = "שלום 🚗👩🏽‍🔧 مرحبا، is 100W100 booked? \u200f\u202eabc\u202c é 日本"


def test_emoji_and_letters_from_right_to_left_are_stored_shown_and_answered(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database)
    at = asked(open_page(CHAT, actor), LETTERS)
    (thread,) = list_conversations(app.database, actor)
    question, answer = messages_of(app.database, actor, thread.id)
    assert question.text == LETTERS
    assert "There is no allocation for vehicle 100W100." in answer.text
    assert LETTERS in said(at)
    assert "There is no allocation for vehicle 100W100." in said(at)
    assert [one.id for one in list_conversations(app.database, actor, search="🚗👩🏽‍🔧 مرحبا")] == [thread.id]
    at.text_input(key=f"chat_name_{thread.id}").set_value("שלום 🚗").run()
    assert not at.exception
    assert list_conversations(app.database, actor)[0].title == "שלום 🚗"


def test_what_a_person_types_is_shown_as_typed(open_page: OpenPage) -> None:
    at = asked(open_page(CHAT, Role.ENGINEER), "**bold** $x$ <b>html</b> ![p](http://a/b.png)")
    shown = next(element.value for element in at.markdown if "bold" in element.value)
    assert shown.startswith(r"\*\*bold\*\*")
    assert r"\!\[p\]" in shown


def test_when_the_model_fails_the_offline_model_is_offered_and_answers_once(open_page: OpenPage, app: App) -> None:
    agent = agent_of(app)
    offline, failing = agent.make_model, scripted(Script([ValueError("secret")]))
    agent.make_model = lambda lab, today, wished: (offline if wished else failing)(lab, today, wished)
    agent.model_name = "scripted"
    at = asked(open_page(CHAT, Role.ENGINEER), "which dynos are free next week for a light 2WD brake test?")
    assert "The offline model can answer too." in said(at)
    at.button(key="chat_offline").click().run()
    assert not at.exception
    assert "2 dynos are free, in order of preference:" in said(at)
    assert "Nothing was changed by this." in said(at)
    assert "The offline model can answer too." not in said(at), "its button is gone"
    assert "offline model" in [caption.value for caption in at.caption]
    assert "chat_offline" not in [button.key for button in at.button]
