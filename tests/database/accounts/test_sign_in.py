"""Signing in against a real database: lockout, sessions, and everything that ends one."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from dyno_core.accounts.passwords import verify_password
from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.accounts.sign_in import (
    SignedIn,
    SignInRefused,
    TooManyAttempts,
    actor_for,
    open_sessions,
    revoke_session,
    sign_in,
    sign_out,
)
from dyno_core.accounts.tokens import signing_key
from dyno_core.accounts.users import change_password, set_disabled, set_role
from dyno_core.audit import Origin
from dyno_core.database.engine import Database
from dyno_core.database.models import SignInAttemptRow, UserRow
from dyno_core.errors import NotAllowed
from tests.fixtures.app import KEY, given_user, token_for

EMAIL = "engineer@example.com"
PASSWORD = "rollers and wheels"
NOW = datetime.now(UTC)
BY_OPERATOR = Origin(actor=OPERATOR, channel="admin")


def attempt(
    database: Database, *, email: str = EMAIL, password: str = PASSWORD, address: str = "192.0.2.1", now: datetime = NOW
) -> SignedIn:
    return sign_in(database, email=email, password=password, address=address, user_agent="test", now=now, key=KEY)


def fail(database: Database, times: int, *, email: str = EMAIL, address: str = "192.0.2.1") -> None:
    """Failures as they are stored, without the quarter of a second that each real one costs."""
    with database.writing() as session:
        session.add_all([SignInAttemptRow(at=NOW, email=email, address=address, succeeded=False) for _ in range(times)])


def test_the_right_password_gives_a_session_for_a_day(fresh_database: Database) -> None:
    user = given_user(fresh_database, email=EMAIL, password=PASSWORD)
    signed_in = attempt(fresh_database, email=" Engineer@Example.com ")
    assert signed_in.actor == user
    assert signed_in.expires_at == NOW + timedelta(hours=24)
    assert actor_for(fresh_database, signed_in.token, key=KEY, now=NOW) == user
    assert actor_for(fresh_database, signed_in.token, key=KEY, now=NOW + timedelta(hours=24)) is None


def test_wrong_password_unknown_account_and_disabled_account_get_the_same_sentence(fresh_database: Database) -> None:
    given_user(fresh_database, email=EMAIL, password=PASSWORD)
    given_user(fresh_database, email="gone@example.com", password=PASSWORD)
    set_disabled(fresh_database, BY_OPERATOR, email="gone@example.com", disabled=True)
    said = set()
    for email, password in ((EMAIL, "wrong"), ("nobody@example.com", PASSWORD), ("gone@example.com", PASSWORD)):
        with pytest.raises(SignInRefused) as refusal:
            attempt(fresh_database, email=email, password=password)
        said.add(str(refusal.value))
    assert said == {"The e-mail address or the password is wrong; check both and try again."}


def test_after_five_failures_even_the_right_password_waits_for_the_window_to_pass(fresh_database: Database) -> None:
    given_user(fresh_database, email=EMAIL, password=PASSWORD)
    fail(fresh_database, 5)
    with pytest.raises(TooManyAttempts, match="try again in 10 minutes") as refusal:
        attempt(fresh_database, address="198.51.100.7", now=NOW + timedelta(minutes=5))
    assert refusal.value.retry_after == 600
    assert attempt(fresh_database, address="198.51.100.7", now=NOW + timedelta(minutes=15)).actor.email == EMAIL


def test_four_failures_and_a_success_start_the_count_anew(fresh_database: Database) -> None:
    given_user(fresh_database, email=EMAIL, password=PASSWORD)
    fail(fresh_database, 4)
    attempt(fresh_database)
    fail(fresh_database, 4)
    assert attempt(fresh_database).actor.email == EMAIL


def test_twenty_failures_from_one_address_lock_it_for_every_account(fresh_database: Database) -> None:
    given_user(fresh_database, email=EMAIL, password=PASSWORD)
    for number in range(20):
        fail(fresh_database, 1, email=f"guess{number}@example.com", address="203.0.113.9")
    with pytest.raises(TooManyAttempts):
        attempt(fresh_database, address="203.0.113.9")
    assert attempt(fresh_database, address="203.0.113.10").actor.email == EMAIL


def test_of_ten_guesses_at_once_only_five_are_looked_at(fresh_database: Database) -> None:
    given_user(fresh_database, email=EMAIL, password=PASSWORD)
    together = Barrier(10)

    def guess(number: int) -> type[Exception]:
        together.wait()
        with pytest.raises((SignInRefused, TooManyAttempts)) as refusal:
            attempt(fresh_database, password=f"guess number {number}")
        return refusal.type

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(guess, range(10)))
    assert outcomes.count(SignInRefused) == 5
    assert outcomes.count(TooManyAttempts) == 5
    with fresh_database.reading() as session:
        assert session.scalars(select(func.count()).select_from(SignInAttemptRow)).one() == 5


@pytest.mark.parametrize("meanwhile", ["disabled", "given another password"])
def test_an_account_that_changes_while_its_password_is_looked_at_gets_no_session(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    given_user(fresh_database, email=EMAIL, password=PASSWORD)

    def slowly(password: str, password_hash: str | None) -> bool:
        if meanwhile == "disabled":
            set_disabled(fresh_database, BY_OPERATOR, email=EMAIL, disabled=True)
        else:
            change_password(fresh_database, BY_OPERATOR, email=EMAIL, password="a much newer secret")
        return verify_password(password, password_hash)

    monkeypatch.setattr(sys.modules[sign_in.__module__], "verify_password", slowly)
    with pytest.raises(SignInRefused):
        attempt(fresh_database)
    assert open_sessions(fresh_database, OPERATOR, now=NOW) == ()
    with fresh_database.reading() as session:
        assert session.scalars(select(SignInAttemptRow.succeeded)).all() == [False]


def test_signing_out_ends_the_session_and_no_other(fresh_database: Database) -> None:
    user = given_user(fresh_database)
    here, elsewhere = token_for(fresh_database, user), token_for(fresh_database, user)
    sign_out(fresh_database, here, key=KEY, now=NOW)
    assert actor_for(fresh_database, here, key=KEY, now=NOW) is None
    assert actor_for(fresh_database, elsewhere, key=KEY, now=NOW) == user
    sign_out(fresh_database, "no token at all", key=KEY, now=NOW)


def test_a_new_password_ends_every_session(fresh_database: Database) -> None:
    user = given_user(fresh_database)
    token = token_for(fresh_database, user)
    change_password(fresh_database, BY_OPERATOR, email=user.email, password="a much newer secret")
    assert actor_for(fresh_database, token, key=KEY, now=NOW) is None
    assert actor_for(fresh_database, token_for(fresh_database, user), key=KEY, now=NOW) == user


def test_a_session_older_than_the_password_is_no_good_even_if_nobody_revoked_it(fresh_database: Database) -> None:
    user = given_user(fresh_database)
    token = token_for(fresh_database, user)
    with fresh_database.writing() as session:
        session.execute(update(UserRow).values(password_changed_at=func.now()))
    assert actor_for(fresh_database, token, key=KEY, now=NOW) is None


def test_a_disabled_account_is_out_at_once_and_enabling_it_brings_no_session_back(fresh_database: Database) -> None:
    user = given_user(fresh_database)
    token = token_for(fresh_database, user)
    set_disabled(fresh_database, BY_OPERATOR, email=user.email, disabled=True)
    assert actor_for(fresh_database, token, key=KEY, now=NOW) is None
    set_disabled(fresh_database, BY_OPERATOR, email=user.email, disabled=False)
    assert actor_for(fresh_database, token, key=KEY, now=NOW) is None


def test_a_changed_role_holds_for_a_session_that_is_open(fresh_database: Database) -> None:
    user = given_user(fresh_database)
    token = token_for(fresh_database, user)
    set_role(fresh_database, BY_OPERATOR, email=user.email, role="viewer")
    found = actor_for(fresh_database, token, key=KEY, now=NOW)
    assert found is not None
    assert found.role is Role.VIEWER


def test_an_administrator_sees_and_ends_the_sessions_of_others_and_nobody_else_may(fresh_database: Database) -> None:
    admin, engineer = given_user(fresh_database, role=Role.ADMIN), given_user(fresh_database)
    token = token_for(fresh_database, engineer)
    with pytest.raises(NotAllowed):
        open_sessions(fresh_database, engineer, now=NOW)
    (found,) = open_sessions(fresh_database, admin, now=NOW)
    assert found.email == engineer.email
    with pytest.raises(NotAllowed):
        revoke_session(fresh_database, engineer, session_id=found.id)
    revoke_session(fresh_database, admin, session_id=found.id)
    assert actor_for(fresh_database, token, key=KEY, now=NOW) is None
    assert open_sessions(fresh_database, admin, now=NOW) == ()


@pytest.mark.parametrize("email", ["", "a\0b@example.com", "x" * 5000, "'; DROP TABLE users; --"])
def test_nonsense_in_the_form_is_a_wrong_password(fresh_database: Database, email: str) -> None:
    with pytest.raises(SignInRefused):
        attempt(fresh_database, email=email, password="\0")


def test_all_replicas_agree_on_one_key_that_was_made_once(fresh_database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: signing_key(fresh_database, None), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    assert signing_key(fresh_database, "a configured one") == "a configured one"
