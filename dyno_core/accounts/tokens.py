"""Sign-in tokens: signed by HS256, valid for a day, each tied to a row of `sessions` that can be revoked."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from dyno_core.database.engine import Database
from dyno_core.database.models import AppSettingRow

SESSION_LIFETIME: Final = timedelta(hours=24)
_ALGORITHM: Final = "HS256"
_KEY_SETTING: Final = "signing_key"


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: int
    session_id: str
    expires_at: datetime


def encode_token(claims: Claims, *, key: str, issued_at: datetime) -> str:
    return jwt.encode(
        {
            "sub": str(claims.user_id),
            "jti": claims.session_id,
            "iat": int(issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        },
        key,
        algorithm=_ALGORITHM,
    )


def decode_token(token: str, *, key: str, now: datetime) -> Claims | None:
    """What the token says, or None when its signature, form or time is wrong. Revocation is not looked at."""
    try:
        said = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            # Times are compared below, with the `now` that was handed in.
            options={"require": ["sub", "jti", "exp"], "verify_exp": False, "verify_iat": False},
        )
        claims = Claims(
            user_id=int(said["sub"]),
            session_id=str(said["jti"]),
            expires_at=datetime.fromtimestamp(int(said["exp"]), UTC),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError):
        return None
    return claims if now < claims.expires_at else None


def signing_key(database: Database, configured: str | None) -> str:
    """The key that tokens are signed with.

    Without a configured one it is made once and kept in the database, so that all replicas agree on it and a
    restart signs nobody out. Changing it signs everybody out.
    """
    if configured:
        return configured
    fresh = insert(AppSettingRow).values(
        key=_KEY_SETTING, value={"key": secrets.token_urlsafe(48)}, updated_by="operator"
    )
    stored = select(AppSettingRow.value).where(AppSettingRow.key == _KEY_SETTING)
    with database.writing() as session:
        value = session.scalar(stored)
        if value is None:
            session.execute(fresh.on_conflict_do_nothing())
            value = session.scalars(stored).one()
        return str(value["key"])
