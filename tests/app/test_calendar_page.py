"""The calendar page around the timeline: stepping through the plan, its lists, and an empty lab."""

from datetime import date

from dyno_core.accounts.roles import Role
from tests.fixtures.app import OpenPage

CALENDAR = "pages/calendar.py"


def test_as_many_steps_back_as_forth_lead_to_the_same_day_without_a_warning(open_page: OpenPage) -> None:
    at = open_page(CALENDAR, Role.VIEWER)
    at.button_group(key="zoom").set_value("Month").run()
    at.date_input(key="day").set_value(date(2026, 1, 31)).run()
    assert not at.exception
    for button, day in (
        ("later", date(2026, 2, 28)),
        ("later", date(2026, 3, 31)),
        ("earlier", date(2026, 2, 28)),
        ("earlier", date(2026, 1, 31)),
    ):
        at.button(key=button).click().run()
        assert not at.exception
        assert at.date_input(key="day").value == day
        assert not at.warning
    at.button(key="today").click().run()
    assert not at.exception
    assert at.date_input(key="day").value is None
    assert not at.warning
    assert at.info[0].value.startswith("There are no dynos yet.")
