"""The entry: what each role finds in the navigation."""

from pathlib import Path

import pytest
from streamlit.util import calc_hash

from dyno_core.accounts.roles import Role
from dyno_core.database.engine import Database
from dyno_core.start import App
from tests.fixtures.app import OpenPage, given_user

ENTRY = "streamlit_app.py"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_a_first_page_and_sees_who_it_is(open_page: OpenPage, role: Role) -> None:
    at = open_page(ENTRY, role)
    assert not at.exception
    assert f"{role.value}@example.com · {role.value}" in at.sidebar.get("html")[0].proto.body


def test_people_change_their_own_password_and_have_to_sign_in_again(open_page: OpenPage, app: App) -> None:
    actor = given_user(app.database, password="rollers and wheels")
    at = open_page("tests/app/account_page.py", actor)
    at.text_input(key="own_current").input("not the password")
    at.text_input(key="own_new").input("something newer")
    at.text_input(key="own_new_again").input("something newer")
    at.button(key="own_change").click().run()
    assert not at.exception
    assert at.error[0].value.startswith("The current password is wrong")
    at.text_input(key="own_current").input("rollers and wheels")
    at.text_input(key="own_new_again").input("something never")
    at.button(key="own_change").click().run()
    assert at.error[0].value.startswith("The new password was typed in two ways")
    at.text_input(key="own_new_again").input("something newer")
    at.button(key="own_change").click().run()
    assert not at.exception
    assert at.info[0].value.startswith("Your password is changed")
    assert "/auth/bye.js?told=password-changed" in at.get("html")[0].proto.body


def test_a_page_without_its_database_says_so_and_nothing_else(
    open_page: OpenPage, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/gone")
    at = open_page(ENTRY, Role.ENGINEER)
    monkeypatch.setattr(app, "database", gone)
    at.run()
    gone.dispose()
    assert not at.exception
    assert at.warning[0].value.startswith("The database can't be reached right now")
    assert not at.title


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
