"""Changing or cancelling maintenance that comes back, from one of its windows on: what each becomes and hits, first."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.maintenance import (
    Hit,
    MaintenanceWindow,
    Recurrence,
    cancel_series,
    preview_series,
    recurrence_of,
)
from dyno_core.maintenance.recurring import LONGEST_WEEKS, MOST_TIMES
from dyno_core.period import Period
from dyno_core.planning import Rescue, change_series_around
from dyno_core.ui.columns import DAYS
from dyno_core.ui.fleet_desk import ButtonKind, save_pressed
from dyno_core.ui.planning_rescues import Unseen, and_move, is_as_drawn, look_anew, make_room, seen_rescues


def series_form(database: Database, origin: Origin, windows: Sequence[MaintenanceWindow], *, today: date) -> str | None:
    """Fields for how these windows come from now on, or not at all. The sentence that tells it once done, else None.

    Raises what `change_series_around` and `cancel_series` raise, and `InvalidInput` while a day is missing.
    """
    first, version = windows[0], sum(one.version for one in windows)
    key = f"series_{first.id}_{len(windows)}_{version}"
    recurrence = _fields(windows, today=today, key=key)
    hits = preview_series(database, windows, recurrence)
    _table(windows, hits)
    standing = list({each.id: each for one in hits for each in one.allocations}.values())
    displace, rescues, ticked = False, tuple[Rescue, ...](), list[Rescue]()
    if any(each.kind == "maintenance" for each in standing):
        st.warning(f"{first.dyno} is in other maintenance on some of these days.", icon=":material/warning:")
    elif standing:
        rescues = seen_rescues(
            database, first.dyno, recurrence.first, today=today, key=key, recurrence=recurrence, hits=standing
        )
        displace, ticked = make_room(rescues, always=False, table=f"{key}_{recurrence}_{recurrence.first}", key=key)
    as_drawn = is_as_drawn(standing, rescues, key=key)
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("Reason", key=f"{key}_reason", placeholder=first.reason, max_chars=500)
        with st.container(horizontal=True):
            change = _pressed(
                windows, f"Change these {recurrence.times}{and_move(ticked)}", key="series_change", kind="primary"
            )
            drop = _pressed(windows, f"Cancel these {len(windows)}", key="series_cancel", kind="secondary")
    if change:
        if not as_drawn:
            raise Unseen(dyno=first.dyno)
        look_anew(key)
        return change_series_around(
            database, origin, windows, recurrence, today=today, reason=reason, displace=displace, rescues=ticked
        ).sentence
    if drop:
        return cancel_series(database, origin, windows, today=today, reason=reason).sentence
    return None


def _pressed(windows: Sequence[MaintenanceWindow], label: str, *, key: str, kind: ButtonKind) -> bool:
    """Refused when one of the windows was changed since they were drawn."""
    return save_pressed(
        label, key=key, record=windows[0].id, version=sum(one.version for one in windows) + len(windows),
        what=f"The maintenance of {windows[0].dyno}", kind=kind, in_form=True,
    )  # fmt: skip


def _fields(windows: Sequence[MaintenanceWindow], *, today: date, key: str) -> Recurrence:
    now = recurrence_of(windows)
    begun = windows[0].start_date < today
    one, two, three, four = st.columns(4)
    start = one.date_input(
        "First day", now.first.start, key=f"{key}_first", disabled=begun,
        help="It has begun, so only its last day can change." if begun else None,
    )  # fmt: skip
    days = two.number_input("Days of each", 1, 366, min(now.first.days, 366), key=f"{key}_days")
    weeks = three.number_input("Weeks from one to the next", 1, LONGEST_WEEKS, now.every_weeks, key=f"{key}_weeks")
    times = four.number_input("Times from here on", 1, MOST_TIMES, now.times, key=f"{key}_times")
    if not isinstance(start, date):
        raise InvalidInput("A day is missing; choose one.")
    return Recurrence(Period.of(start, int(days)), every_weeks=int(weeks), times=int(times))


def _table(windows: Sequence[MaintenanceWindow], hits: Sequence[Hit]) -> None:
    count = max(len(windows), len(hits))
    now: list[MaintenanceWindow | None] = [*windows, *[None] * (count - len(windows))]
    then: list[Hit | None] = [*hits, *[None] * (count - len(hits))]
    st.dataframe(
        [
            {
                "Now": str(before.period) if before else "–",
                "First day": after.period.start if after else None,
                "Last day": after.period.end if after else None,
                "What becomes of it": _becomes(before, after),
                "What it hits": (", ".join(each.what for each in after.allocations) or "nothing") if after else "",
            }
            for before, after in zip(now, then, strict=True)
        ],
        hide_index=True,
        column_config=DAYS,
        placeholder="–",
        height="content" if count <= 8 else 320,
    )


def _becomes(before: MaintenanceWindow | None, after: Hit | None) -> str:
    if after is None:
        return "cancelled"
    if before is None:
        return "new"
    return "stays" if before.period == after.period else "changes"
