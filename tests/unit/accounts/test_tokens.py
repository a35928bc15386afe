"""Tokens: what they say, and which of them say nothing."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from dyno_core.accounts.tokens import Claims, decode_token, encode_token

KEY = "a key of 32 bytes or more, for tests"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
CLAIMS = Claims(user_id=7, session_id="a-session", expires_at=NOW + timedelta(hours=24))


def test_a_token_says_what_was_put_into_it() -> None:
    token = encode_token(CLAIMS, key=KEY, issued_at=NOW)
    assert decode_token(token, key=KEY, now=NOW) == CLAIMS


def test_a_token_ends_after_its_day_and_not_a_second_earlier() -> None:
    token = encode_token(CLAIMS, key=KEY, issued_at=NOW)
    assert decode_token(token, key=KEY, now=NOW + timedelta(hours=24, seconds=-1)) == CLAIMS
    assert decode_token(token, key=KEY, now=NOW + timedelta(hours=24)) is None


def test_a_token_signed_with_another_key_says_nothing() -> None:
    token = encode_token(CLAIMS, key="another key of 32 bytes, of somebody", issued_at=NOW)
    assert decode_token(token, key=KEY, now=NOW) is None


def test_a_token_without_a_signature_says_nothing() -> None:
    said = {"sub": "7", "jti": "a-session", "exp": int(CLAIMS.expires_at.timestamp())}
    assert decode_token(jwt.encode(said, key=None, algorithm="none"), key=KEY, now=NOW) is None


@pytest.mark.parametrize("missing", ["sub", "jti", "exp"])
def test_a_token_that_lacks_a_claim_says_nothing(missing: str) -> None:
    said = {"sub": "7", "jti": "a-session", "exp": int(CLAIMS.expires_at.timestamp())}
    del said[missing]
    assert decode_token(jwt.encode(said, KEY, algorithm="HS256"), key=KEY, now=NOW) is None


@pytest.mark.parametrize("garbage", ["", "x", "a.b.c", "é" * 50, "." * 5000])
def test_garbage_says_nothing(garbage: str) -> None:
    assert decode_token(garbage, key=KEY, now=NOW) is None


def test_claims_of_the_wrong_kind_say_nothing() -> None:
    said = {"sub": "seven", "jti": "a-session", "exp": int(CLAIMS.expires_at.timestamp())}
    assert decode_token(jwt.encode(said, KEY, algorithm="HS256"), key=KEY, now=NOW) is None
