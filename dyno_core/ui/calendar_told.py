"""The line above the timeline: what was just done, and how to take it back.

It is there on every run, as high as ever: the timeline below must not move away under a hand that drags in it. Only a
longer message than fits takes the room that it needs, until the next click.
"""

from html import escape
from typing import Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Actor
from dyno_core.errors import DynoError
from dyno_core.start import App
from dyno_core.ui.calendar_dialogs import DONE, done, what_was_done
from dyno_core.ui.calendar_placing import undo_placing
from dyno_core.ui.echo import echo
from dyno_core.ui.errors import unexpected
from dyno_core.ui.live_changes import has_news
from dyno_core.ui.planning_breakdown import undo_outage
from dyno_core.ui.session import origin
from dyno_core.ui.shift_form import Bench, undo_shift

_HEIGHT: Final = 44
"""Of a button, and of two lines of small print where the screen is narrow."""
_FITS: Final = 100
"""Letters that two lines take beside a button, where the screen is not wide."""
_SMALL: Final = "font-size: 0.875rem; line-height: 1.4"
REFUSED: Final = "calendar_refused"


def places_to_tell() -> tuple[DeltaGenerator, DeltaGenerator]:
    """For `tell`, which fills its place once the plan is read, and for what others changed."""
    longest = max(len(str(st.session_state.get(name) or "")) for name in (DONE, REFUSED))
    height: int | Literal["content"] = _HEIGHT if longest <= _FITS else "content"
    line = st.container(horizontal=True, vertical_alignment="center", height=height, border=False)
    own = line.container(horizontal=True, wrap=False, vertical_alignment="center")
    return own, line.container(width="content")


def tell(app: App, actor: Actor, *, otherwise: str) -> None:
    """``otherwise`` is what stands there when nobody did anything."""
    message, refusal = what_was_done(), st.session_state.pop(REFUSED, None)
    _offer_undo(app, actor)
    if refusal or message:
        # Streamlit's own small texts are not read out when they appear, and its boxes are too high for the line.
        role, sign, text = ("alert", "!", refusal) if refusal else ("status", "✓", message)
        words = f'<b aria-hidden="true">{sign}</b> <span>{escape(str(text))}</span>'
        st.html(f'<div role="{role}" style="{_SMALL}">{words}</div>')
        echo(str(text), key="echo")
    elif not has_news():
        st.caption(otherwise)


def hint(bars: int, dynos: int, *, may_book: bool, as_cells: bool) -> str:
    """What is in view, if anything, and what can be done with it; two lines at the most on a telephone."""
    if not dynos:
        return ""
    on = f"on {dynos:,} dyno{'' if dynos == 1 else 's'}"
    if not bars:
        return f"Nothing is planned in these days {on}.{' Click a free day to book.' if may_book else ''}"
    count = f"{bars:,} bar{'' if bars == 1 else 's'} {on}"
    if as_cells:
        return f"{count}, too many to be drawn: the fuller, the higher. Click a cell to look closer."
    more = ", drag it to move it, click a free day to book" if may_book else ""
    return f"{count}. Click one for details{more}."


def _offer_undo(app: App, actor: Actor) -> None:
    """The last move, placing or breakdown of this person can be taken back, whole."""
    bench = Bench(database=app.database, origin=origin("calendar", actor), today=app.clock.today())
    try:
        said = undo_shift(bench, is_short=True) or undo_placing(bench) or undo_outage(bench, is_short=True)
    except DynoError as refusal:
        _refuse(str(refusal))
    except Exception as defect:  # noqa: BLE001 - the last stop before a person: logged whole, shown as a number
        _refuse(unexpected(defect))
    else:
        if said:
            done(said)


def _refuse(sentence: str) -> None:
    st.session_state[REFUSED] = sentence
    st.rerun()
