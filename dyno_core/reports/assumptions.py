"""The three figures that savings are reckoned with: from the settings, until a manager edits them in the app."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import AppSettingRow
from dyno_core.errors import InvalidInput
from dyno_core.settings import Settings

KEY: Final = "roi_assumptions"
_LIMITS: Final = {
    "minutes_saved": ("The minutes saved per allocation", Decimal(0), Decimal(480)),
    "hourly_rate_usd": ("The hourly rate", Decimal(0), Decimal(10_000)),
    "investment_usd": ("The investment", Decimal(0), Decimal(1_000_000_000)),
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Minutes saved per allocation made through the agent, US dollars per hour, US dollars invested.

    Raises `InvalidInput` for anything that is no number, negative or implausibly large.
    """

    minutes_saved: Decimal
    hourly_rate_usd: Decimal
    investment_usd: Decimal

    def __post_init__(self) -> None:
        for field, (said, least, most) in _LIMITS.items():
            value = getattr(self, field)
            if not value.is_finite() or not least <= value <= most:
                raise InvalidInput(
                    f"{said} must be between {least:,} and {most:,}; nothing was changed, give another figure.",
                    field=field,
                )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Assumptions":
        """From numbers or text. Raises `InvalidInput` for a missing or unreadable one."""
        try:
            return cls(**{field: Decimal(str(values[field])) for field in _LIMITS})
        except (InvalidOperation, KeyError):
            raise InvalidInput(
                "The assumptions are three numbers: minutes saved, hourly rate and investment; give all of them."
            ) from None

    def as_json(self) -> dict[str, float]:
        return {field: float(value) for field, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who edited the assumptions last, and when."""

    by: str
    at: datetime


def last_change(database: Database) -> LastChange | None:
    """None while they are those of the settings."""
    with database.reading() as session:
        row = session.get(AppSettingRow, KEY)
        return None if row is None else LastChange(row.updated_by, row.updated_at)


def load_assumptions(database: Database, settings: Settings) -> Assumptions:
    """As edited in the app, else as the settings have them."""
    with database.reading() as session:
        return _stored(session) or default_assumptions(settings)


def default_assumptions(settings: Settings) -> Assumptions:
    return Assumptions(
        minutes_saved=settings.dyno_minutes_saved_per_booking,
        hourly_rate_usd=settings.dyno_hourly_rate_usd,
        investment_usd=settings.dyno_investment_usd,
    )


def save_assumptions(database: Database, origin: Origin, assumptions: Assumptions, *, reason: str = "") -> None:
    """Store what managers agreed on, with an audit row. The last one to save wins; the audit log keeps both.

    Raises `NotAllowed` unless the person may edit the assumptions, and `InvalidInput` for a zero: settings may hold
    one, and reports reckon with it, but nobody means it who types it.
    """
    for field, (said, _, most) in _LIMITS.items():
        if getattr(assumptions, field) <= 0:
            raise InvalidInput(
                f"{said} must be more than 0 and at most {most:,}: with 0 there is nothing to reckon. "
                "Nothing was changed; give another figure.",
                field=field,
            )
    with database.writing() as session:
        actor = authorize(session, origin.actor, Permission.EDIT_ASSUMPTIONS)
        before = _stored(session)
        values = {field: str(value) for field, value in asdict(assumptions).items()}
        stored = insert(AppSettingRow).values(key=KEY, value=values, updated_by=actor.email)
        session.execute(
            stored.on_conflict_do_update(
                index_elements=["key"], set_={"value": values, "updated_by": actor.email, "updated_at": func.now()}
            )
        )
        record(
            session,
            origin,
            action="edit",
            entity="roi_assumptions",
            entity_id=KEY,
            before=None if before is None else {field: str(value) for field, value in asdict(before).items()},
            after=values,
            reason=reason,
        )


def _stored(session: Session) -> Assumptions | None:
    value = session.execute(text("SELECT value FROM app_settings WHERE key = :key"), {"key": KEY}).scalar_one_or_none()
    return None if value is None else Assumptions.of(value)
