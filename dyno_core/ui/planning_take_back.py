"""What a person did last to the plan, and its way back: found in the record of changes, so also after a reload and
in another browser.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.booking import Allocation
from dyno_core.period import say_day
from dyno_core.planning import Deed, LastFiled, LastPlaced, last_filed, last_outage, last_placed, last_way_out
from dyno_core.ui.columns import key_of_rows
from dyno_core.ui.conflict_choices import take_way_out_back
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.planning_breakdown import kind_of, take_outage_back
from dyno_core.ui.planning_paste import has_pasted, take_paste_back, told_of_paste
from dyno_core.ui.planning_preview import has_outcomes, some_of, take_off_again, where_it_is
from dyno_core.ui.planning_withdrawing import has_receipt, undo_filing
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import current_app
from dyno_core.workbook import LastPaste, last_paste


def draw_take_back(desk: Desk) -> None:
    """Nothing while there is nothing, or while its receipt still stands on the page.

    Each button is one deed's own: a click on one that is not the last any more, or the second of two, does nothing.
    """
    actor = desk.origin.actor
    placed = None if has_outcomes() else last_placed(desk.database, actor)
    pasted = None if has_pasted() else last_paste(desk.database, actor)
    filed = None if has_receipt() else last_filed(desk.database, actor)
    settled = last_way_out(desk.database, actor, today=desk.today)
    outage = last_outage(desk.database, actor, today=desk.today)
    deeds = [deed for deed in (placed, pasted, filed, settled, outage) if deed]
    if not deeds:
        return
    is_last = any(deed.is_newest for deed in deeds)
    # After an undo the deed before it must not look like the one that was just taken back: another name, and closed.
    title = "Take back what you did last" if is_last else "Take back something you did earlier"
    with st.expander(title, icon=":material/undo:"):
        if placed:
            _line(
                placed, f"{_said(placed)} Placed {_when(placed.at, desk.today)}.", "placing",
                key_of_rows("undo_last_places", (one.id for one in placed.allocations)),
                lambda: take_off_again(desk, placed.allocations),
            )  # fmt: skip
        if filed:
            _line(
                filed, f"{_told(filed)} Filed {_when(filed.at, desk.today)}.", "filing",
                key_of_rows("undo_last_filing", (one.id for one in filed.requests)),
                lambda: done(undo_filing(desk, filed.requests)),
            )  # fmt: skip
        if pasted:
            _line(
                pasted, f"{told_of_paste(pasted)}, of {some_of(one.name for one in pasted.made)}, from pasted rows "
                f"{_when(pasted.at, desk.today)}.", "paste",
                f"undo_last_paste_{pasted.at.timestamp()}", lambda: take_paste_back(desk, pasted),
            )  # fmt: skip
        if settled:
            _line(
                settled, f"{_stands(settled.after)} Settled as a conflict {_when(settled.at, desk.today)}.", "settling",
                f"undo_last_settling_{settled.at.timestamp()}", lambda: done(take_way_out_back(desk, settled)),
            )  # fmt: skip
        if outage:
            _line(
                outage, f"{_out(outage)} Reported {_when(outage.at, desk.today)}.", kind_of(outage),
                f"undo_last_outage_{outage.at.timestamp()}",
                lambda: done(take_outage_back(desk.database, desk.origin, outage, today=desk.today)),
            )  # fmt: skip


def _line(
    deed: LastPlaced | LastFiled | LastPaste | Deed, said: str, kind: str, key: str, undo: Callable[[], None]
) -> None:
    earlier = "" if deed.is_newest else "An earlier one: "
    label = f"Undo the {kind}" if deed.is_newest else f"Undo this earlier {kind}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(quoted(earlier + said), width="content")
        pressed = st.button(label, key=key, icon=":material/undo:")
    if pressed:
        with presented():
            undo()


def _said(placed: LastPlaced) -> str:
    if len(placed.allocations) == 1:
        return where_it_is(placed.allocations[0])
    return f"{len(placed.allocations)} places, for {some_of(one.vehicle for one in placed.allocations)}."


def _stands(settled: Sequence[Allocation]) -> str:
    if len(settled) == 1 and settled[0].status == "cancelled":
        return f"{settled[0].what} on {settled[0].dyno} is cancelled."
    if len(settled) == 1:
        return where_it_is(settled[0])
    return f"{len(settled)} tests: {some_of(one.vehicle for one in settled)}."


def _out(outage: Deed) -> str:
    first = outage.windows[0]
    said = f"{first.dyno} is in maintenance for {first.period}"
    if len(outage.windows) > 1:
        said += f" and {len(outage.windows) - 1} more times"
    for count, what in ((len(outage.moved), "moved"), (len(outage.displaced), "displaced")):
        if count:
            said += f", {count} test{'' if count == 1 else 's'} {what}"
    return f"{said}."


def _told(filed: LastFiled) -> str:
    first = filed.requests[0]
    if len(filed.requests) == 1:
        return f"{first.vehicle} ({first.test_type}) is wished for {first.period}."
    return (
        f"{len(filed.requests)} requests for {first.test_type} from {first.period}: "
        f"{some_of(one.vehicle for one in filed.requests)}."
    )


def _when(at: datetime, today: date) -> str:
    here = at.astimezone(ZoneInfo(current_app().settings.dyno_timezone))
    days = {today: "at", today - timedelta(days=1): "yesterday at"}
    return f"{days.get(here.date(), f'on {say_day(here.date())} at')} {here:%H:%M}"
