"""The parts of the ROI page."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.period import say_day
from dyno_core.reports.assumptions import Assumptions, LastChange, save_assumptions
from dyno_core.reports.figures import month_key
from dyno_core.reports.projection import Projection, project
from dyno_core.reports.roi import RoiReport, Scenario, cents
from dyno_core.tables import to_csv
from dyno_core.ui import charts, roi_charts
from dyno_core.ui.errors import presented
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import current_actor, current_app, origin

_SHORT_DAYS = 28


def draw_assumptions(assumptions: Assumptions, changed: LastChange | None, zone: ZoneInfo) -> None:
    """The three figures: a form for those who may edit them, plain text for everyone else; and whose they are."""
    _fields(assumptions)
    if changed is None:
        st.caption("These assumptions are the lab's settings; nobody changed them here yet.")
    else:
        when = changed.at.astimezone(zone)
        st.caption(f"Last changed by {quoted(changed.by)} on {say_day(when.date())} at {when:%H:%M}.")


def _fields(assumptions: Assumptions) -> None:
    if not current_actor().may(Permission.EDIT_ASSUMPTIONS):
        st.markdown(
            f"Calculated with **{assumptions.minutes_saved.normalize():f} minutes** saved per allocation, "
            f"**\\${assumptions.hourly_rate_usd:,.2f} per hour** and an investment of "
            f"**{_escaped(assumptions.investment_usd)}**. A manager can change them."
        )
        return
    with st.form("assumptions", border=True):
        st.markdown("**Assumptions.** Everyone sees the figures that follow from them; each change is on record.")
        columns = st.columns([1, 1, 1, 1.4], vertical_alignment="bottom")
        columns[0].number_input(
            "Minutes per allocation", 0.0, 480.0, float(assumptions.minutes_saved), 0.5, "%.1f", key="minutes_saved"
        )
        columns[1].number_input(
            "Hourly rate in dollars", 0.0, 10_000.0, float(assumptions.hourly_rate_usd), 1.0, key="hourly_rate_usd"
        )
        columns[2].number_input(
            "Investment in dollars", 0.0, 1e9, float(assumptions.investment_usd), 1000.0, "%.0f", key="investment_usd"
        )
        columns[3].text_input("Why it changes", key="assumptions_reason", placeholder="for the record, optional")
        st.form_submit_button("Save assumptions", key="save_assumptions", on_click=_save)


def draw_key_figures(report: RoiReport) -> None:
    expected = report.expected
    columns = st.columns(5)
    told = (
        (
            "Agent allocations", f"{expected.total.allocations:,}",
            "Allocations made through the agent in the period and not cancelled since.",
        ),
        (
            "Hours saved", f"{expected.total.hours_saved:,.1f}",
            "Agent allocations × minutes saved per allocation ÷ 60.",
        ),
        ("Saved", dollars(expected.total.savings_usd), "Hours saved × hourly rate, in the period."),
        (
            "Saved per year", dollars(expected.annualised_savings_usd),
            "Saved ÷ days observed × 365: what a year at this pace saves.",
        ),
        (
            "ROI per year", percent(expected.roi_percent),
            "Saved per year ÷ investment. 100% pays the investment back within a year.",
        ),
    )  # fmt: skip
    for column, (name, value, how) in zip(columns, told, strict=True):
        column.metric(name, value, border=True, help=how)
    if report.observed is not None and report.observed.days < _SHORT_DAYS:
        st.caption(f"Observed for {report.observed.days} days only: take the yearly figures as a hint.")


def draw_charts(report: RoiReport, colours: charts.Look) -> None:
    projection = project(report)
    if not projection.points:
        return
    st.subheader("Cumulative savings and the investment")
    figure = roi_charts.cumulative(
        projection,
        payback=payback_words(projection, report.expected.payback_months),
        colours=colours,
    )
    st.plotly_chart(figure, key="cumulative", alt="Cumulative savings against the investment", config=charts.CONFIG)
    if projection.payback_day is None:
        st.caption(_without_payback(projection))
    st.subheader("Savings by month")
    st.plotly_chart(
        roi_charts.months(report.months, colours=colours), key="months", alt="Savings by month", config=charts.CONFIG
    )


def draw_tables(report: RoiReport) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("Low, expected, high")
        st.table(
            [
                _scenario_row("Low", report.low),
                _scenario_row("Expected", report.expected),
                _scenario_row("High", report.high),
            ],
        )
        st.caption("Low and high assume 25% fewer and 25% more minutes saved per allocation.")
    with right:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader("By month")
            st.download_button("CSV", to_csv(table_of(report)), "roi.csv", "text/csv", key="csv", on_click="ignore")
        heading, *rows = table_of(report)
        st.dataframe(
            [dict(zip(heading, row, strict=True)) for row in rows], hide_index=True, key="table",
            column_config={
                "Hours saved": st.column_config.NumberColumn(format="%.2f"),
                "Savings in dollars": st.column_config.NumberColumn(format="dollar"),
            },
        )  # fmt: skip


def draw_formula() -> None:
    with st.expander("How these figures come about"):
        st.markdown(
            "- **Counted** is every allocation made through the agent and not cancelled since, "
            "in the month in which it was made. A month's figure is that month's alone.\n"
            "- **Hours saved** = allocations × minutes saved ÷ 60; **savings** = hours × hourly rate.\n"
            "- **Savings per year** = savings ÷ days observed × 365. Observed is from the period's first day, or from "
            "the first allocation made through the agent, to today or the period's last day.\n"
            "- **ROI** = savings per year ÷ investment × 100%.\n"
            "- **Payback** = investment ÷ savings per month at the yearly pace."
        )


def table_of(report: RoiReport) -> list[list[Any]]:
    """Heading, one row per month, and the total, as they go into a file."""
    rows: list[list[Any]] = [["Month", "Allocations", "Hours saved", "Savings in dollars"]]
    named = [(month_key(each.month), each.saved) for each in report.months]
    for month, saved in [*named, ("Total", report.expected.total)]:
        rows.append([month, saved.allocations, round(float(saved.hours_saved), 2), float(cents(saved.savings_usd))])
    return rows


def dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}"


def percent(value: Decimal | None) -> str:
    return "n/a" if value is None else f"{value:,.1f}%"


def in_months(months: Decimal | None) -> str:
    """``11 months``, ``27.2 years``: years from two years on, ``never`` for None, ``at once`` for nothing invested."""
    if months is None:
        return "never"
    if months < 1:
        return "within a month" if months else "at once"
    whole = f"{months:,.0f}"
    return f"{months / 12:,.1f} years" if months >= 24 else "1 month" if whole == "1" else f"{whole} months"


def payback_words(projection: Projection, months: Decimal | None) -> str:
    """What stands at the point where the savings cross the investment, which may lie in the past."""
    past = [point.day for point in projection.points if not point.is_forecast]
    if projection.payback_day is not None and past and projection.payback_day <= past[-1]:
        return "Paid back"
    return f"Payback after {in_months(months)}"


def _without_payback(projection: Projection) -> str:
    if projection.investment_usd == 0:
        return "Nothing was invested, so there is nothing to pay back."
    return "At this pace the savings do not reach the investment within the years shown."


def _save() -> None:
    state = st.session_state
    with presented():
        save_assumptions(
            current_app().database,
            origin("admin"),
            Assumptions.of({name: state[name] for name in ("minutes_saved", "hourly_rate_usd", "investment_usd")}),
            reason=state["assumptions_reason"].strip(),
        )
        st.toast("The assumptions are saved.", icon=":material/check_circle:")


def _scenario_row(name: str, scenario: Scenario) -> dict[str, str]:
    return {
        "Scenario": name,
        "Minutes": f"{scenario.minutes_saved.normalize():f}",
        "Saved": _escaped(scenario.total.savings_usd),
        "Per year": _escaped(scenario.annualised_savings_usd),
        "ROI": percent(scenario.roi_percent),
        "Payback": in_months(scenario.payback_months),
    }


def _escaped(amount: Decimal) -> str:
    """Dollars for Markdown, where two plain dollar signs would enclose a formula."""
    return f"\\{dollars(amount)}"
