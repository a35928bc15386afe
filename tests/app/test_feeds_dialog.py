"""Making, seeing and revoking one's own calendar feeds."""

from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import Role
from dyno_core.feeds import list_feeds, open_feed
from dyno_core.start import App
from tests.builders import given_dyno, given_vehicle
from tests.fixtures.app import OpenPage, given_user


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    assert not at.error
    return at


def test_an_address_is_shown_once_and_revoked_later(open_page: OpenPage, app: App) -> None:
    given_dyno(app.database, "N1")
    given_vehicle(app.database, tag="T1")
    viewer = given_user(app.database, role=Role.VIEWER)
    at = open_page("tests/app/feeds_page.py", viewer)
    at.button(key="feed_make").click()
    ran(at)
    token = at.code[0].value.removesuffix(".ics").rpartition("/")[2]
    assert open_feed(app.database, token) is not None

    at.button_group(key="feed_kind").set_value("A dyno")
    ran(at)
    assert len(at.code) == 0
    at.selectbox(key="feed_of_dyno").set_value("N1")
    at.button(key="feed_make").click()
    ran(at)
    at.button_group(key="feed_kind").set_value("A vehicle")
    ran(at)
    at.text_input(key="feed_of_vehicle").set_value("t1")
    at.button(key="feed_make").click()
    ran(at)
    assert [one.label for one in list_feeds(app.database, viewer)] == ["T1", "N1", "Vehicles of Viewer"]

    at.button(key=f"feed_revoke_{list_feeds(app.database, viewer)[-1].id}").click()
    ran(at)
    assert open_feed(app.database, token) is None
    assert len([one for one in at.button if (one.key or "").startswith("feed_revoke_")]) == 2
