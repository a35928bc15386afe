"""The entry: what each role finds in the navigation."""

from pathlib import Path

import pytest
from streamlit.util import calc_hash

from dyno_core.accounts.roles import Role
from tests.fixtures.app import OpenPage

ENTRY = "streamlit_app.py"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_a_first_page_and_sees_who_it_is(open_page: OpenPage, role: Role) -> None:
    at = open_page(ENTRY, role)
    assert not at.exception
    assert f"{role.value}@example.com · {role.value}" in at.sidebar.get("html")[0].proto.body


def test_a_visitor_is_led_to_the_sign_in_page(open_page: OpenPage) -> None:
    at = open_page(ENTRY, None)
    assert not at.exception
    assert "/auth/bye.js" in at.get("html")[0].proto.body
    assert not at.sidebar.get("html")


def test_an_engineer_who_opens_the_admin_page_is_told_why_not(open_page: OpenPage) -> None:
    at = open_page(ENTRY, Role.ENGINEER)
    at._page_hash = calc_hash("admin")  # as a browser at /admin does; AppTest itself only switches to page files
    at.run()
    assert not at.exception
    assert "manage accounts" in at.warning[0].value


def test_every_page_begins_by_asking_for_a_permission() -> None:
    for page in Path(__file__).parents[2].joinpath("pages").glob("*.py"):
        assert "require_page(Permission." in page.read_text(), f"{page.name} does not ask who is looking"
