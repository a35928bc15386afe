"""The admin page: who gets in, and that its buttons do what they say."""

import pytest
from sqlalchemy import select

from dyno_core.accounts.roles import Role
from dyno_core.accounts.users import set_disabled, set_role
from dyno_core.audit import Origin
from dyno_core.database.models import AuditRow, UserRow
from dyno_core.start import App
from tests.fixtures.app import OpenPage, given_user

ADMIN = "pages/admin.py"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.PLANNER, Role.MANAGER])
def test_other_roles_are_told_that_the_admin_page_is_not_for_them(open_page: OpenPage, role: Role) -> None:
    at = open_page(ADMIN, role)
    assert not at.exception
    assert [title.value for title in at.title] == ["Not for your role"]
    assert at.warning[0].value == (
        f"Your role “{role.value}” does not allow you to manage accounts; ask an administrator to do it."
    )
    assert not at.dataframe


def test_a_visitor_who_is_not_signed_in_sees_nothing_of_the_admin_page(open_page: OpenPage) -> None:
    at = open_page(ADMIN, None)
    assert not at.exception
    assert at.info[0].value.startswith("You are not signed in any more")
    assert not at.dataframe
    assert not at.title


def test_an_administrator_adds_an_account(open_page: OpenPage, app: App) -> None:
    at = open_page(ADMIN, Role.ADMIN)
    assert not at.exception
    at.text_input(key="new_email").input("New.Person@Example.com")
    at.text_input(key="new_name").input("New Person")
    at.text_input(key="new_password").input("rollers and wheels")
    at.button(key="add").click().run()
    assert not at.exception
    assert at.success[0].value == "Added new.person@example.com."
    with app.database.reading() as session:
        assert (
            session.scalars(select(UserRow.role).where(UserRow.email == "new.person@example.com")).one() == "engineer"
        )


def test_a_weak_password_is_refused_with_what_to_do_better(open_page: OpenPage, app: App) -> None:
    at = open_page(ADMIN, Role.ADMIN)
    at.text_input(key="new_email").input("new@example.com")
    at.text_input(key="new_name").input("New")
    at.text_input(key="new_password").input("short")
    at.button(key="add").click().run()
    assert not at.exception
    assert at.error[0].value == (
        "The password has fewer than 10 characters; take a longer one, several words are fine."
    )
    with app.database.reading() as session:
        assert session.scalars(select(UserRow.email)).all() == ["admin@example.com"]


def test_changing_a_role_is_stored_and_recorded_with_its_author(open_page: OpenPage, app: App) -> None:
    engineer = given_user(app.database, role=Role.ENGINEER)
    at = open_page(ADMIN, Role.ADMIN)
    at.selectbox(key="account").select(engineer.email).run()
    at.selectbox(key=f"role_{engineer.id}").select("planner").run()
    at.button(key="save_role").click().run()
    assert not at.exception
    assert at.success[0].value == "engineer@example.com is now planner."
    with app.database.reading() as session:
        row = session.scalars(select(AuditRow)).one()
    assert (row.actor, row.channel, row.before, row.after) == (
        "admin@example.com",
        "admin",
        {"role": "engineer"},
        {"role": "planner"},
    )


def test_the_last_administrator_can_not_be_disabled_on_the_page(open_page: OpenPage, app: App) -> None:
    at = open_page(ADMIN, Role.ADMIN)
    at.button(key="switch").click().run()
    assert not at.exception
    assert at.error[0].value.startswith("admin@example.com is the last administrator")
    with app.database.reading() as session:
        assert session.scalars(select(UserRow.disabled)).one() is False


def test_the_record_of_changes_is_told_in_words_and_filtered_by_who_and_what(open_page: OpenPage, app: App) -> None:
    admin = given_user(app.database, role=Role.ADMIN)
    engineer = given_user(app.database, role=Role.ENGINEER)
    by = Origin(actor=admin, channel="admin")
    set_role(app.database, by, email=engineer.email, role="planner")
    set_disabled(app.database, by, email=engineer.email, disabled=True)
    at = open_page("streamlit_app.py", admin).switch_page(ADMIN)
    at.query_params["tab"] = "Changes"
    at.run()
    assert not at.exception
    (table,) = at.dataframe
    assert list(table.value.columns) == ["When", "Who", "What", "Through", "Why"]
    assert list(table.value["What"]) == [
        "disabled account engineer@example.com: disabled no → yes",
        "changed the role of account engineer@example.com: role engineer → planner",
    ]
    at.text_input(key="changes_which").input("ENGINEER@example.com").run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 2
    at.selectbox(key="changes_what").select("dyno").run()
    assert not at.exception
    assert at.info[0].value.startswith("Nothing was changed that fits these filters")
