"""Every table, in one place. Rows stay inside `dyno_core`; pages and tools see frozen types.

The rules that must never break are constraints here, named by `CONVENTION`, so that they hold
whatever writes: the app, a script, psql. `violations.py` says each of them in a sentence.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    event,
    func,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID, ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CONVENTION: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

BLOCKS: Final = "status NOT IN ('cancelled','tentative') AND NOT disputed"
"""When a row holds its dyno and vehicle. The exclusion constraints and every availability probe use it to the letter:
a probe with another condition would look at rows that the constraint does not keep apart."""

ALLOCATION_STATUSES: Final = ("tentative", "scheduled", "in_progress", "completed", "cancelled")
REQUEST_STATUSES: Final = ("open", "placed", "withdrawn")
CHANNELS: Final = ("chat", "calendar", "import", "planner", "api")
ROLES: Final = ("viewer", "engineer", "planner", "manager", "admin")

CAPABILITIES_FUNCTION: Final = """
CREATE FUNCTION dyno_capabilities(tests text[], drives text[], weights text[], excluded text[])
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(token ORDER BY token), '{}'::text[])
  FROM (SELECT DISTINCT t || '|' || d || '|' || w AS token
        FROM unnest(tests) t, unnest(drives) d, unnest(weights) w) every
  WHERE token <> ALL (excluded)
$$
"""

AUDIT_IS_APPEND_ONLY: Final = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only'
    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_log_append_only';
END $$
"""


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        str: Text,
        datetime: DateTime(timezone=True),
        date: Date,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


event.listen(Base.metadata, "before_create", DDL(CAPABILITIES_FUNCTION))


class DynoRow(Base):
    __tablename__ = "dynos"
    __table_args__ = (
        CheckConstraint("name = btrim(name) AND name <> ''", name="name_tidy"),
        CheckConstraint("supported_weight_classes <@ ARRAY['<10K','>10K']", name="weight_classes_known"),
        CheckConstraint("supported_drives <@ ARRAY['2WD','AWD']", name="drives_known"),
        Index("ix_dynos_capabilities", "capabilities", postgresql_using="gin"),
        Index("ix_dynos_preference_name", "preference", "name"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    facility: Mapped[str]
    supported_weight_classes: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    supported_drives: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    supported_test_types: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    excluded_combinations: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    capabilities: Mapped[list[str]] = mapped_column(
        Computed(
            "dyno_capabilities(supported_test_types, supported_drives, supported_weight_classes,"
            " excluded_combinations)",
            persisted=True,
        )
    )
    preference: Mapped[int] = mapped_column(server_default=sql("1000"))
    notes: Mapped[str] = mapped_column(server_default=sql("''"))
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class ServicePeriodRow(Base):
    """When a dyno is in service; ``end_date`` NULL = until further notice. Gaps are out of service."""

    __tablename__ = "service_periods"
    __table_args__ = (
        CheckConstraint("end_date IS NULL OR end_date >= start_date", name="end_not_before_start"),
        ExcludeConstraint(
            (sql("int4range(dyno_id, dyno_id, '[]')"), "&&"),
            (sql("daterange(start_date, end_date, '[]')"), "&&"),
            name="ex_service_periods_overlap",
            using="gist",
        ),
        Index("ix_service_periods_dyno_id", "dyno_id", "start_date"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    dyno_id: Mapped[int] = mapped_column(ForeignKey("dynos.id"))
    start_date: Mapped[date]
    end_date: Mapped[date | None]
    reason: Mapped[str] = mapped_column(server_default=sql("''"))


class VehicleRow(Base):
    __tablename__ = "vehicles"
    __table_args__ = (
        CheckConstraint(_one_of("weight_class", ("<10K", ">10K")), name="weight_class_known"),
        CheckConstraint(_one_of("drive_type", ("2WD", "AWD")), name="drive_type_known"),
        CheckConstraint(_one_of("test_drive", ("2WD", "AWD")), name="test_drive_known"),
        CheckConstraint("weight_lbs > 0 AND weight_lbs <= 100000", name="weight_plausible"),
        CheckConstraint(
            "weight_lbs IS NULL OR weight_class = CASE WHEN weight_lbs <= 10000 THEN '<10K' ELSE '>10K' END",
            name="class_follows_weight",
        ),
        CheckConstraint("vin = upper(vin) AND vin ~ '^[A-HJ-NPR-Z0-9]{17}$'", name="vin_well_formed"),
        Index("ix_vehicles_tag_lower", sql("lower(tag)")),
        Index("ix_vehicles_merged_into_id", "merged_into_id", postgresql_where=sql("merged_into_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    vin: Mapped[str | None] = mapped_column(unique=True)
    tag: Mapped[str | None]
    build_id: Mapped[str | None]
    program: Mapped[str | None]
    model_year: Mapped[int | None]
    cert_team: Mapped[str | None]
    contact: Mapped[str | None]
    build_type: Mapped[str | None]
    powertrain: Mapped[str | None]
    weight_lbs: Mapped[int | None]
    weight_class: Mapped[str | None]
    drive_type: Mapped[str | None]
    test_drive: Mapped[str | None]
    notes: Mapped[str] = mapped_column(server_default=sql("''"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("vehicles.id"))
    retired: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default=sql("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class VehicleMergeRow(Base):
    """One vehicle made part of another, with what that changed: it is needed to take it back.

    ``filled``: by field, the value that the kept record got. ``moved``: ids and versions, ``{"allocation": {"12": 3},
    "request": {…}, "vehicle": {…}}``, as the merge left them.
    """

    __tablename__ = "vehicle_merges"
    __table_args__ = (
        Index("uq_vehicle_merges_merged_id", "merged_id", unique=True, postgresql_where=sql("undone_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"))
    merged_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"))
    merged_version: Mapped[int]
    merged_vin: Mapped[str | None]
    filled: Mapped[dict[str, Any]]
    moved: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(server_default=sql("''"))
    merged_by: Mapped[str]
    merged_at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class TestTypeRow(Base):
    __test__ = False
    __tablename__ = "test_types"
    __table_args__ = (
        CheckConstraint("name = btrim(name) AND name <> '' AND position('|' in name) = 0", name="name_tidy"),
        CheckConstraint("fixed_days BETWEEN 1 AND 366", name="fixed_days_plausible"),
        CheckConstraint("miles_per_day > 0", name="miles_per_day_positive"),
        Index("uq_test_types_name_lower", sql("lower(name)"), unique=True),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    synonyms: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    miles_per_day: Mapped[float | None] = mapped_column(Float)
    fixed_days: Mapped[int | None]
    colour: Mapped[int] = mapped_column(server_default=sql("0"))
    retired: Mapped[bool] = mapped_column(server_default=sql("false"))


class CapabilityRuleRow(Base):
    """``drive_type`` or ``weight_class`` NULL = any. ``dynos`` are names in order of preference."""

    __tablename__ = "capability_rules"
    __table_args__ = (
        CheckConstraint(_one_of("drive_type", ("2WD", "AWD")), name="drive_type_known"),
        CheckConstraint(_one_of("weight_class", ("<10K", ">10K")), name="weight_class_known"),
        UniqueConstraint("test_type", "drive_type", "weight_class", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    test_type: Mapped[str] = mapped_column(ForeignKey("test_types.name", onupdate="CASCADE"))
    drive_type: Mapped[str | None]
    weight_class: Mapped[str | None]
    dynos: Mapped[list[str]]
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class AllocationRow(Base):
    """A vehicle on a dyno (kind ``test``), or a maintenance window (kind ``maintenance``, no vehicle)."""

    __tablename__ = "allocations"
    __table_args__ = (
        CheckConstraint("end_date >= start_date", name="end_not_before_start"),
        CheckConstraint("start_date >= '2000-01-01' AND end_date <= '2099-12-31'", name="dates_plausible"),
        CheckConstraint(_one_of("status", ALLOCATION_STATUSES), name="status_known"),
        CheckConstraint(_one_of("source", CHANNELS), name="source_known"),
        CheckConstraint(_one_of("kind", ("test", "maintenance")), name="kind_known"),
        CheckConstraint("(kind = 'test') = (vehicle_id IS NOT NULL)", name="vehicle_with_tests_only"),
        CheckConstraint("(kind = 'test') = (test_type IS NOT NULL)", name="test_type_with_tests_only"),
        CheckConstraint("miles >= 0", name="miles_not_negative"),
        CheckConstraint("miles_per_day > 0", name="miles_per_day_positive"),
        CheckConstraint("added_days >= 0", name="added_days_not_negative"),
        ExcludeConstraint(
            (sql("int4range(dyno_id, dyno_id, '[]')"), "&&"),
            (sql("daterange(start_date, end_date, '[]')"), "&&"),
            name="ex_allocations_dyno_overlap",
            using="gist",
            where=sql(BLOCKS),
        ),
        # int4range of NULL is everything, not nothing: without the vehicle every window would clash with every row.
        ExcludeConstraint(
            (sql("int4range(vehicle_id, vehicle_id, '[]')"), "&&"),
            (sql("daterange(start_date, end_date, '[]')"), "&&"),
            name="ex_allocations_vehicle_overlap",
            using="gist",
            where=sql(f"{BLOCKS} AND vehicle_id IS NOT NULL"),
        ),
        Index("ix_allocations_dyno_blocks", "dyno_id", "end_date", "start_date", postgresql_where=sql(BLOCKS)),
        Index("ix_allocations_vehicle_blocks", "vehicle_id", "end_date", "start_date", postgresql_where=sql(BLOCKS)),
        Index("ix_allocations_dates", "start_date", "end_date"),
        Index(
            "ix_allocations_unsettled",
            "dyno_id",
            postgresql_where=sql("status <> 'cancelled' AND (disputed OR status = 'tentative')"),
        ),
        Index("ix_allocations_follow_up", "id", postgresql_where=sql("follow_up")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(server_default=sql("'test'"))
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicles.id"))
    dyno_id: Mapped[int] = mapped_column(ForeignKey("dynos.id"))
    test_type: Mapped[str | None] = mapped_column(ForeignKey("test_types.name", onupdate="CASCADE"))
    leg: Mapped[str | None]
    start_date: Mapped[date]
    end_date: Mapped[date]
    status: Mapped[str] = mapped_column(server_default=sql("'scheduled'"))
    disputed: Mapped[bool] = mapped_column(server_default=sql("false"))
    end_fixed: Mapped[bool] = mapped_column(server_default=sql("false"))
    planned_start_date: Mapped[date | None]
    planned_end_date: Mapped[date | None]
    actual_start_date: Mapped[date | None]
    actual_end_date: Mapped[date | None]
    miles: Mapped[float | None] = mapped_column(Float)
    miles_per_day: Mapped[float | None] = mapped_column(Float)
    added_days: Mapped[float | None] = mapped_column(Float)
    notes: Mapped[str] = mapped_column(server_default=sql("''"))
    follow_up: Mapped[bool] = mapped_column(server_default=sql("false"))
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source: Mapped[str]
    request_key: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class AllocationDatesRow(Base):
    """The history of an allocation's dates: one row each time they were re-planned."""

    __tablename__ = "allocation_dates"
    __table_args__ = (Index("ix_allocation_dates_allocation_id", "allocation_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocations.id"))
    old_start_date: Mapped[date]
    old_end_date: Mapped[date]
    new_start_date: Mapped[date]
    new_end_date: Mapped[date]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reason: Mapped[str] = mapped_column(server_default=sql("''"))


class MaintenanceRow(Base):
    """What an allocation of kind ``maintenance`` is for."""

    __tablename__ = "maintenance"
    __table_args__ = (
        CheckConstraint(
            _one_of("category", ("planned", "calibration", "breakdown", "upgrade", "other")), name="category_known"
        ),
        Index("ix_maintenance_series_id", "series_id", postgresql_where=sql("series_id IS NOT NULL")),
    )

    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocations.id"), primary_key=True)
    category: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default=sql("''"))
    recurrence: Mapped[str | None]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("maintenance.allocation_id"))


class RequestRow(Base):
    """Demand without a dyno."""

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint("end_date >= start_date", name="end_not_before_start"),
        CheckConstraint("latest_end_date >= end_date", name="latest_end_not_before_end"),
        CheckConstraint("duration_days BETWEEN 1 AND 1000", name="duration_plausible"),
        CheckConstraint("miles >= 0", name="miles_not_negative"),
        CheckConstraint(_one_of("status", REQUEST_STATUSES), name="status_known"),
        CheckConstraint(_one_of("source", CHANNELS), name="source_known"),
        CheckConstraint("(status = 'placed') = (allocation_id IS NOT NULL)", name="placed_has_allocation"),
        Index("ix_requests_status_start_date", "status", "start_date"),
        Index("ix_requests_vehicle_id", "vehicle_id"),
        Index("ix_requests_follow_up", "id", postgresql_where=sql("follow_up")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"))
    test_type: Mapped[str] = mapped_column(ForeignKey("test_types.name", onupdate="CASCADE"))
    leg: Mapped[str | None]
    start_date: Mapped[date]
    end_date: Mapped[date]
    latest_end_date: Mapped[date | None]
    duration_days: Mapped[int]
    miles: Mapped[float | None] = mapped_column(Float)
    priority: Mapped[int] = mapped_column(server_default=sql("3"))
    facility: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default=sql("''"))
    notes: Mapped[str] = mapped_column(server_default=sql("''"))
    follow_up: Mapped[bool] = mapped_column(server_default=sql("false"))
    status: Mapped[str] = mapped_column(server_default=sql("'open'"))
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocations.id"), unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source: Mapped[str]
    request_key: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class HolidayRow(Base):
    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]


class ImportedRow(Base):
    """One row of the planning workbook and what became of it, so that importing it again changes nothing."""

    __tablename__ = "imported_rows"
    __table_args__ = (
        CheckConstraint("num_nonnulls(allocation_id, request_id, rejection) = 1", name="one_outcome"),
        Index("ix_imported_rows_allocation_id", "allocation_id"),
        Index("ix_imported_rows_request_id", "request_id"),
    )

    row_key: Mapped[str] = mapped_column(primary_key=True)
    row_number: Mapped[int]
    content_hash: Mapped[str]
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocations.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"))
    rejection: Mapped[str | None]
    flags: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    stored_version: Mapped[int] = mapped_column(server_default=sql("1"))
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AcceptedConflictRow(Base):
    """A conflict that a planner knows and lets stand. ``subject`` names it as it was: moved, it is another one."""

    __tablename__ = "accepted_conflicts"
    __table_args__ = (CheckConstraint("btrim(reason) <> ''", name="reason_given"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    accepted_by: Mapped[str]
    accepted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserRow(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(_one_of("role", ROLES), name="role_known"),
        CheckConstraint("email = lower(btrim(email)) AND email ~ '^[^@ ]+@[^@ ]+$'", name="email_tidy"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    disabled: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    password_changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_sign_in_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class SignInAttemptRow(Base):
    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_email_at", "email", "at"),
        Index("ix_sign_in_attempts_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    email: Mapped[str]
    address: Mapped[str]
    succeeded: Mapped[bool]


class SessionRow(Base):
    """An issued token (``id`` is its ``jti``), revocable before it expires."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(UUID(as_uuid=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(server_default=sql("''"))
    user_agent: Mapped[str] = mapped_column(server_default=sql("''"))


class AuditRow(Base):
    """Who changed what, when, through what, from what to what, why. Append-only, by triggers."""

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint(_one_of("channel", (*CHANNELS, "admin")), name="channel_known"),
        Index("ix_audit_log_entity", "entity", "entity_id", "id"),
        Index("ix_audit_log_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_id: Mapped[int | None]
    actor: Mapped[str]
    channel: Mapped[str]
    conversation_id: Mapped[str | None]
    correlation_id: Mapped[str | None]
    action: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(server_default=sql("''"))


class SavedViewRow(Base):
    """The filters of a page under a name. ``query`` is what stands behind the ``?`` of its address."""

    __tablename__ = "saved_views"
    __table_args__ = (
        CheckConstraint(_one_of("page", ("calendar", "planning")), name="page_known"),
        CheckConstraint("name = btrim(name) AND length(name) BETWEEN 1 AND 60", name="name_tidy"),
        CheckConstraint("length(query) <= 2000", name="query_short"),
        Index("uq_saved_views_owner_id_page_name_lower", "owner_id", "page", sql("lower(name)"), unique=True),
        Index("ix_saved_views_shared", "page", postgresql_where=sql("shared")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    page: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default=sql("1"))


class CalendarFeedRow(Base):
    """A secret address of the plan of a dyno, of a vehicle, or of its owner. Of the secret there is only the hash."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        CheckConstraint("num_nonnulls(dyno_id, vehicle_id) <= 1", name="one_subject"),
        CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_hashed"),
        Index("ix_calendar_feeds_owner_id", "owner_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    dyno_id: Mapped[int | None] = mapped_column(ForeignKey("dynos.id", ondelete="CASCADE"))
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicles.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ChatThreadRow(Base):
    __tablename__ = "chat_threads"
    __table_args__ = (Index("ix_chat_threads_user_id_updated_at", "user_id", "updated_at"),)

    id: Mapped[str] = mapped_column(UUID(as_uuid=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]


class ChatMessageRow(Base):
    """What was said, kept for the record. ``events`` holds the tool calls, results and cards of an answer."""

    __tablename__ = "chat_messages"
    __table_args__ = (
        CheckConstraint(_one_of("role", ("user", "assistant")), name="role_known"),
        Index("ix_chat_messages_thread_id", "thread_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("chat_threads.id"))
    role: Mapped[str]
    text: Mapped[str]
    events: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"))
    model: Mapped[str | None]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    latency_ms: Mapped[int | None]
    prompt_version: Mapped[str | None]
    tools: Mapped[list[str]] = mapped_column(server_default=sql("'{}'"))
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FeedbackRow(Base):
    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("message_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("chat_messages.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(server_default=sql("''"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MetricRow(Base):
    __tablename__ = "metrics"
    __table_args__ = (
        Index("ix_metrics_created_at", "created_at"),
        Index("ix_metrics_correlation_id", "correlation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    correlation_id: Mapped[str | None]
    service_name: Mapped[str]
    method_name: Mapped[str]
    user_id: Mapped[int | None]
    duration_ms: Mapped[float] = mapped_column(Float)
    success: Mapped[bool]
    error_message: Mapped[str | None]
    extra_data: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AppSettingRow(Base):
    """Values people edit in the app, such as the ROI assumptions."""

    __tablename__ = "app_settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    updated_by: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


event.listen(AuditRow.__table__, "after_create", DDL(AUDIT_IS_APPEND_ONLY))
event.listen(
    AuditRow.__table__,
    "after_create",
    DDL(
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    ),
)
event.listen(
    AuditRow.__table__,
    "after_create",
    DDL(
        "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    ),
)
