"""What is strong enough, and that a hash answers for its password only."""

import pytest
from streamlit_authenticator.utilities.hasher import Hasher

from dyno_core.accounts.passwords import check_strength, hash_password, verify_password
from dyno_core.errors import InvalidInput


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password("rollers and wheels")


def test_a_hash_answers_for_its_own_password_only(hashed: str) -> None:
    assert verify_password("rollers and wheels", hashed)
    assert not verify_password("rollers and wheel", hashed)
    assert not verify_password("", hashed)


def test_hashes_are_those_of_streamlit_authenticator(hashed: str) -> None:
    assert Hasher.is_hash(hashed)
    assert hashed.startswith("$2b$12$")
    assert Hasher.check_pw("rollers and wheels", hashed)


@pytest.mark.parametrize("password", ["x" * 73, "rollers\0 and wheels", "\ud800 a lone surrogate"])
def test_what_bcrypt_can_not_hold_is_wrong_and_no_error(hashed: str, password: str) -> None:
    assert not verify_password(password, hashed)


def test_nobody_has_the_password_that_is_hashed_for_unknown_accounts() -> None:
    assert not verify_password("the password of nobody at all", None)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "fewer than 10 characters"),
        ("x" * 100, "longer than 72 bytes"),
        ("aaaaaaaaaaaa", "repeats too few characters"),
        ("line\nbreaks in it", "can't be typed everywhere"),
        ("ada.novak likes rollers", "contains the name"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_strength(password, email="ada.novak@example.com")


def test_a_passphrase_of_small_letters_is_strong_enough_from_ten_characters_on() -> None:
    check_strength("two wheels", email="ada@example.com")
    with pytest.raises(InvalidInput):
        check_strength("two wheel", email="ada@example.com")
