"""The card that asks before anything is changed: what, where, when, what it displaces, and other ways to have it.

Every button carries the question's id. An answer from a card that is not the open one any more does nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.events import Write
from dyno_core.agent.turns import Pending
from dyno_core.period import LONGEST, Period, say_days
from dyno_core.ui.chat_agent import Asked, approve_all, choice_key, decide, edit
from dyno_core.ui.chat_answers import READABLE, quoted

_HARMLESS = ("It displaces nothing.", "This frees the dyno.", "")


def question_card(agent: Agent, actor: Actor, conversation_id: str, waiting: Pending) -> None:
    """Under an answer: everything that it would change. Several changes are answered one by one or together."""
    count = len(waiting.writes)
    asked = Asked(agent, actor, conversation_id, waiting.id, count)
    with st.container(border=True, width=READABLE, key="chat_card"):
        st.markdown("**Shall I do this?**" if count == 1 else f"**Shall I make these {count} changes?**")
        for number, write in enumerate(waiting.writes):
            with st.container(border=count > 1, key=f"chat_change_{number}"):
                _change(asked, number, write)
        _answer(asked, waiting.writes)


def _change(asked: Asked, number: int, write: Write) -> None:
    shown = write["shown"]
    title = quoted(write["summary"])
    if shown:  # a question from before cards had parts has none
        title = f"**{quoted(shown['title'])}** · {quoted(shown['vehicle'])} · {quoted(shown['test_type'])}"
    if asked.count > 1:
        st.checkbox(title, value=True, key=choice_key(asked.question, number))
    else:
        st.markdown(title)
    if shown:
        _facts(shown)
    if shown.get("dynos"):
        _other_ways(asked, number, write)


def _facts(shown: Mapping[str, Any]) -> None:
    """Where and when, each with what it was before a move; then what people have to know."""
    before = shown.get("before") or {}
    where = f"**{quoted(shown['dyno'])}** ({quoted(shown['facility'])})"
    if before and before["dyno"] != shown["dyno"]:
        where = f"~~{quoted(before['dyno'])}~~ → {where}"
    days = f"**{_period(shown)}** ({say_days(shown['days'])})"
    if before and (before["start_date"], before["days"]) != (shown["start_date"], shown["days"]):
        days = f"~~{_period(before)}~~ → {days}"
    lines = [f":material/garage: {where}", f":material/calendar_month: {days}"]
    if note := shown.get("note"):
        lines.append(f":material/info: {quoted(note.removesuffix('.'))}.")
    takes = shown.get("displaces", "")
    if takes in _HARMLESS:
        lines.append(f":gray[{takes}]")
    st.markdown("  \n".join(lines))
    if takes not in _HARMLESS:
        st.warning(quoted(takes), icon=":material/warning:")


def _other_ways(asked: Asked, number: int, write: Write) -> None:
    """One click each for what is free now; a small form for everything else."""
    question = asked.question
    with st.container(horizontal=True, vertical_alignment="center", key=f"chat_alternatives_{number}"):
        if write["alternatives"]:
            st.caption("Free, too:", width="content")
        for at, one in enumerate(write["alternatives"]):
            st.button(
                quoted(one["label"]), key=f"chat_alternative_{question}_{number}_{at}", on_click=edit,
                icon=":material/event_upcoming:" if " on " in one["label"] else ":material/garage:",
                help="Free at this moment. You see it on a card again before you say yes.",
                args=(asked, number, one["changes"]),
            )  # fmt: skip
    with st.expander("Change dyno or days", type="compact", icon=":material/edit:"):
        _form(asked, number, write["shown"])


def _form(asked: Asked, number: int, shown: Mapping[str, Any]) -> None:
    # No st.form: what is entered there is unknown until it is sent, and a yes would be to other days than one sees.
    key = _fields(asked, number)
    dynos = list(shown["dynos"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Dyno", dynos, index=dynos.index(_on_card(shown)["dyno"]), key=f"{key}_dyno",
            width=190, help="The dynos that can run this test for this vehicle, free or not.",
        )  # fmt: skip
        st.date_input(
            "First day", value=date.fromisoformat(shown["start_date"]), key=f"{key}_start", format="YYYY-MM-DD",
            width=140,
        )  # fmt: skip
        st.number_input("Days", min_value=1, max_value=LONGEST, value=shown["days"], key=f"{key}_days", width=120)
        st.button(
            "Check and show", key=f"{key}_check", on_click=edit, args=(asked, number, lambda: _entered(key)),
            type="primary" if _is_unchecked(asked, number, shown) else "secondary",
        )  # fmt: skip


def _fields(asked: Asked, number: int) -> str:
    return f"chat_edit_{asked.question}_{number}"


def _entered(key: str) -> dict[str, Any]:
    start = st.session_state[f"{key}_start"]
    return {
        "dyno": st.session_state[f"{key}_dyno"],
        "start_date": start.isoformat() if isinstance(start, date) else None,
        "days": st.session_state[f"{key}_days"],
    }


def _on_card(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields hold until somebody changes them."""
    dynos = list(shown["dynos"])
    dyno = shown["dyno"] if shown["dyno"] in dynos else dynos[0]
    return {"dyno": dyno, "start_date": shown["start_date"], "days": shown["days"]}


def _is_unchecked(asked: Asked, number: int, shown: Mapping[str, Any]) -> bool:
    """Whether the fields say something else than the card."""
    key = _fields(asked, number)
    return f"{key}_days" in st.session_state and _entered(key) != _on_card(shown)


def _answer(asked: Asked, writes: Sequence[Write]) -> None:
    count = asked.count
    chosen = sum(st.session_state.get(choice_key(asked.question, number), True) for number in range(count))
    unchecked = _any_unchecked(asked, writes)
    if unchecked:
        st.caption(
            ":material/edit: You changed dyno or days. **Check and show** them first, then approve what you see."
        )
    with st.container(horizontal=True):
        if count == 1:
            st.button("Approve", type="primary", icon=":material/check:", key="chat_approve", on_click=_approve,
                      args=(asked, writes, lambda: approve_all(asked, yes=True)), disabled=unchecked)  # fmt: skip
        else:
            label = f"Approve all {count}" if chosen == count else f"Approve {chosen}, reject {count - chosen}"
            st.button(label, type="primary", icon=":material/check:", key="chat_approve", on_click=_approve,
                      args=(asked, writes, lambda: decide(asked)), disabled=unchecked or chosen == 0)  # fmt: skip
        st.button("Reject" if count == 1 else "Reject all", icon=":material/close:", key="chat_reject",
                  on_click=approve_all, args=(asked,), kwargs={"yes": False})  # fmt: skip


def _approve(asked: Asked, writes: Sequence[Write], act: Callable[[], None]) -> None:
    """A click may leave a field: what was typed last arrives with it, before the button could be switched off."""
    if not _any_unchecked(asked, writes):
        act()


def _any_unchecked(asked: Asked, writes: Sequence[Write]) -> bool:
    shown = [write["shown"] for write in writes]
    return any(one.get("dynos") and _is_unchecked(asked, number, one) for number, one in enumerate(shown))


def _period(one: Mapping[str, Any]) -> str:
    return str(Period(date.fromisoformat(one["start_date"]), date.fromisoformat(one["end_date"])))
