"""Signing in and out, and who a token stands for right now."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from dyno_core.accounts.passwords import verify_password
from dyno_core.accounts.roles import Actor, Permission, Role, authorize
from dyno_core.accounts.tokens import SESSION_LIFETIME, Claims, decode_token, encode_token
from dyno_core.database.engine import Database
from dyno_core.database.models import SessionRow, SignInAttemptRow, UserRow
from dyno_core.errors import DynoError
from dyno_core.telemetry import track_performance

LOCKOUT_WINDOW: Final = timedelta(minutes=15)
FAILURES_PER_EMAIL: Final = 5
FAILURES_PER_ADDRESS: Final = 20
"""Per network address: more than per account, a whole office may sit behind one."""


class SignInRefused(DynoError):
    """Unknown e-mail address, wrong password or disabled account: the sentence does not tell which."""

    code = "sign_in_refused"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong; check both and try again.")


class TooManyAttempts(DynoError):
    """Locked for a while. ``retry_after`` in seconds."""

    code = "too_many_attempts"

    def __init__(self, *, wait: timedelta) -> None:
        self.retry_after = max(1, math.ceil(wait.total_seconds()))
        minutes = math.ceil(self.retry_after / 60)
        super().__init__(
            f"There were too many failed sign-ins; try again in {minutes} minute{'' if minutes == 1 else 's'}, "
            "or ask an administrator for a new password.",
            retry_after=self.retry_after,
        )


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is neither revoked nor expired."""

    id: str
    email: str
    created_at: datetime
    expires_at: datetime
    address: str
    user_agent: str


@track_performance("accounts", "sign_in")
def sign_in(
    database: Database, *, email: str, password: str, address: str, user_agent: str, now: datetime, key: str
) -> SignedIn:
    """A new session for the right e-mail address and password.

    The attempt is stored as failed before the password is looked at, and set right afterwards: however many
    come at once, on however many replicas, only `FAILURES_PER_EMAIL` of them are ever checked. Looking at it takes a
    while, in which the account may be disabled or get another password; the session is only made for what was checked.
    ``now`` is real time, also where a fixed day is planned on.

    Raises `SignInRefused` or `TooManyAttempts`.
    """
    email = email.strip().lower()[:254].replace("\0", "")
    attempt_id, user = database.transact(
        lambda session: begin_attempt(session, email=email, address=address[:100], now=now)
    )
    matches = verify_password(password, user.password_hash if user else None)
    if not matches or user is None:
        raise SignInRefused
    with database.writing() as session:
        current = still_as_checked(session, user)
        if current is None:
            raise SignInRefused
        current.last_sign_in_at = now
        count_as_success(session, attempt_id)
        return _issue(session, current, address=address, user_agent=user_agent, now=now, key=key)


def issue_session(
    database: Database, *, user_id: int, address: str, user_agent: str, now: datetime, key: str
) -> SignedIn:
    """A session for somebody whose identity was established elsewhere (single sign-on, tests).

    Raises `SignInRefused` when the account is missing or disabled.
    """
    with database.writing() as session:
        user = session.get(UserRow, user_id, with_for_update=True)  # not while it is being disabled
        if user is None or user.disabled:
            raise SignInRefused
        return _issue(session, user, address=address, user_agent=user_agent, now=now, key=key)


def actor_for(database: Database, token: str | None, *, key: str, now: datetime) -> Actor | None:
    """Whom the token stands for now, or None: forged, expired, revoked, disabled, or older than the password.

    Asks the database each time (one primary-key join), so that a revocation holds from the next click on.
    """
    claims = decode_token(token, key=key, now=now) if token else None
    if claims is None or not _is_uuid(claims.session_id):
        return None
    query = (
        select(UserRow.id, UserRow.email, UserRow.name, UserRow.role)
        .join(SessionRow, SessionRow.user_id == UserRow.id)
        .where(
            SessionRow.id == claims.session_id,
            UserRow.id == claims.user_id,
            UserRow.disabled.is_(False),
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
            # Both are the database's own clock.
            SessionRow.created_at >= UserRow.password_changed_at,
        )
    )
    with database.asking() as connection:
        row = connection.execute(query).one_or_none()
    return Actor(id=row.id, email=row.email, name=row.name, role=Role(row.role)) if row else None


def sign_out(database: Database, token: str | None, *, key: str, now: datetime) -> None:
    """Revoke the token's session. A token that is no good already is no error."""
    claims = decode_token(token, key=key, now=now) if token else None
    if claims is not None and _is_uuid(claims.session_id):
        with database.writing() as session:
            _revoke(session, SessionRow.id == claims.session_id)


def open_sessions(database: Database, actor: Actor, *, now: datetime) -> tuple[OpenSession, ...]:
    """Who is signed in, newest first. Raises `NotAllowed` without the right to manage accounts."""
    query = (
        select(SessionRow, UserRow.email)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.revoked_at.is_(None), SessionRow.expires_at > now, UserRow.disabled.is_(False))
        .order_by(SessionRow.created_at.desc())
        .limit(500)
    )
    with database.reading() as session:
        authorize(session, actor, Permission.MANAGE_USERS)
        return tuple(
            OpenSession(
                id=row.id,
                email=email,
                created_at=row.created_at,
                expires_at=row.expires_at,
                address=row.address,
                user_agent=row.user_agent,
            )
            for row, email in session.execute(query)
        )


def revoke_session(database: Database, actor: Actor, *, session_id: str) -> None:
    """Sign somebody's session out. Raises `NotAllowed` without the right to manage accounts."""
    with database.writing() as session:
        authorize(session, actor, Permission.MANAGE_USERS)
        if _is_uuid(session_id):
            _revoke(session, SessionRow.id == session_id)


def revoke_all(session: Session, *, user_id: int) -> None:
    """Sign a user out everywhere, in the caller's transaction."""
    _revoke(session, SessionRow.user_id == user_id)


def begin_attempt(session: Session, *, email: str, address: str | None, now: datetime) -> tuple[int, UserRow | None]:
    """Count, refuse or note the attempt, alone for this e-mail address and this network address, if it has one.

    Returns the attempt's id and the account. Raises `TooManyAttempts`.
    """
    names = {f"email:{email}"} | ({f"address:{address}"} if address else set())
    for name in sorted(names):
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 41904))"), {"name": name})
    wait = max(
        _wait_of_email(session, email=email, now=now),
        _wait(session, SignInAttemptRow.address == address, most=FAILURES_PER_ADDRESS, now=now)
        if address
        else timedelta(0),
    )
    if wait > timedelta(0):
        raise TooManyAttempts(wait=wait)
    attempt = SignInAttemptRow(at=now, email=email, address=address or "", succeeded=False)
    session.add(attempt)
    session.flush()
    return attempt.id, session.scalar(select(UserRow).where(UserRow.email == email))


def still_as_checked(session: Session, user: UserRow) -> UserRow | None:
    """The account, locked, if it is active and has the password that was checked; None if that changed meanwhile."""
    return session.scalar(
        select(UserRow)
        .where(UserRow.id == user.id, UserRow.password_hash == user.password_hash, UserRow.disabled.is_(False))
        .with_for_update()
    )


def count_as_success(session: Session, attempt_id: int) -> None:
    session.execute(update(SignInAttemptRow).where(SignInAttemptRow.id == attempt_id).values(succeeded=True))


def _wait_of_email(session: Session, *, email: str, now: datetime) -> timedelta:
    """A success wipes the slate, so that somebody who mistypes now and then is not locked out."""
    last_success = (
        select(func.max(SignInAttemptRow.id))
        .where(SignInAttemptRow.email == email, SignInAttemptRow.succeeded)
        .scalar_subquery()
    )
    return _wait(
        session,
        (SignInAttemptRow.email == email) & (SignInAttemptRow.id > func.coalesce(last_success, 0)),
        most=FAILURES_PER_EMAIL,
        now=now,
    )


def _wait(session: Session, which: object, *, most: int, now: datetime) -> timedelta:
    """How long until fewer than ``most`` failures lie within the window; zero when that is so now."""
    failures = session.scalars(
        select(SignInAttemptRow.at)
        .where(which, ~SignInAttemptRow.succeeded, SignInAttemptRow.at > now - LOCKOUT_WINDOW)  # type: ignore[arg-type]
        .order_by(SignInAttemptRow.at.desc())
        .limit(most)
    ).all()
    return failures[-1] + LOCKOUT_WINDOW - now if len(failures) == most else timedelta(0)


def _issue(session: Session, user: UserRow, *, address: str, user_agent: str, now: datetime, key: str) -> SignedIn:
    claims = Claims(user_id=user.id, session_id=str(uuid4()), expires_at=now + SESSION_LIFETIME)
    session.add(
        SessionRow(
            id=claims.session_id,
            user_id=user.id,
            expires_at=claims.expires_at,
            address=address[:100],
            user_agent=user_agent[:300].replace("\0", ""),
        )
    )
    return SignedIn(
        token=encode_token(claims, key=key, issued_at=now),
        actor=Actor(id=user.id, email=user.email, name=user.name, role=Role(user.role)),
        expires_at=claims.expires_at,
    )


def _revoke(session: Session, which: object) -> None:
    session.execute(
        update(SessionRow)
        .where(which, SessionRow.revoked_at.is_(None))  # type: ignore[arg-type]
        .values(revoked_at=func.now())
    )


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
