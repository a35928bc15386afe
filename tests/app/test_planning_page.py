"""The planning page: who sees it, and its requests."""

import pytest

from dyno_core.accounts.roles import Role
from tests.fixtures.app import OpenPage

PAGE = "pages/planning.py"


@pytest.mark.parametrize("role", list(Role))
def test_everybody_who_reads_the_plan_may_look_at_the_planning(open_page: OpenPage, role: Role) -> None:
    at = open_page(PAGE, role)

    assert not at.exception
    assert at.title[0].value == "Planning"
    assert at.success[0].value == "Every request has a place."
