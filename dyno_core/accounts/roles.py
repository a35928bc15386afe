"""Who someone is and what their role allows. The functions that change something ask here, not the pages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.database.models import UserRow
from dyno_core.errors import NotAllowed, NotSignedIn


class Role(StrEnum):
    VIEWER = "viewer"
    ENGINEER = "engineer"
    PLANNER = "planner"
    MANAGER = "manager"
    ADMIN = "admin"


class Permission(StrEnum):
    """Each is worded to end the sentence “your role does not allow you to …”."""

    READ = "look at the plan"
    BOOK = "book a vehicle"
    CHANGE_OWN = "change an allocation"
    CHANGE_ANY = "change an allocation or a request that someone else made"
    EDIT_FLEET = "change dynos, vehicles, test types or rules"
    EDIT_MAINTENANCE = "plan maintenance"
    IMPORT = "import a workbook"
    PLAN = "place many requests at once"
    SHARE_VIEWS = "share a view with everyone"
    EDIT_ASSUMPTIONS = "change the ROI assumptions"
    MANAGE_USERS = "manage accounts"


_ENGINEER: Final = frozenset({Permission.READ, Permission.BOOK, Permission.CHANGE_OWN})
_PLANNER: Final = _ENGINEER | {
    Permission.CHANGE_ANY, Permission.EDIT_FLEET, Permission.EDIT_MAINTENANCE, Permission.IMPORT,
    Permission.PLAN, Permission.SHARE_VIEWS,
}  # fmt: skip

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.ENGINEER: _ENGINEER,
    Role.PLANNER: _PLANNER,
    Role.MANAGER: _ENGINEER | {Permission.EDIT_ASSUMPTIONS, Permission.SHARE_VIEWS},
    Role.ADMIN: frozenset(Permission),
}

_WHO_CAN: Final[dict[Permission, str]] = {
    Permission.READ: "an administrator",
    Permission.BOOK: "an engineer or a planner",
    Permission.CHANGE_OWN: "an engineer or a planner",
    Permission.CHANGE_ANY: "a planner",
    Permission.EDIT_FLEET: "a planner",
    Permission.EDIT_MAINTENANCE: "a planner",
    Permission.IMPORT: "a planner",
    Permission.PLAN: "a planner",
    Permission.SHARE_VIEWS: "a planner or a manager",
    Permission.EDIT_ASSUMPTIONS: "a manager",
    Permission.MANAGE_USERS: "an administrator",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the operator at the command line (``id`` None), who may do everything there."""

    id: int | None
    email: str
    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]


OPERATOR: Final = Actor(id=None, email="operator", name="Operator", role=Role.ADMIN)


def roles_with(permission: Permission) -> tuple[str, ...]:
    return tuple(role.value for role in Role if permission in PERMISSIONS[role])


def require(actor: Actor, permission: Permission) -> None:
    """Raises `NotAllowed` by the role the actor carries. Enough for reading; changes use `authorize`."""
    if not actor.may(permission):
        raise NotAllowed(what=permission.value, role=actor.role.value, needs=_WHO_CAN[permission])


def authorize(session: Session, actor: Actor, permission: Permission) -> Actor:
    """The actor as the database knows them now.

    A page open since yesterday, or a button's callback, may carry a role that was taken away meanwhile.
    Raises `NotSignedIn` for a removed or disabled account, `NotAllowed` for a role without the permission.
    """
    if actor.id is None:
        return actor
    row = session.execute(
        select(UserRow.id, UserRow.email, UserRow.name, UserRow.role).where(
            UserRow.id == actor.id, UserRow.disabled.is_(False)
        )
    ).one_or_none()
    if row is None:
        raise NotSignedIn
    current = Actor(id=row.id, email=row.email, name=row.name, role=Role(row.role))
    require(current, permission)
    return current
