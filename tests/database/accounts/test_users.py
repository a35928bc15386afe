"""Accounts: who may change them, what is recorded, and that somebody is always left who can."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from dyno_core.accounts.passwords import verify_password
from dyno_core.accounts.roles import OPERATOR, Actor, Role
from dyno_core.accounts.sign_in import TooManyAttempts
from dyno_core.accounts.users import (
    LastAdministrator,
    change_own_password,
    change_password,
    create_user,
    list_users,
    set_disabled,
    set_role,
)
from dyno_core.audit import Origin, latest
from dyno_core.database.engine import Database
from dyno_core.database.models import UserRow
from dyno_core.errors import DynoError, InvalidInput, NotAllowed, NotFound, NotSignedIn
from tests.fixtures.app import given_user

PASSWORD = "rollers and wheels"
BY_OPERATOR = Origin(actor=OPERATOR, channel="admin")


def by(actor: Actor) -> Origin:
    return Origin(actor=actor, channel="admin")


def test_an_account_is_stored_tidy_and_recorded_without_its_password(fresh_database: Database) -> None:
    user = create_user(
        fresh_database, BY_OPERATOR, email=" Ada@Example.com", name="  Ada   Novak ", role="planner", password=PASSWORD
    )
    assert (user.email, user.name, user.role, user.disabled) == ("ada@example.com", "Ada Novak", Role.PLANNER, False)
    assert list_users(fresh_database, OPERATOR) == (user,)
    (entry,) = latest(fresh_database)
    assert (entry.action, entry.entity, entry.actor) == ("create", "user", "operator")
    assert entry.after == {"email": "ada@example.com", "name": "Ada Novak", "role": "planner"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "no address"}, "is not an e-mail address"),
        ({"email": "a@b@c"}, "is not an e-mail address"),
        ({"name": "  "}, "A name has 1 to 100 characters"),
        ({"role": "king"}, "“king” is not a role; choose one of viewer, engineer, planner, manager, admin"),
        ({"password": "short"}, "fewer than 10 characters"),
    ],
)
def test_a_bad_account_is_refused_with_what_is_wrong(
    fresh_database: Database, wrong: dict[str, str], said: str
) -> None:
    good = {"email": "ada@example.com", "name": "Ada", "role": "planner", "password": PASSWORD}
    with pytest.raises(InvalidInput, match=said):
        create_user(fresh_database, BY_OPERATOR, **(good | wrong))
    assert list_users(fresh_database, OPERATOR) == ()


def test_an_address_has_one_account_whatever_its_spelling(fresh_database: Database) -> None:
    given_user(fresh_database, email="ada@example.com")
    with pytest.raises(DynoError, match="There is an account with this e-mail address"):
        create_user(fresh_database, BY_OPERATOR, email="ADA@example.com", name="Ada", role="viewer", password=PASSWORD)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.PLANNER, Role.MANAGER])
def test_only_administrators_change_accounts(fresh_database: Database, role: Role) -> None:
    actor = given_user(fresh_database, role=role)
    target = given_user(fresh_database, email="target@example.com")
    origin = by(actor)
    with pytest.raises(NotAllowed):
        create_user(fresh_database, origin, email="x@example.com", name="X", role="admin", password=PASSWORD)
    with pytest.raises(NotAllowed):
        set_role(fresh_database, origin, email=actor.email, role="admin")
    with pytest.raises(NotAllowed):
        set_disabled(fresh_database, origin, email=target.email, disabled=True)
    with pytest.raises(NotAllowed):
        change_password(fresh_database, origin, email=target.email, password=PASSWORD)
    with pytest.raises(NotAllowed):
        list_users(fresh_database, actor)
    assert latest(fresh_database) == ()


def test_an_administrator_who_was_demoted_meanwhile_changes_nothing(fresh_database: Database) -> None:
    admin = given_user(fresh_database, role=Role.ADMIN)
    given_user(fresh_database, role=Role.ADMIN, email="other@example.com")
    set_role(fresh_database, BY_OPERATOR, email=admin.email, role="viewer")
    with pytest.raises(NotAllowed):
        set_role(fresh_database, by(admin), email=admin.email, role="admin")
    set_disabled(fresh_database, BY_OPERATOR, email=admin.email, disabled=True)
    with pytest.raises(NotSignedIn):
        set_role(fresh_database, by(admin), email=admin.email, role="admin")


def test_the_last_administrator_stays(fresh_database: Database) -> None:
    admin = given_user(fresh_database, role=Role.ADMIN)
    given_user(fresh_database, role=Role.ADMIN, email="asleep@example.com")
    set_disabled(fresh_database, BY_OPERATOR, email="asleep@example.com", disabled=True)
    with pytest.raises(LastAdministrator):
        set_role(fresh_database, by(admin), email=admin.email, role="manager")
    with pytest.raises(LastAdministrator):
        set_disabled(fresh_database, BY_OPERATOR, email=admin.email, disabled=True)
    set_role(fresh_database, by(admin), email=admin.email, role="admin")


def test_of_two_administrators_who_demote_each_other_at_once_one_stays(fresh_database: Database) -> None:
    first = given_user(fresh_database, role=Role.ADMIN)
    second = given_user(fresh_database, role=Role.ADMIN, email="second@example.com")
    together = Barrier(2)

    def demote(pair: tuple[Actor, Actor]) -> str:
        together.wait()
        try:
            set_role(fresh_database, by(pair[0]), email=pair[1].email, role="viewer")
        except (LastAdministrator, NotAllowed) as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(demote, [(first, second), (second, first)]))
    assert outcomes.count("done") == 1
    assert [user.role for user in list_users(fresh_database, OPERATOR)].count(Role.ADMIN) == 1


def test_an_account_that_is_so_already_is_not_written(fresh_database: Database) -> None:
    actor = given_user(fresh_database, role=Role.VIEWER)

    assert set_role(fresh_database, BY_OPERATOR, email=actor.email, role="viewer").role is Role.VIEWER
    assert not set_disabled(fresh_database, BY_OPERATOR, email=actor.email, disabled=False).disabled
    assert latest(fresh_database) == ()


def own(database: Database, actor: Actor, *, current: str = PASSWORD) -> None:
    change_own_password(
        database, by(actor), current_password=current, password="something newer", now=datetime.now(UTC)
    )


def test_guesses_at_the_current_password_are_limited_as_those_at_sign_in(fresh_database: Database) -> None:
    actor = given_user(fresh_database, password=PASSWORD)
    together = Barrier(8)

    def guess(number: int) -> type[Exception]:
        together.wait()
        with pytest.raises((InvalidInput, TooManyAttempts)) as refusal:
            own(fresh_database, actor, current=f"guess number {number}")
        return refusal.type

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(8)))
    assert (outcomes.count(InvalidInput), outcomes.count(TooManyAttempts)) == (5, 3)
    with pytest.raises(TooManyAttempts, match="try again in"):
        own(fresh_database, actor)


@pytest.mark.parametrize("meanwhile", ["disabled", "given another password"])
def test_an_own_password_is_not_set_over_what_an_administrator_did_meanwhile(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    actor = given_user(fresh_database, password=PASSWORD)

    def slowly(password: str, password_hash: str | None) -> bool:
        if meanwhile == "disabled":
            set_disabled(fresh_database, BY_OPERATOR, email=actor.email, disabled=True)
        else:
            change_password(fresh_database, BY_OPERATOR, email=actor.email, password="the administrator's one")
        return verify_password(password, password_hash)

    monkeypatch.setattr("dyno_core.accounts.users.verify_password", slowly)
    with pytest.raises(NotSignedIn):
        own(fresh_database, actor)


def test_everybody_changes_their_own_password_with_the_one_they_have(fresh_database: Database) -> None:
    actor = given_user(fresh_database, password=PASSWORD)
    given_user(fresh_database, email="other@example.com", password=PASSWORD)
    with pytest.raises(InvalidInput, match="current password is wrong"):
        own(fresh_database, actor, current="wrong")
    with pytest.raises(InvalidInput, match="new password is the current one"):
        own(fresh_database, actor, current="something newer")
    own(fresh_database, actor)
    with fresh_database.reading() as session:
        hashes = {row.email: row.password_hash for row in session.execute(select(UserRow.email, UserRow.password_hash))}
    assert verify_password("something newer", hashes[actor.email])
    assert verify_password(PASSWORD, hashes["other@example.com"])
    (entry,) = latest(fresh_database)
    assert (entry.action, entry.actor, entry.before, entry.after) == ("change_password", actor.email, None, None)


def test_an_account_that_does_not_exist_is_named_in_the_refusal(fresh_database: Database) -> None:
    with pytest.raises(NotFound, match=r"There is no account “nobody@example\.com”"):
        set_role(fresh_database, BY_OPERATOR, email="nobody@example.com", role="viewer")
