"""Saved views: whose they are, who sees them, and the address they stand for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlencode

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, authorize, require
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import SavedViewRow, UserRow
from dyno_core.errors import InvalidInput, NotFound, NotSignedIn, StaleVersion

ViewPage = Literal["calendar", "planning"]
PAGES: Final[tuple[str, ...]] = get_args(ViewPage)
LONGEST_NAME: Final = 60
MOST_VIEWS: Final = 100
"""Per person, over all pages."""
_LONGEST_QUERY: Final = 2_000
_PARAMETER: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class SavedView:
    """``query`` is what stands behind the ``?`` of the page's address."""

    id: int
    page: str
    name: str
    query: str
    shared: bool
    owner_id: int
    owner: str
    version: int


def list_views(database: Database, actor: Actor, *, page: ViewPage) -> tuple[SavedView, ...]:
    """One's own and those shared with everyone, by name, one's own first."""
    require(actor, Permission.READ)
    query = (
        select(SavedViewRow, UserRow.name)
        .join(UserRow, UserRow.id == SavedViewRow.owner_id)
        .where(SavedViewRow.page == page, or_(SavedViewRow.owner_id == actor.id, SavedViewRow.shared))
        .order_by((SavedViewRow.owner_id == actor.id).desc(), func.lower(SavedViewRow.name), SavedViewRow.id)
    )
    with database.reading() as session:
        return tuple(_view(row, owner) for row, owner in session.execute(query))


def save_view(
    database: Database,
    origin: Origin,
    *,
    page: ViewPage,
    name: str,
    parameters: Mapping[str, Sequence[str]],
    shared: bool = False,
) -> SavedView:
    """Save a view under a new name. ``parameters``: of the page's address, each with its values.

    Raises `InvalidInput` for a bad name, an address that is too long, or too many views, `ConstraintRefused` for a name
    one has already, `NotAllowed` for sharing without the right to it.
    """
    name, query = _tidy_name(name), _as_query(parameters)

    def save(session: Session) -> SavedView:
        owner = _owner(session, origin, share=shared)
        # Two tabs that save at once wait for each other here, so that neither goes over the limit.
        session.execute(select(UserRow.id).where(UserRow.id == owner.id).with_for_update())
        count = session.scalar(select(func.count()).where(SavedViewRow.owner_id == owner.id)) or 0
        if count >= MOST_VIEWS:
            raise InvalidInput(f"You have {count} saved views, the most there can be; delete one first.")
        row = SavedViewRow(owner_id=owner.id, page=page, name=name, query=query, shared=shared)
        session.add(row)
        session.flush()
        session.refresh(row)
        after = {"name": name, "page": page, "query": query, "shared": shared}
        record(session, origin, action="save", entity="saved_view", entity_id=row.id, after=after)
        return _view(row, owner.name)

    return database.transact(save)


def rename_view(database: Database, origin: Origin, view_id: int, *, name: str, version: int) -> SavedView:
    """Raises `NotFound` for a view that is not one's own, `StaleVersion`, `InvalidInput`, `ConstraintRefused`."""
    name = _tidy_name(name)

    def rename(session: Session) -> SavedView:
        owner = _owner(session, origin)
        row = _own(session, owner, view_id, version=version)
        if row.name == name:
            return _view(row, owner.name)
        before, row.name, row.version = row.name, name, row.version + 1
        session.flush()
        record(
            session, origin, action="rename", entity="saved_view", entity_id=row.id,
            before={"name": before}, after={"name": name},
        )  # fmt: skip
        return _view(row, owner.name)

    return database.transact(rename)


def share_view(database: Database, origin: Origin, view_id: int, *, shared: bool, version: int) -> SavedView:
    """Share a view with everyone, or keep it to oneself again.

    Sharing asks for the right to it; taking back what one shared does not. Raises as `rename_view`, and `NotAllowed`.
    """

    def share(session: Session) -> SavedView:
        owner = _owner(session, origin, share=shared)
        row = _own(session, owner, view_id, version=version)
        if row.shared == shared:
            return _view(row, owner.name)
        row.shared, row.version = shared, row.version + 1
        session.flush()
        action = "share" if shared else "keep"
        record(session, origin, action=action, entity="saved_view", entity_id=row.id, after={"name": row.name})
        return _view(row, owner.name)

    return database.transact(share)


def delete_view(database: Database, origin: Origin, view_id: int, *, version: int) -> None:
    """One's own; who manages accounts may delete what anybody shares. Raises `NotFound`, `StaleVersion`."""

    def remove(session: Session) -> None:
        owner = _owner(session, origin)
        row = _own(session, owner, view_id, version=version, or_shared=owner.may(Permission.MANAGE_USERS))
        session.execute(delete(SavedViewRow).where(SavedViewRow.id == row.id))
        before = {"name": row.name, "page": row.page, "query": row.query, "shared": row.shared}
        record(session, origin, action="delete", entity="saved_view", entity_id=row.id, before=before)

    database.transact(remove)


def _owner(session: Session, origin: Origin, *, share: bool = False) -> Actor:
    actor = authorize(session, origin.actor, Permission.SHARE_VIEWS if share else Permission.READ)
    if actor.id is None:
        raise NotSignedIn  # the operator at the command line has no account to keep views in
    return actor


def _own(session: Session, owner: Actor, view_id: int, *, version: int, or_shared: bool = False) -> SavedViewRow:
    """The row, locked. Somebody else's is as if it were not there."""
    mine = SavedViewRow.owner_id == owner.id
    row = session.scalar(
        select(SavedViewRow)
        .where(SavedViewRow.id == view_id, or_(mine, SavedViewRow.shared) if or_shared else mine)
        .with_for_update()
    )
    if row is None:
        raise NotFound("There is no such view of yours any more; look at the list as it is now.", id=view_id)
    if row.version != version:
        raise StaleVersion(what=f"The view “{row.name}”", expected=version, found=row.version)
    return row


def _tidy_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= LONGEST_NAME or not tidy.isprintable():
        raise InvalidInput(f"A view needs a name of 1 to {LONGEST_NAME} characters; give one.")
    return tidy


def _as_query(parameters: Mapping[str, Sequence[str]]) -> str:
    """The filters of a page as part of an address."""
    query = urlencode(
        [(name, value) for name, values in sorted(parameters.items()) for value in values if _PARAMETER.fullmatch(name)]
    )
    if len(query) > _LONGEST_QUERY:
        raise InvalidInput("These filters are too long to be saved; choose fewer values.")
    return query


def _view(row: SavedViewRow, owner: str) -> SavedView:
    return SavedView(
        id=row.id,
        page=row.page,
        name=row.name,
        query=row.query,
        shared=row.shared,
        owner_id=row.owner_id,
        owner=owner,
        version=row.version,
    )
