"""The audit rows of an import, written in one go: thousands of changes are one statement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin, as_json
from dyno_core.database.copying import copy_rows


class Trail:
    """Collects what `dyno_core.audit.log.record` would write, until `write`."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._rows: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        *,
        action: str,
        entity: str,
        entity_id: int | str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        """One change. Of ``before`` and ``after`` only what differs is kept; of a new record only what it holds."""
        if before is not None and after is not None:
            changed = [name for name in after if before.get(name) != after[name]]
            before, after = {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
        elif after is not None:
            after = {name: value for name, value in after.items() if value not in (None, "")}
        self._rows.append(
            {
                "actor_id": self._origin.actor.id,
                "actor": self._origin.actor.email,
                "channel": self._origin.channel,
                "conversation_id": self._origin.conversation_id,
                "correlation_id": self._origin.correlation_id,
                "action": action,
                "entity": entity,
                "entity_id": str(entity_id),
                "before": None if before is None else {name: as_json(value) for name, value in before.items()},
                "after": None if after is None else {name: as_json(value) for name, value in after.items()},
                "reason": reason,
            }
        )

    def added(self, entity: str) -> tuple[Mapping[str, Any], ...]:
        """What the new records of that kind hold, so far as nothing was written yet."""
        return tuple(row["after"] for row in self._rows if row["entity"] == entity and row["before"] is None)

    def write(self, session: Session) -> None:
        copy_rows(session, "audit_log", self._rows)
        self._rows = []
