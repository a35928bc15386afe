"""Views of the calendar and the planning: saved as they stand in the address, opened by a link, shared, deleted."""

from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import Actor, Role
from dyno_core.audit import Origin
from dyno_core.start import App
from dyno_core.views import list_views, save_view
from tests.fixtures.app import OpenPage, given_user


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    assert not at.error
    return at


def opened(open_page: OpenPage, page: str, who: Role | Actor) -> AppTest:
    """Through the entry: the calendar links to another page."""
    return ran(open_page("streamlit_app.py", who).switch_page(f"pages/{page}.py"))


def links(at: AppTest) -> str:
    return "".join(one.value for one in at.html if one.value.startswith("<ul"))


def test_what_is_on_screen_is_saved_shared_renamed_and_deleted(open_page: OpenPage, app: App) -> None:
    """In the address as the browser tells it; only there do filters write themselves into it."""
    planner = given_user(app.database, role=Role.PLANNER)
    at = opened(open_page, "planning", planner)
    at.query_params.update({"tab": "Conflicts", "conflict_past": "true", "conflict": "rule:1"})
    at.text_input(key="view_name").set_value("<b>Mine</b>")
    at.button(key="view_save").click()
    ran(at)
    assert [one.value for one in at.success if "is saved" in one.value] == ["“\\<b>Mine\\</b>” is saved."]
    assert 'href="/planning?conflict_past=true&amp;tab=Conflicts" target="_self"' in links(at)
    assert "&lt;b&gt;Mine&lt;/b&gt;" in links(at)

    at.button(key="view_share").click()
    ran(at)
    assert "shared with everyone" in links(at)
    (one,) = list_views(app.database, planner, page="planning")
    assert one.shared

    at.text_input(key=f"view_name_{one.id}_{one.version}").set_value("Ours")
    at.button(key="view_rename").click()
    ran(at)
    assert "Ours" in links(at)

    at.button(key="view_delete").click()
    ran(at)
    assert links(at) == ""


def test_a_reader_opens_what_is_shared_and_can_not_change_it(open_page: OpenPage, app: App) -> None:
    planner = given_user(app.database, role=Role.PLANNER)
    save_view(app.database, Origin(planner, "calendar"), page="calendar", name="Ours", parameters={}, shared=True)

    at = opened(open_page, "calendar", Role.VIEWER)

    assert "Ours</a> <small" in links(at)
    assert "by Planner" in links(at)
    keys = {one.key for one in at.button}
    assert "view_save" in keys
    assert not keys & {"view_share", "view_delete", "view_rename", "view_keep"}


def test_a_name_that_is_taken_is_told_in_a_sentence(open_page: OpenPage, app: App) -> None:
    engineer = given_user(app.database, role=Role.ENGINEER)
    save_view(app.database, Origin(engineer, "calendar"), page="calendar", name="Mine", parameters={})
    at = opened(open_page, "calendar", engineer)
    at.text_input(key="view_name").set_value("mine")
    at.button(key="view_save").click().run()

    assert not at.exception
    assert [one.value for one in at.error] == ["You have a view of this name; choose another name."]
