"""Accounts: creating them and changing role, password and whether they are disabled."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dyno_core.accounts.passwords import check_strength, hash_password, verify_password
from dyno_core.accounts.roles import Actor, Permission, Role, authorize
from dyno_core.accounts.sign_in import begin_attempt, count_as_success, revoke_all, still_as_checked
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import CalendarFeedRow, UserRow
from dyno_core.errors import DynoError, InvalidInput, NotFound, NotSignedIn

_EMAIL: Final = re.compile(r"[a-z0-9._%+'-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class User:
    id: int
    email: str
    name: str
    role: Role
    disabled: bool
    created_at: datetime
    last_sign_in_at: datetime | None


class LastAdministrator(DynoError):
    """Nobody would be left who can manage accounts."""

    code = "last_administrator"

    def __init__(self, *, email: str) -> None:
        super().__init__(
            f"{email} is the last administrator, so this was not changed; make somebody else administrator first.",
            email=email,
        )


def create_user(database: Database, origin: Origin, *, email: str, name: str, role: Role | str, password: str) -> User:
    """Raises `InvalidInput` for a bad e-mail address, name, role or weak password, `ConstraintRefused` when taken."""
    email, name, role = tidy_email(email), _tidy_name(name), role_of(role)
    check_strength(password, email=email)
    password_hash = hash_password(password)  # a quarter of a second: not within the transaction
    with database.writing() as session:
        authorize(session, origin.actor, Permission.MANAGE_USERS)
        row = UserRow(email=email, name=name, role=role.value, password_hash=password_hash)
        session.add(row)
        session.flush()
        session.refresh(row)
        user = _user(row)
        record(
            session, origin, action="create", entity="user", entity_id=user.id,
            after={"email": email, "name": name, "role": role.value},
        )  # fmt: skip
        return user


def list_users(database: Database, actor: Actor) -> tuple[User, ...]:
    """By e-mail address. Raises `NotAllowed` without the right to manage accounts."""
    with database.reading() as session:
        authorize(session, actor, Permission.MANAGE_USERS)
        return tuple(_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.email)))


def address_of(database: Database, named: str) -> str:
    """The e-mail address of the one person whose address, name or part of a name (a whole word) this is.

    Raises `InvalidInput` when nobody is called so, or several are.
    """
    wanted = " ".join(named.lower().split())[:200]
    if not wanted:
        raise InvalidInput("Say whose changes are meant: a name or an e-mail address.")
    name = func.lower(UserRow.name)
    parts = func.string_to_array(name, " ")
    query = select(UserRow.email, UserRow.name).where(
        (UserRow.email == wanted) | (name == wanted) | (parts.op("@>")(func.string_to_array(wanted, " ")))
    )
    with database.reading() as session:
        found = session.execute(query.order_by(UserRow.email).limit(6)).all()
    if not found:
        raise InvalidInput(f"Nobody here is called “{named[:60]}”; use the whole name or the e-mail address.")
    if len(found) > 1:
        who = ", ".join(f"{one.name} ({one.email})" for one in found)
        raise InvalidInput(f"“{named[:60]}” can be one of several people: {who}; use the e-mail address.")
    return str(found[0].email)


def with_first_password(database: Database) -> frozenset[str]:
    """Who still signs in with the password that their account was made with, by e-mail address."""
    with database.reading() as session:
        return frozenset(
            session.scalars(select(UserRow.email).where(UserRow.password_changed_at == UserRow.created_at))
        )


def has_accounts(database: Database) -> bool:
    """Whether there is anybody who could sign in, disabled or not."""
    with database.reading() as session:
        return session.scalar(select(UserRow.id).limit(1)) is not None


def find_actor(database: Database, email: str) -> Actor:
    """The person behind an e-mail address, for a front door that trusts its caller, such as the command line.

    Raises `NotFound` for an unknown or disabled account.
    """
    with database.reading() as session:
        row = session.scalar(select(UserRow).where(UserRow.email == tidy_email(email), UserRow.disabled.is_(False)))
    if row is None:
        raise NotFound(f"There is no active account “{email.strip()[:60]}”; list them with the command: user list")
    return Actor(id=row.id, email=row.email, name=row.name, role=Role(row.role))


def set_role(database: Database, origin: Origin, *, email: str, role: Role | str) -> User:
    """Holds from the person's next click on; nothing is written where it is so already.

    Raises `NotFound`, `InvalidInput`, `LastAdministrator`, `NotAllowed`.
    """
    role = role_of(role)

    def change(session: Session) -> User:
        row = _changed_user(session, origin, email=email, stays_admin=role is Role.ADMIN)
        if row.role == role.value:
            return _user(row)
        before, row.role = row.role, role.value
        return _stored(session, origin, row, action="set_role", before={"role": before}, after={"role": role.value})

    return database.transact(change)


def set_disabled(database: Database, origin: Origin, *, email: str, disabled: bool) -> User:
    """Disabling signs the person out everywhere at once and ends their calendar feeds for good; nothing is written
    where it is so already.

    Raises `NotFound`, `LastAdministrator`, `NotAllowed`.
    """

    def change(session: Session) -> User:
        row = _changed_user(session, origin, email=email, stays_admin=not disabled)
        if row.disabled == disabled:
            return _user(row)
        before, row.disabled = row.disabled, disabled
        if disabled:
            revoke_all(session, user_id=row.id)
            open_feeds = (CalendarFeedRow.owner_id == row.id, CalendarFeedRow.revoked_at.is_(None))
            session.execute(update(CalendarFeedRow).where(*open_feeds).values(revoked_at=func.now()))
        action = "disable" if disabled else "enable"
        return _stored(session, origin, row, action=action, before={"disabled": before}, after={"disabled": disabled})

    return database.transact(change)


def change_password(database: Database, origin: Origin, *, email: str, password: str) -> User:
    """Set somebody's password and end all sessions of the account. Raises `NotFound`, `NotAllowed`, `InvalidInput`."""
    email = tidy_email(email)
    check_strength(password, email=email)
    password_hash = hash_password(password)

    def change(session: Session) -> User:
        authorize(session, origin.actor, Permission.MANAGE_USERS)
        return _with_password(session, origin, _locked(session, email), password_hash)

    return database.transact(change)


def change_own_password(
    database: Database, origin: Origin, *, current_password: str, password: str, now: datetime
) -> User:
    """Set one's own password, knowing the current one, and end all sessions of the account.

    Wrong ones count as failed sign-ins, with the same limit: a session left open is no place to guess at.
    Raises `NotSignedIn`, `InvalidInput`, `TooManyAttempts`.
    """
    email = _own_email(database, origin.actor)
    check_strength(password, email=email)
    if password == current_password:
        raise InvalidInput("The new password is the current one, so nothing was changed; choose another.")
    attempt_id, user = database.transact(lambda session: begin_attempt(session, email=email, address=None, now=now))
    if user is None or not verify_password(current_password, user.password_hash):
        raise InvalidInput("The current password is wrong, so it was not changed; check it and try again.")
    password_hash = hash_password(password)

    def change(session: Session) -> User:
        row = still_as_checked(session, user)
        if row is None:
            raise NotSignedIn
        count_as_success(session, attempt_id)
        return _with_password(session, origin, row, password_hash)

    return database.transact(change)


def tidy_email(email: str) -> str:
    """Lower case, without blanks around. Raises `InvalidInput`."""
    tidy = email.strip().lower()
    if len(tidy) > 254 or not _EMAIL.fullmatch(tidy):
        raise InvalidInput(f"“{email.strip()[:60]}” is not an e-mail address; write it as name@example.com.")
    return tidy


def role_of(name: Role | str) -> Role:
    """Raises `InvalidInput` naming the roles there are."""
    try:
        return Role(name)
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise InvalidInput(f"“{str(name)[:40]}” is not a role; choose one of {known}.") from None


def _tidy_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= 100 or not tidy.isprintable():
        raise InvalidInput("A name has 1 to 100 characters; give the name people know this person by.")
    return tidy


def _own_email(database: Database, actor: Actor) -> str:
    with database.reading() as session:
        email = session.scalar(select(UserRow.email).where(UserRow.id == actor.id, UserRow.disabled.is_(False)))
    if email is None:
        raise NotSignedIn
    return email


def _with_password(session: Session, origin: Origin, row: UserRow, password_hash: str) -> User:
    row.password_hash = password_hash
    row.password_changed_at = func.now()  # type: ignore[assignment]
    revoke_all(session, user_id=row.id)
    return _stored(session, origin, row, action="change_password", before=None, after=None)


def _changed_user(session: Session, origin: Origin, *, email: str, stays_admin: bool) -> UserRow:
    """The account, locked and found fit to be changed.

    All active administrators are locked, in one order: two of them demoting each other at once wait for each
    other, and the second one finds itself the last.
    """
    authorize(session, origin.actor, Permission.MANAGE_USERS)
    admins = session.scalars(
        select(UserRow)
        .where(UserRow.role == Role.ADMIN.value, UserRow.disabled.is_(False))
        .order_by(UserRow.id)
        .with_for_update()
    ).all()
    row = _locked(session, tidy_email(email))
    if not stays_admin and [admin.id for admin in admins] == [row.id]:
        raise LastAdministrator(email=row.email)
    return row


def _locked(session: Session, email: str) -> UserRow:
    row = session.scalar(select(UserRow).where(UserRow.email == email).with_for_update())
    if row is None:
        raise NotFound(f"There is no account “{email[:60]}”; look at the list of accounts.", email=email)
    return row


def _stored(
    session: Session,
    origin: Origin,
    row: UserRow,
    *,
    action: str,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> User:
    row.version += 1
    session.flush()
    record(session, origin, action=action, entity="user", entity_id=row.id, before=before, after=after)
    return _user(row)


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        disabled=row.disabled,
        created_at=row.created_at,
        last_sign_in_at=row.last_sign_in_at,
    )
