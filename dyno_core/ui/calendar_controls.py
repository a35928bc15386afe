"""The calendar's toolbar and filters. All of them are in the address, so that a view can be shared."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import cast

import streamlit as st

from dyno_core.booking import Selection
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES
from dyno_core.period import FIRST_DAY, LAST_DAY, Period
from dyno_core.ui.calendar_data import STATUS_WORDS, ZOOMS, stepped, title_of, window_ahead, window_of
from dyno_core.ui.calendar_reading import Filters, Lab
from dyno_core.ui.calendar_view import filters_in_words
from dyno_core.ui.quoting import quoted
from dyno_core.ui.timeline import Folded

_STEPS = "calendar_steps"
"""Where stepping began: from day, steps since, the day they led to, the zoom."""
_FOLDED = "calendar_folded"
_TUCKED_AWAY = (
    "facility", "test", "program", "status", "model_year", "contact", "weight", "drive", "only_follow_ups",
    "only_conflicts",
)  # fmt: skip


def choose_window(today: date) -> Period:
    """The days to show: the whole week, month, quarter or year of the day in the address; without one, what is ahead.

    So an address with a day shows everybody the same days for ever, and one without is opened on what comes next.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        zoom = st.segmented_control(
            "Zoom", list(ZOOMS), default="Quarter", required=True, key="zoom", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            st.button("Earlier", key="earlier", on_click=_go, args=(today, -1))
            st.button("Today", key="today", on_click=_go, args=(today, 0))
            st.button("Later", key="later", on_click=_go, args=(today, 1))
            # What is shown is the button to go elsewhere: the two fit into one line of a telephone.
            with st.popover(_title(today, zoom or "Quarter"), icon=":material/calendar_month:", key="go_to"):
                day = st.date_input(
                    "Go to a day", None, min_value=FIRST_DAY, max_value=LAST_DAY, key="day", bind="query-params"
                )
    return _window(day, zoom or "Quarter", today)


def _title(today: date, zoom: str) -> str:
    """Of the days in view; before its widget is made, the day of an address just opened stands in that only."""
    day = st.session_state["day"] if "day" in st.session_state else _day_of_address()
    return title_of(_window(day, zoom, today), zoom)


def _day_of_address() -> date | None:
    try:
        return date.fromisoformat(st.query_params.get("day", ""))
    except ValueError:
        return None


def _window(day: object, zoom: str, today: date) -> Period:
    return window_of(day, zoom) if isinstance(day, date) else window_ahead(today, zoom)


def _go(today: date, steps: int) -> None:
    """Later and earlier windows. As many steps back as forth lead to the same day, also past the end of a month.

    From what is ahead they lead to the whole window of the day after it, or before it. No steps: back to what is ahead.
    """
    state = st.session_state
    state["calendar_shown"] = state.get("calendar_shown", 0) + 1
    day, zoom = state["day"], state["zoom"] or "Quarter"
    if not steps:
        state["day"] = None
    elif day is None:
        ahead = window_ahead(today, zoom)
        state["day"] = (ahead.end if steps > 0 else ahead.start) + timedelta(days=steps)
    else:
        began, taken, led_to, with_zoom = state.get(_STEPS, (day, 0, day, zoom))
        if (led_to, with_zoom) != (day, zoom):
            began, taken = day, 0
        state["day"] = stepped(began, zoom, taken + steps)
        state[_STEPS] = (began, taken + steps, state["day"], zoom)


def choose_filters(lab: Lab) -> Filters:
    """Search and one button with all filters behind it: they fit any screen."""
    search = st.text_input(
        "Search", placeholder="Tag, VIN, program …", key="q", bind="query-params",
        icon=":material/search:", label_visibility="collapsed", width=220,
    )  # fmt: skip
    with st.popover(_button(), icon=":material/tune:", key="filters"):
        left, right = st.columns(2)
        with left:
            facilities, tests = _any_of("Facility", lab.facilities), _any_of("Test", lab.tests)
            programs = _any_of("Program", lab.vehicles.programs)
            statuses = _any_of("Status", list(STATUS_WORDS), STATUS_WORDS.__getitem__)
        with right:
            years = _any_of("Model year", [str(year) for year in lab.vehicles.model_years])
            contacts = _any_of("Contact", lab.vehicles.contacts)
            weights, drives = _any_of("Weight", WEIGHT_CLASSES), _any_of("Drive", DRIVES)
        follow_up = st.toggle(
            "Only follow-ups", key="only_follow_ups", bind="query-params",
            help="What somebody marked for a follow-up, under “Note” in its details.",
        )  # fmt: skip
        only_conflicts = st.toggle("Only conflicts", key="only_conflicts", bind="query-params")
    selection = Selection(
        search=search.strip(), facilities=facilities, tests=tests, programs=programs, statuses=statuses,
        model_years=tuple(map(int, years)), contacts=contacts, weights=weights, drives=drives,
        follow_up=follow_up,
    )  # fmt: skip
    return Filters(selection, only_conflicts=only_conflicts)


def _button() -> str:
    """How many of the filters behind the button are on; of a view just opened they stand in the address only."""
    used = sum(bool(st.session_state.get(key, st.query_params.get(key))) for key in _TUCKED_AWAY)
    return f"Filters ({used})" if used else "Filters"


def tell_what_is_on(filters: Filters) -> None:
    """A tag for each filter; a click on it takes that filter off."""
    tags = [tag for tag in filters_in_words(filters) if not tag.startswith("Search: ")]
    if not tags:
        return
    # Named by what it shows, so that another choice begins with every tag set again.
    key = f"filters_on {'; '.join(tags)}"
    st.pills(
        "Filters that are on; choose one to take it off", tags, selection_mode="multi", default=tags, key=key,
        format_func=lambda tag: f"{quoted(tag)} :material/close:", label_visibility="collapsed",
        on_change=_take_off, args=(key, tags),
    )  # fmt: skip


def _take_off(key: str, tags: Sequence[str]) -> None:
    for tag in set(tags) - set(st.session_state[key]):
        _clear(_key_of(tag.split(":", maxsplit=1)[0]))


def folded() -> Folded:
    """What is folded on the timeline, in the address too, also after one went to another page and came back."""
    state = st.session_state
    if _FOLDED not in state:
        state[_FOLDED] = Folded(
            tuple(st.query_params.get_all("folded")), band=st.query_params.get("requests") == "folded"
        )
    keep_folded(state[_FOLDED])
    return cast("Folded", state[_FOLDED])


def keep_folded(now: Folded) -> None:
    st.session_state[_FOLDED] = now
    parameters: dict[str, list[str]] = {"folded": list(now.facilities), "requests": ["folded"] if now.band else []}
    for name, values in parameters.items():
        if values:
            st.query_params[name] = values
        else:
            st.query_params.pop(name, None)


def show_everything() -> None:
    """Take all filters off."""
    st.session_state["q"] = ""
    for key in _TUCKED_AWAY:
        _clear(key)


def _clear(key: str) -> None:
    st.session_state[key] = False if key.startswith("only_") else []


def _any_of(label: str, options: Sequence[str], say: Callable[[str], str] = str) -> tuple[str, ...]:
    return tuple(
        st.multiselect(label, options, format_func=say, placeholder="All", key=_key_of(label), bind="query-params")
    )


def _key_of(label: str) -> str:
    return label.lower().replace(" ", "_").replace("-", "_")
