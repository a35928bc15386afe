"""An answer while it is given: words as they come, steps as they are taken, and a way to stop."""

from collections.abc import Iterable

import streamlit as st

from dyno_core.agent.events import Event
from dyno_core.agent.runs import Run
from dyno_core.ui.chat_answers import READABLE, said_of, spoken


def follow(run: Run) -> None:
    """Draw a running answer to its end. Leaving the page ends the drawing, not the answer."""
    with st.chat_message("assistant", avatar=":material/smart_toy:"):
        place = st.container()
        st.button(
            "Stop", icon=":material/stop_circle:", key="chat_stop", type="tertiary", on_click=run.stop,
            help="Ends the answer. What was written stays written.",
        )  # fmt: skip
    with place:
        _draw(run.follow())


def _draw(source: Iterable[Event | None]) -> None:
    status = st.status(":shimmer[Thinking …]", type="compact")
    words, text = st.empty(), ""
    for event in source:
        if event is None:
            # Something has to be drawn now and then, or the page could not be left while a model is silent.
            words.markdown(spoken(text), width=READABLE)
        elif event["type"] == "token":
            text += event["text"]
            words.markdown(spoken(text) + " ▌", width=READABLE)
        elif event["type"] == "message":
            words.markdown(spoken(event["text"]), width=READABLE)
            words, text = st.empty(), ""
        elif event["type"] == "progress":
            status.update(label=f":shimmer[{event['text']}]")
        elif event["type"] == "tool_result":
            status.markdown(spoken(said_of(event)))
        elif event["type"] == "error":
            words.warning(spoken(event["text"]), icon=":material/warning:", width=READABLE)
            words, text = st.empty(), ""
    status.update(label="Done", state="complete")
