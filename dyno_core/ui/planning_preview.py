"""The preview of many places at once: where each request goes or why not, then applied in one go, and undone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from dyno_core.booking import Allocation
from dyno_core.period import say_day, say_days
from dyno_core.planning import Demand, Outcome, Place, Proposal, place_proposals, propose_places, undo_places
from dyno_core.ui.columns import DAY, DAYS, WRAPPED
from dyno_core.ui.echo import echo
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.planning_tolerance import choose_tolerance
from dyno_core.ui.quoting import unmarked

_PREVIEW: Final = "planning_preview"
_OUTCOMES: Final = "planning_outcomes"
_NAMED: Final = 3
_IN_THE_WAY: Final = {
    "none_free": "no fitting dyno is free then",
    "vehicle_busy": "it stands on another dyno then",
    "past": "these days are past",
}
"""Why a request can't have its days, by the reason of its proposal, where later ones would do."""


@dataclass(frozen=True, slots=True)
class Preview:
    """``request_ids`` None = all open ones. ``one_by_one``: somebody chose each of them. ``number`` tells one preview
    from the next.
    """

    proposals: tuple[Proposal, ...]
    request_ids: tuple[int, ...] | None
    tolerance: int
    number: int
    one_by_one: bool


def preview_of() -> Preview | None:
    found: Preview | None = st.session_state.get(_PREVIEW)
    return found


def wait_for_preview(
    desk: Desk, request_ids: Collection[int] | None, *, tolerance: int, one_by_one: bool = False
) -> None:
    """Make the proposal and show it in place of the list."""
    before = preview_of()
    proposals = propose_places(
        desk.database, today=desk.today, request_ids=request_ids, tolerance=tolerance, look_later=True
    )
    st.session_state[_PREVIEW] = Preview(
        proposals, None if request_ids is None else tuple(request_ids), tolerance,
        before.number + 1 if before else 1, one_by_one,
    )  # fmt: skip
    st.session_state.pop(_OUTCOMES, None)
    st.rerun()


def draw_preview(desk: Desk, preview: Preview) -> None:
    fits = [one for one in preview.proposals if one.place]
    later = [replace(one, place=one.later) for one in preview.proposals if one.later]
    st.subheader(f"{len(fits)} of {len(preview.proposals)} would be placed")
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        tolerance = choose_tolerance("preview", value=preview.tolerance)
        if st.button("Propose again", key="propose_again", icon=":material/refresh:") or tolerance != preview.tolerance:
            with presented():
                wait_for_preview(desk, preview.request_ids, tolerance=tolerance, one_by_one=preview.one_by_one)
    if fits:
        own = any(one.demand.latest_end and one.place.slipped for one in fits if one.place)
        why = " What starts later ends by the latest end that its own request names." if own else ""
        st.caption(f"Nothing is booked yet. Untick what is to wait; what stands in the plan is never touched.{why}")
    _say_what_is_past(fits, preview, today=desk.today)
    ticked = _ticked(fits, preview, today=desk.today) if fits else []
    if later:
        ticked += _ticked_later(later, preview, today=desk.today)
    with bar:  # over the tables, where it is seen whatever the length of the lists
        apply = (fits or later) and st.button(
            _agreed(ticked), key="apply_places", type="primary", disabled=not ticked, icon=":material/check:",
            help=None if ticked else "Tick what is to be placed.",
        )  # fmt: skip
        if st.button("Back to the requests", key="leave_preview"):
            del st.session_state[_PREVIEW]
            st.rerun()
    if apply:
        with presented():
            _apply(desk, ticked)
    if left := [one for one in preview.proposals if not (one.place or one.later)]:
        st.subheader(f"{len(left)} find{'s' if len(left) == 1 else ''} no place")
        st.caption(
            "In the list of requests, choose one alone: it may fit with fewer days, or by an exchange with another "
            "test, and its days, latest end and facility can be changed."
        )
        _reasons(left)


def show_placed(outcome: Outcome) -> None:
    """Tell of one request that was placed, with its way back, after the rerun that draws the list as it now is."""
    st.session_state[_OUTCOMES] = [outcome]
    st.rerun()


def where_it_is(placed: Allocation) -> str:
    return f"{placed.what} is on {placed.dyno} from {placed.period} (allocation {placed.id})."


def some_of(vehicles: Iterable[str]) -> str:
    """``T1, T2, T3 and 5 more``; the same vehicle once, and nothing for none."""
    names = list(dict.fromkeys(vehicles))
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def has_outcomes() -> bool:
    """Whether the receipt of the last placing still stands."""
    return bool(st.session_state.get(_OUTCOMES))


def draw_outcomes(desk: Desk) -> None:
    """What became of the last preview that was applied, until it is put away."""
    outcomes: list[Outcome] | None = st.session_state.get(_OUTCOMES)
    if not outcomes:
        return
    new = [one.allocation for one in outcomes if one.allocation and not one.before]
    other = [one for one in outcomes if one.allocation is None or one.before]
    if len(outcomes) == len(new) == 1:
        said = f"{where_it_is(new[0])} {outcomes[0].sentence}".strip()
    else:
        named = some_of(one.vehicle for one in new)
        left = f" {len(other)} {'was' if len(other) == 1 else 'were'} not, or had been already:" if other else ""
        said = f"{len(new)} placed{named and f': {named}'}.{left}"
    (st.warning if other else st.success)(unmarked(said), icon=":material/check_circle:")
    echo(said, key="echo_of_places")
    if other:
        st.dataframe(
            [{"Request": one.request_id, "Vehicle": one.vehicle, "What happened": one.sentence} for one in other],
            hide_index=True,
            row_height=WRAPPED,
            column_config={"What happened": st.column_config.TextColumn(width="large")},
        )
    with st.container(horizontal=True):
        lost = [one.request_id for one in other if one.allocation is None]
        if lost and st.button(f"Propose the {len(lost)} again", key="propose_lost"):
            with presented():
                wait_for_preview(desk, lost, tolerance=0, one_by_one=True)
        label = "Undo" if len(new) == 1 else "Undo all of this"
        if new and st.button(label, key="undo_places", icon=":material/undo:"):
            with presented():
                take_off_again(desk, new)
        if st.button("Put this away", key="outcomes_away"):
            del st.session_state[_OUTCOMES]
            st.rerun()


def _say_what_is_past(fits: Sequence[Proposal], preview: Preview, *, today: date) -> None:
    past = sum(one.demand.start < today for one in fits)
    if not past:
        return
    said = "1 was wished for a day that is past" if past == 1 else f"{past} were wished for days that are past"
    if not preview.one_by_one:  # what was chosen row by row is meant
        said += f", so {'it is' if past == 1 else 'they are'} not ticked: tick what is still wanted, withdraw the rest"
    st.info(f"{said}. All others had the first choice of the dynos.", icon=":material/history:")


def _agreed(ticked: Sequence[Proposal]) -> str:
    """What a click agrees to: other days than those wished are told."""
    slips = [one.place.slipped for one in ticked if one.place and one.place.slipped]
    if not slips:
        return f"Place {len(ticked)}" if ticked else "Place"
    if len(ticked) == 1:
        return f"Place 1, {say_days(slips[0])} later than wished"
    return f"Place {len(ticked)}, {'all' if len(slips) == len(ticked) else f'{len(slips)} of them'} later than wished"


def _ticked_later(later: Sequence[Proposal], preview: Preview, *, today: date) -> list[Proposal]:
    """Ticked by people, as it was not what was wished; but whoever chose a single request meant that one."""
    st.subheader(f"{len(later)} could be placed on later days")
    st.caption("Tick what may start later than it was wished.")
    return _chosen_of(
        later, [len(preview.proposals) == 1] * len(later), key=f"preview_later_{preview.number}", today=today,
        why=[_IN_THE_WAY.get(one.reason or "", "") for one in later],
    )  # fmt: skip


def _ticked(fits: Sequence[Proposal], preview: Preview, *, today: date) -> list[Proposal]:
    ticks = [preview.one_by_one or one.demand.start >= today for one in fits]
    return _chosen_of(fits, ticks, key=f"preview_{preview.number}", today=today)


def _chosen_of(
    fits: Sequence[Proposal], ticks: Sequence[bool], *, key: str, today: date, why: Sequence[str] = ()
) -> list[Proposal]:
    """``ticks``: as they stand at first."""
    wished = [_wished(one.demand, one.place, today=today) for one in fits if one.place]
    frame = pd.DataFrame(
        {
            "Place": ticks,
            "Vehicle": [one.demand.vehicle for one in fits],
            "Test": [one.demand.test_type for one in fits],
            "Dyno": [one.place.dyno for one in fits if one.place],
            "First day": [one.place.period.start for one in fits if one.place],
            "Last day": [one.place.period.end for one in fits if one.place],
            "Wished": wished,
            **({"Why not as wished": why} if why else {}),
            "Facility": [one.place.facility for one in fits if one.place],
            "Priority": [one.demand.priority for one in fits],
            "Request": [one.demand.id for one in fits],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        key=key,
        disabled=[name for name in frame.columns if name != "Place"],
        height=min(38 + 35 * len(fits), 340),
        column_config={
            **DAYS,
            "Place": st.column_config.CheckboxColumn(width=70),
            "Wished": st.column_config.TextColumn(width=20 + 7 * max(map(len, wished))),  # whole
        },
    )
    return [one for one, tick in zip(fits, edited["Place"], strict=True) if tick]


def _wished(demand: Demand, place: Place, *, today: date) -> str:
    if demand.start < today:
        return f"past: {say_day(demand.start)}"
    if place.slipped == 0:
        return "as wished"
    allowed = ", latest end allows" if demand.latest_end else ""
    return f"{say_days(place.slipped)} later{allowed}"


def _reasons(left: Sequence[Proposal]) -> None:
    st.dataframe(
        [
            {
                "Vehicle": one.demand.vehicle,
                "Why not": one.sentence,
                "Test": one.demand.test_type,
                "Wished from": one.demand.start,
                "To": one.demand.end,
                "Request": one.demand.id,
            }
            for one in left
        ],
        hide_index=True,
        key="preview_reasons",
        row_height=WRAPPED,
        column_config={"Wished from": DAY, "To": DAY, "Why not": st.column_config.TextColumn(width=420)},
    )


def _apply(desk: Desk, proposals: Sequence[Proposal]) -> None:
    # Kept as they come in: whoever leaves in the middle, or clicks again, finds here what was done until then.
    outcomes: list[Outcome] = st.session_state.setdefault(_OUTCOMES, [])
    over = {one.request_id for one in outcomes}
    left = [one for one in proposals if one.demand.id not in over]
    bar = st.progress(0.0, f"0 of {len(left)}")
    for done_now, outcome in enumerate(place_proposals(desk.database, desk.origin, left, today=desk.today), start=1):
        outcomes.append(outcome)
        bar.progress(done_now / len(left), f"{done_now} of {len(left)}: {outcome.vehicle}")
    st.session_state.pop(_PREVIEW, None)
    st.rerun()


def take_off_again(desk: Desk, allocations: Sequence[Allocation]) -> None:
    """Undo their placing, and tell what came of it."""
    bar = st.progress(0.0, "Undoing")
    undone = []
    for outcome in undo_places(desk.database, desk.origin, allocations, today=desk.today):
        undone.append(outcome)
        bar.progress(len(undone) / len(allocations), f"{len(undone)} of {len(allocations)}")
    st.session_state.pop(_OUTCOMES, None)
    kept = [one for one in undone if one.allocation is None]
    if len(undone) == 1 and not kept:
        done(f"{allocations[0].what} is off {allocations[0].dyno} again; its request is open.")
    said = f"{len(undone) - len(kept)} taken back; these requests are open again."
    if kept:
        said += " Left as they are: " + " ".join(one.sentence for one in kept[:3])
    done(said)
