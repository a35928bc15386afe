"""Passwords: what is strong enough, and their bcrypt hashes.

The hashes are those of streamlit-authenticator (bcrypt, cost 12), so accounts can be moved between the two.
Its package is not imported for that: importing it draws on a Streamlit session, and the command line and the
sign-in route have none. Its rules (8 to 20 characters of four kinds) are not used either: they refuse
passphrases, which are stronger.
"""

from functools import cache
from typing import Final

import bcrypt

from dyno_core.errors import InvalidInput

COST: Final = 12
SHORTEST: Final = 10
LONGEST_BYTES: Final = 72
"""bcrypt looks at no more; cutting a longer one silently would accept wrong passwords."""


def hash_password(password: str) -> str:
    """The bcrypt hash. The password must have passed `check_strength`."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode()


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hashed one. Takes as long for an unknown account (hash None) as for a known one."""
    usable = 0 < len(password.encode(errors="replace")) <= LONGEST_BYTES and "\0" not in password
    # Whatever was sent, one bcrypt is computed: the answer's time tells nothing.
    secret = password.encode(errors="replace") if usable else b"no password"
    matches = bcrypt.checkpw(secret, (password_hash or _hash_of_nobody()).encode())
    return matches and usable and password_hash is not None


def check_strength(password: str, *, email: str) -> None:
    """Raises `InvalidInput` saying what to do better."""
    problem: str | None = None
    if len(password) < SHORTEST:
        problem = f"has fewer than {SHORTEST} characters; take a longer one, several words are fine"
    elif len(password.encode(errors="replace")) > LONGEST_BYTES:
        problem = f"is longer than {LONGEST_BYTES} bytes; take a shorter one"
    elif not password.isprintable():
        problem = "has characters that can't be typed everywhere; use letters, digits, blanks and signs"
    elif len(set(password.lower())) < 5:
        problem = "repeats too few characters; mix more different ones"
    elif email.partition("@")[0].lower() in password.lower():
        problem = "contains the name from the e-mail address; take one that has nothing to do with it"
    if problem:
        raise InvalidInput(f"The password {problem}.")


@cache
def _hash_of_nobody() -> str:
    return hash_password("the password of nobody at all")
