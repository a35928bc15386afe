"""What the calendar shows, as rows, bars and cells. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dyno_core.booking import Allocation, Conflict, Request, lateness
from dyno_core.fleet import Dyno
from dyno_core.maintenance import MaintenanceWindow
from dyno_core.period import FIRST_DAY, LAST_DAY, Period, say_days
from dyno_core.ui.calendar_reading import BARS_WITHIN, Cells, Filters, Lab, Plan
from dyno_core.ui.timeline import Bar, Cell, Occupancy, Row, Wish

ZOOMS: Final = {"Week": 7, "Month": 31, "Quarter": 92, "Year": 365}
_LONGEST_NOTE: Final = 120
_WEEKS_AHEAD: Final = {"Month": 5, "Quarter": 14, "Year": 53}
STATUS_WORDS: Final = {
    "scheduled": "scheduled",
    "in_progress": "in progress",
    "completed": "completed",
    "tentative": "tentative",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True)
class Board:
    """A plan, ready to draw."""

    conflicts: tuple[Conflict, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    wishes: tuple[Wish, ...]
    occupancy: Occupancy | None


def window_of(anchor: date, zoom: str) -> Period:
    """The days shown: whole weeks, months, quarters or years around ``anchor``."""
    if zoom == "Week":
        monday = anchor - timedelta(days=anchor.weekday())
        return Period(monday, monday + timedelta(days=6))
    if zoom == "Year":
        return Period(date(anchor.year, 1, 1), date(anchor.year, 12, 31))
    months = 1 if zoom == "Month" else 3
    first_month = anchor.month if months == 1 else 3 * ((anchor.month - 1) // 3) + 1
    first = date(anchor.year, first_month, 1)
    return Period(first, _months_later(first, months) - timedelta(days=1))


def window_ahead(today: date, zoom: str) -> Period:
    """What a planner opens the calendar for: about a week of the past, for what has just ended, and the rest ahead.

    It begins on the Monday that is closest to a week ago, and is never shorter than the whole window of that name. A
    week is the whole week of ``today``; at its weekend, that and the week to come.
    """
    if zoom == "Week":
        week = window_of(today, zoom)
        saturday = week.end - timedelta(days=1)
        return week if today < saturday else Period(saturday, week.end + timedelta(days=7))
    week_ago = today - timedelta(days=4)
    monday = week_ago - timedelta(days=week_ago.weekday())
    return Period(monday, monday + timedelta(days=7 * _WEEKS_AHEAD[zoom] - 1))


def stepped(anchor: date, zoom: str, steps: int) -> date:
    """The same day of the week or month so many windows later; of a shorter month its last day, within 2000 to 2099."""
    if zoom == "Week":
        day = anchor + timedelta(days=7 * steps)
    else:
        first = _months_later(anchor.replace(day=1), steps * {"Month": 1, "Quarter": 3, "Year": 12}[zoom])
        day = min(first + timedelta(days=anchor.day - 1), _months_later(first, 1) - timedelta(days=1))
    return min(max(day, FIRST_DAY), LAST_DAY)


def title_of(window: Period, zoom: str) -> str:
    start = window.start
    if window != window_of(start, zoom):
        return f"From {start:%-d %b}"  # short: it stands beside the buttons
    if zoom == "Week":
        return f"Week {start.isocalendar().week}, {start:%-d %b} to {window.end:%-d %b %Y}"
    if zoom == "Month":
        return f"{start:%B %Y}"
    return f"Q{(start.month + 2) // 3} {start.year}" if zoom == "Quarter" else str(start.year)


def board_of(lab: Lab, plan: Plan, filters: Filters, *, today: date) -> Board:
    busy, clashing = plan.busy, plan.clashing
    shown = [
        dyno
        for dyno in lab.dynos
        if (not filters.selection.facilities or dyno.facility in filters.selection.facilities)
        and (not filters.look_for_something or dyno.id in busy)
    ]
    ids = {dyno.id for dyno in shown}
    reasons = {one.id: one for one in plan.windows}
    visible = tuple(one for one in plan.allocations if one.dyno_id in ids)
    return Board(
        conflicts=tuple(one for one in plan.conflicts if any(a.dyno_id in ids for a in one.allocations)),
        rows=tuple(_row(dyno, plan.shares.get(dyno.id)) for dyno in shown),
        bars=tuple(_bar(one, clashing, reasons, today=today) for one in visible),
        wishes=tuple(_wish(one) for one in plan.wished),
        occupancy=_occupancy(plan.cells, plan) if plan.cells else None,
    )


def _occupancy(cells: Cells, plan: Plan) -> Occupancy:
    """In a stretch of which a single day clashes, the whole stretch is marked: a wide cell hides no overload."""
    clashing = {
        (one.dyno_id, bucket)
        for conflict in plan.conflicts
        for one in conflict.allocations
        for bucket in cells.buckets_of(conflict.period)
    }

    def drawn() -> Iterator[Cell]:
        for one in cells.occupied:
            days = cells.days_in(one.bucket)
            yield Cell(
                dyno_id=one.dyno_id,
                bucket=one.bucket,
                booked=min(1.0, one.booked / days),
                down=min(1.0, one.down / days),
                clash=one.disputed or (one.dyno_id, one.bucket) in clashing,
            )

    return Occupancy(
        period=cells.period, step=cells.step, cells=tuple(drawn()), with_bars=cells.with_bars, bars_within=BARS_WITHIN
    )


def _row(dyno: Dyno, share: float | None) -> Row:
    drives = "/".join(dyno.supported_drives)
    weights = dyno.supported_weight_classes[0] if len(dyno.supported_weight_classes) == 1 else ""
    detail = " ".join(part for part in (drives, weights) if part)
    name = dyno.name if dyno.enabled else f"{dyno.name} (out)"
    return Row(dyno_id=dyno.id, name=name, facility=dyno.facility, detail=detail, utilization=share)


def _bar(one: Allocation, clashing: Collection[int], reasons: dict[int, MaintenanceWindow], *, today: date) -> Bar:
    window = reasons.get(one.id)
    label = f"{one.vehicle} · {one.leg or one.test_type}"
    if one.kind == "maintenance":
        label = window.category.capitalize() if window else "Maintenance"
    return Bar(
        allocation_id=one.id,
        dyno_id=one.dyno_id,
        start=one.start_date,
        end=one.end_date,
        kind="maintenance" if one.kind == "maintenance" else "test",
        test_type=one.test_type or "",
        status=one.status,
        disputed=one.disputed,
        conflict=one.id in clashing,
        label=label,
        tooltip=_tooltip(one, window, in_conflict=one.id in clashing, today=today),
        version=one.version,
        movable=one.kind == "test" and one.status in ("scheduled", "tentative"),
    )


def _tooltip(one: Allocation, window: MaintenanceWindow | None, *, in_conflict: bool, today: date) -> str:
    days = f"{one.period} ({say_days(one.days)})"
    if one.kind == "maintenance":
        return "\n".join(filter(None, ("Maintenance", window.reason if window else None, days)))
    state = STATUS_WORDS[one.status] + (", disputed: needs another place" if one.disputed else "")
    who = " · ".join(filter(None, (one.program, one.contact)))
    clash = "In conflict with something else" if in_conflict else None
    delay = lateness(one, today=today).sentence
    mark = _follow_up(one)
    return "\n".join(filter(None, (one.vehicle, _test_of(one), days, state, delay, who, clash, mark)))


def _test_of(one: Allocation | Request) -> str:
    return f"{one.test_type}{f', {one.leg}' if one.leg else ''}"


def _follow_up(one: Allocation | Request) -> str | None:
    if not one.follow_up:
        return None
    note = one.notes if len(one.notes) <= _LONGEST_NOTE else f"{one.notes[: _LONGEST_NOTE - 2].rstrip()} …"
    return f"Follow up: {note}" if note else "Marked for a follow-up"


def _wish(one: Request) -> Wish:
    days = f"Wished for {one.period} ({say_days(one.period.days)}), priority {one.priority}"
    who = " · ".join(filter(None, (one.program, one.contact)))
    said = (one.vehicle, _test_of(one), days, who, one.reason, _follow_up(one))
    return Wish(
        request_id=one.id,
        start=one.start_date,
        end=one.end_date,
        test_type=one.test_type,
        label=f"{one.vehicle} · {one.leg or one.test_type}",
        tooltip="\n".join(filter(None, said)),
        version=one.version,
    )


def _months_later(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def line_of(one: Allocation, *, today: date) -> dict[str, object]:
    """A line of the plan as a table, by heading."""
    return {
        "Dyno": one.dyno,
        "Facility": one.facility,
        "Vehicle": one.vehicle if one.kind == "test" else "maintenance",
        "Test": one.test_type or "",
        "Leg": one.leg or "",
        "First day": one.start_date,
        "Last day": one.end_date,
        "Days": one.days,
        "Status": STATUS_WORDS[one.status],
        "Delay": lateness(one, today=today).sentence if one.kind == "test" else "",
        "Disputed": "yes" if one.disputed else "",
        "Program": one.program,
        "VIN": one.vin,
        "Contact": one.contact,
        "Follow up": "yes" if one.follow_up else "",
        "Number": one.id,
    }
