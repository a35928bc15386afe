"""Which requests of the list are looked at: by words, test, program and facility."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from dyno_core.booking import Request
from dyno_core.reports.amounts import ANYWHERE

_NAMES: Final[Mapping[str, Callable[[Request], str]]] = {
    "Test": lambda one: one.test_type,
    "Program": lambda one: (one.program or "").strip(),
    "Facility": lambda one: one.facility or ANYWHERE,
}


def filtered(requests: Sequence[Request]) -> list[Request]:
    """Those that the fields leave; these are bound to the address, so that a filtered list can be shared."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key="request_search", placeholder="Tag, VIN, contact …", bind="query-params",
            width=190,
        )  # fmt: skip
        chosen = {
            label: st.multiselect(
                label, sorted({name(one) for one in requests} - {""}), placeholder="All",
                key=f"request_{label.lower()}", bind="query-params", width=168,
            )
            for label, name in _NAMES.items()
        }  # fmt: skip
    words = text.casefold().split()
    return [
        one
        for one in requests
        if all(not chosen[label] or name(one) in chosen[label] for label, name in _NAMES.items())
        and all(word in _said(one) for word in words)
    ]


def _said(one: Request) -> str:
    parts = (one.vehicle, one.vin, one.test_type, one.leg, one.program, one.contact, one.notes, one.reason, one.id)
    return " ".join(str(part) for part in parts if part).casefold()
