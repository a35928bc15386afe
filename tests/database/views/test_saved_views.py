"""Saved views: a person's own, seen by others only when shared, changed only by their owner."""

import threading

import pytest

from dyno_core.accounts.roles import OPERATOR, Actor, Role
from dyno_core.accounts.users import set_disabled
from dyno_core.audit import Names, Origin, in_words, latest
from dyno_core.database.engine import Database
from dyno_core.database.violations import ConstraintRefused
from dyno_core.errors import DynoError, InvalidInput, NotAllowed, NotFound, NotSignedIn, StaleVersion
from dyno_core.views import MOST_VIEWS, SavedView, delete_view, list_views, rename_view, save_view, share_view
from tests.builders import OPERATOR_ORIGIN
from tests.fixtures.app import given_user


def by(actor: Actor) -> Origin:
    return Origin(actor, "calendar")


def saved(database: Database, actor: Actor, name: str = "North", *, shared: bool = False) -> SavedView:
    return save_view(database, by(actor), page="calendar", name=name, parameters={"zoom": ["Month"]}, shared=shared)


@pytest.fixture
def planner(fresh_database: Database) -> Actor:
    return given_user(fresh_database, role=Role.PLANNER)


@pytest.fixture
def engineer(fresh_database: Database) -> Actor:
    return given_user(fresh_database, role=Role.ENGINEER)


def test_a_view_keeps_the_filters_of_the_address(fresh_database: Database, engineer: Actor) -> None:
    one = save_view(
        fresh_database, by(engineer), page="calendar", name="  My   week ",
        parameters={"zoom": ["Week"], "facility": ["North", "A&B#?é"], "Bad name": ["x"]},
    )  # fmt: skip

    assert (one.name, one.query) == ("My week", "facility=North&facility=A%26B%23%3F%C3%A9&zoom=Week")
    assert list_views(fresh_database, engineer, page="calendar") == (one,)
    assert list_views(fresh_database, engineer, page="planning") == ()


def test_others_see_a_view_only_while_it_is_shared(fresh_database: Database, planner: Actor, engineer: Actor) -> None:
    own, theirs = saved(fresh_database, engineer, "Z"), saved(fresh_database, planner, "A")
    assert list_views(fresh_database, engineer, page="calendar") == (own,)

    shared = share_view(fresh_database, by(planner), theirs.id, shared=True, version=1)
    assert list_views(fresh_database, engineer, page="calendar") == (own, shared)
    assert shared.owner == "Planner"

    share_view(fresh_database, by(planner), theirs.id, shared=False, version=2)
    assert list_views(fresh_database, engineer, page="calendar") == (own,)


def test_only_planners_and_managers_share(fresh_database: Database, engineer: Actor) -> None:
    with pytest.raises(NotAllowed, match="share a view with everyone"):
        saved(fresh_database, engineer, shared=True)
    one = saved(fresh_database, engineer)
    with pytest.raises(NotAllowed):
        share_view(fresh_database, by(engineer), one.id, shared=True, version=1)
    assert saved(fresh_database, given_user(fresh_database, role=Role.MANAGER), shared=True).shared


def test_nobody_changes_a_view_of_somebody_else(fresh_database: Database, planner: Actor, engineer: Actor) -> None:
    one = saved(fresh_database, planner, shared=True)
    for change in (
        lambda: rename_view(fresh_database, by(engineer), one.id, name="X", version=1),
        lambda: share_view(fresh_database, by(engineer), one.id, shared=False, version=1),
        lambda: delete_view(fresh_database, by(engineer), one.id, version=1),
    ):
        with pytest.raises(NotFound):
            change()
    assert list_views(fresh_database, planner, page="calendar") == (one,)


def test_who_manages_accounts_deletes_what_is_shared_and_nothing_else(fresh_database: Database, planner: Actor) -> None:
    admin = given_user(fresh_database, role=Role.ADMIN)
    kept, shared = saved(fresh_database, planner, "kept"), saved(fresh_database, planner, "shared", shared=True)

    delete_view(fresh_database, by(admin), shared.id, version=1)
    with pytest.raises(NotFound):
        delete_view(fresh_database, by(admin), kept.id, version=1)

    assert list_views(fresh_database, planner, page="calendar") == (kept,)


def test_a_name_is_there_once_per_person_and_page(fresh_database: Database, planner: Actor, engineer: Actor) -> None:
    saved(fresh_database, planner, "North")
    with pytest.raises(ConstraintRefused, match="You have a view of this name"):
        saved(fresh_database, planner, "NORTH")
    second = saved(fresh_database, planner, "South")
    with pytest.raises(ConstraintRefused):
        rename_view(fresh_database, by(planner), second.id, name="north", version=1)
    saved(fresh_database, engineer, "North")
    save_view(fresh_database, by(planner), page="planning", name="North", parameters={})


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\0b", "a\u202eb"])
def test_a_name_people_can_not_read_is_refused(fresh_database: Database, engineer: Actor, name: str) -> None:
    with pytest.raises(InvalidInput, match="needs a name"):
        saved(fresh_database, engineer, name)


def test_more_than_an_address_holds_is_refused(fresh_database: Database, engineer: Actor) -> None:
    with pytest.raises(InvalidInput, match="too long"):
        save_view(fresh_database, by(engineer), page="calendar", name="A", parameters={"q": ["x" * 2000]})


def test_two_tabs_at_once_do_not_get_past_the_most_views(fresh_database: Database, engineer: Actor) -> None:
    for number in range(MOST_VIEWS - 1):
        saved(fresh_database, engineer, f"view {number}")
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def one_more(name: str) -> None:
        together.wait()
        try:
            outcomes.append(saved(fresh_database, engineer, name).name)
        except DynoError as refusal:
            outcomes.append(str(refusal))

    tabs = [threading.Thread(target=one_more, args=(name,)) for name in "AB"]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()

    assert sum("the most there can be; delete one first." in said for said in outcomes) == 1
    assert len(list_views(fresh_database, engineer, page="calendar")) == MOST_VIEWS


def test_a_stale_tab_changes_nothing(fresh_database: Database, planner: Actor) -> None:
    one = saved(fresh_database, planner)
    renamed = rename_view(fresh_database, by(planner), one.id, name="South", version=1)
    for change in (
        lambda: rename_view(fresh_database, by(planner), one.id, name="East", version=1),
        lambda: share_view(fresh_database, by(planner), one.id, shared=True, version=1),
        lambda: delete_view(fresh_database, by(planner), one.id, version=1),
    ):
        with pytest.raises(StaleVersion):
            change()
    assert list_views(fresh_database, planner, page="calendar") == (renamed,)


def test_a_disabled_account_and_the_command_line_save_nothing(fresh_database: Database, engineer: Actor) -> None:
    set_disabled(fresh_database, OPERATOR_ORIGIN, email=engineer.email, disabled=True)
    for actor in (engineer, OPERATOR):
        with pytest.raises(NotSignedIn):
            saved(fresh_database, actor)


def test_every_change_is_on_record_in_words(fresh_database: Database, planner: Actor) -> None:
    one = saved(fresh_database, planner)
    one = rename_view(fresh_database, by(planner), one.id, name="South", version=one.version)
    one = share_view(fresh_database, by(planner), one.id, shared=True, version=one.version)
    one = share_view(fresh_database, by(planner), one.id, shared=False, version=one.version)
    delete_view(fresh_database, by(planner), one.id, version=one.version)

    assert [in_words(entry, Names()) for entry in reversed(latest(fresh_database))] == [
        "saved view North",
        "renamed view North: name North → South",
        "shared view South",
        "no longer shares view South",
        "deleted view South",
    ]
