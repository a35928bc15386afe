"""initial schema

Revision ID: 20261124_01
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_01"
down_revision = None
branch_labels = None
depends_on = None

CAPABILITIES = """
CREATE FUNCTION dyno_capabilities(tests text[], drives text[], weights text[], excluded text[])
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(token ORDER BY token), '{}'::text[])
  FROM (SELECT DISTINCT t || '|' || d || '|' || w AS token
        FROM unnest(tests) t, unnest(drives) d, unnest(weights) w) every
  WHERE token <> ALL (excluded)
$$
"""

REFUSE_AUDIT_CHANGE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only'
    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_log_append_only';
END $$
"""


def upgrade() -> None:
    # A migration that can't have its locks at once gives up rather than queueing everyone behind it.
    op.execute("SET lock_timeout = '4s'")
    op.execute(CAPABILITIES)
    op.execute(REFUSE_AUDIT_CHANGE)
    op.create_table(
        "app_settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_app_settings")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "channel IN ('chat', 'calendar', 'import', 'planner', 'api', 'admin')",
            name=op.f("ck_audit_log_channel_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.execute(
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"], unique=False)
    op.create_index("ix_audit_log_entity", "audit_log", ["entity", "entity_id", "id"], unique=False)
    op.create_table(
        "dynos",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("supported_weight_classes", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("supported_drives", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("supported_test_types", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("excluded_combinations", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "capabilities",
            sa.ARRAY(sa.Text()),
            sa.Computed(
                "dyno_capabilities(supported_test_types, supported_drives, supported_weight_classes, excluded_combinations)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("preference", sa.Integer(), server_default=sa.text("1000"), nullable=False),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("name = btrim(name) AND name <> ''", name=op.f("ck_dynos_name_tidy")),
        sa.CheckConstraint("supported_drives <@ ARRAY['2WD','AWD']", name=op.f("ck_dynos_drives_known")),
        sa.CheckConstraint(
            "supported_weight_classes <@ ARRAY['<10K','>10K']", name=op.f("ck_dynos_weight_classes_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dynos")),
        sa.UniqueConstraint("name", name=op.f("uq_dynos_name")),
    )
    op.create_index("ix_dynos_capabilities", "dynos", ["capabilities"], unique=False, postgresql_using="gin")
    op.create_index("ix_dynos_preference_name", "dynos", ["preference", "name"], unique=False)
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("method_name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column(
            "extra_data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metrics")),
    )
    op.create_index("ix_metrics_correlation_id", "metrics", ["correlation_id"], unique=False)
    op.create_index("ix_metrics_created_at", "metrics", ["created_at"], unique=False)
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_address_at", "sign_in_attempts", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempts_email_at", "sign_in_attempts", ["email", "at"], unique=False)
    op.create_table(
        "test_types",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("synonyms", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("miles_per_day", sa.Float(), nullable=True),
        sa.Column("fixed_days", sa.Integer(), nullable=True),
        sa.Column("colour", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "name = btrim(name) AND name <> '' AND position('|' in name) = 0", name=op.f("ck_test_types_name_tidy")
        ),
        sa.CheckConstraint("fixed_days BETWEEN 1 AND 366", name=op.f("ck_test_types_fixed_days_plausible")),
        sa.CheckConstraint("miles_per_day > 0", name=op.f("ck_test_types_miles_per_day_positive")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_test_types")),
    )
    op.create_index("uq_test_types_name_lower", "test_types", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "email = lower(btrim(email)) AND email ~ '^[^@ ]+@[^@ ]+$'", name=op.f("ck_users_email_tidy")
        ),
        sa.CheckConstraint(
            "role IN ('viewer', 'engineer', 'planner', 'manager', 'admin')", name=op.f("ck_users_role_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "vehicles",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("vin", sa.Text(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("build_id", sa.Text(), nullable=True),
        sa.Column("program", sa.Text(), nullable=True),
        sa.Column("model_year", sa.Integer(), nullable=True),
        sa.Column("cert_team", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("build_type", sa.Text(), nullable=True),
        sa.Column("powertrain", sa.Text(), nullable=True),
        sa.Column("weight_lbs", sa.Integer(), nullable=True),
        sa.Column("weight_class", sa.Text(), nullable=True),
        sa.Column("drive_type", sa.Text(), nullable=True),
        sa.Column("test_drive", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("drive_type IN ('2WD', 'AWD')", name=op.f("ck_vehicles_drive_type_known")),
        sa.CheckConstraint("test_drive IN ('2WD', 'AWD')", name=op.f("ck_vehicles_test_drive_known")),
        sa.CheckConstraint(
            "vin = upper(vin) AND vin ~ '^[A-HJ-NPR-Z0-9]{17}$'", name=op.f("ck_vehicles_vin_well_formed")
        ),
        sa.CheckConstraint("weight_class IN ('<10K', '>10K')", name=op.f("ck_vehicles_weight_class_known")),
        sa.CheckConstraint(
            "weight_lbs IS NULL OR weight_class = CASE WHEN weight_lbs <= 10000 THEN '<10K' ELSE '>10K' END",
            name=op.f("ck_vehicles_class_follows_weight"),
        ),
        sa.CheckConstraint("weight_lbs > 0 AND weight_lbs <= 100000", name=op.f("ck_vehicles_weight_plausible")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["vehicles.id"], name=op.f("fk_vehicles_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicles")),
        sa.UniqueConstraint("vin", name=op.f("uq_vehicles_vin")),
    )
    op.create_index(
        "ix_vehicles_merged_into_id",
        "vehicles",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_index("ix_vehicles_tag_lower", "vehicles", [sa.literal_column("lower(tag)")], unique=False)
    op.create_table(
        "allocations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'test'"), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=True),
        sa.Column("dyno_id", sa.Integer(), nullable=False),
        sa.Column("test_type", sa.Text(), nullable=True),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'scheduled'"), nullable=False),
        sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("planned_start_date", sa.Date(), nullable=True),
        sa.Column("planned_end_date", sa.Date(), nullable=True),
        sa.Column("actual_start_date", sa.Date(), nullable=True),
        sa.Column("actual_end_date", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(dyno_id, dyno_id, '[]')"), "&&"),
            (sa.text("daterange(start_date, end_date, '[]')"), "&&"),
            where=sa.text("status NOT IN ('cancelled','tentative') AND NOT disputed"),
            using="gist",
            name="ex_allocations_dyno_overlap",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(vehicle_id, vehicle_id, '[]')"), "&&"),
            (sa.text("daterange(start_date, end_date, '[]')"), "&&"),
            where=sa.text("status NOT IN ('cancelled','tentative') AND NOT disputed AND vehicle_id IS NOT NULL"),
            using="gist",
            name="ex_allocations_vehicle_overlap",
        ),
        sa.CheckConstraint(
            "(kind = 'test') = (test_type IS NOT NULL)", name=op.f("ck_allocations_test_type_with_tests_only")
        ),
        sa.CheckConstraint(
            "(kind = 'test') = (vehicle_id IS NOT NULL)", name=op.f("ck_allocations_vehicle_with_tests_only")
        ),
        sa.CheckConstraint("kind IN ('test', 'maintenance')", name=op.f("ck_allocations_kind_known")),
        sa.CheckConstraint(
            "source IN ('chat', 'calendar', 'import', 'planner', 'api')", name=op.f("ck_allocations_source_known")
        ),
        sa.CheckConstraint(
            "start_date >= '2000-01-01' AND end_date <= '2099-12-31'", name=op.f("ck_allocations_dates_plausible")
        ),
        sa.CheckConstraint(
            "status IN ('tentative', 'scheduled', 'in_progress', 'completed', 'cancelled')",
            name=op.f("ck_allocations_status_known"),
        ),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_allocations_end_not_before_start")),
        sa.ForeignKeyConstraint(["dyno_id"], ["dynos.id"], name=op.f("fk_allocations_dyno_id")),
        sa.ForeignKeyConstraint(
            ["test_type"], ["test_types.name"], name=op.f("fk_allocations_test_type"), onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name=op.f("fk_allocations_vehicle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("request_key", name=op.f("uq_allocations_request_key")),
    )
    op.create_index("ix_allocations_dates", "allocations", ["start_date", "end_date"], unique=False)
    op.create_index(
        "ix_allocations_dyno_blocks",
        "allocations",
        ["dyno_id", "end_date", "start_date"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('cancelled','tentative') AND NOT disputed"),
    )
    op.create_index(
        "ix_allocations_unsettled",
        "allocations",
        ["dyno_id"],
        unique=False,
        postgresql_where=sa.text("status <> 'cancelled' AND (disputed OR status = 'tentative')"),
    )
    op.create_index(
        "ix_allocations_vehicle_blocks",
        "allocations",
        ["vehicle_id", "end_date", "start_date"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('cancelled','tentative') AND NOT disputed"),
    )
    op.create_table(
        "capability_rules",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("test_type", sa.Text(), nullable=False),
        sa.Column("drive_type", sa.Text(), nullable=True),
        sa.Column("weight_class", sa.Text(), nullable=True),
        sa.Column("dynos", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("drive_type IN ('2WD', 'AWD')", name=op.f("ck_capability_rules_drive_type_known")),
        sa.CheckConstraint("weight_class IN ('<10K', '>10K')", name=op.f("ck_capability_rules_weight_class_known")),
        sa.ForeignKeyConstraint(
            ["test_type"], ["test_types.name"], name=op.f("fk_capability_rules_test_type"), onupdate="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capability_rules")),
        sa.UniqueConstraint(
            "test_type",
            "drive_type",
            "weight_class",
            name=op.f("uq_capability_rules_test_type_drive_type_weight_class"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "chat_threads",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_chat_threads_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_threads")),
    )
    op.create_index("ix_chat_threads_user_id_updated_at", "chat_threads", ["user_id", "updated_at"], unique=False)
    op.create_table(
        "service_periods",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("dyno_id", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(dyno_id, dyno_id, '[]')"), "&&"),
            (sa.text("daterange(start_date, end_date, '[]')"), "&&"),
            using="gist",
            name="ex_service_periods_overlap",
        ),
        sa.CheckConstraint(
            "end_date IS NULL OR end_date >= start_date", name=op.f("ck_service_periods_end_not_before_start")
        ),
        sa.ForeignKeyConstraint(["dyno_id"], ["dynos.id"], name=op.f("fk_service_periods_dyno_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_periods")),
    )
    op.create_index("ix_service_periods_dyno_id", "service_periods", ["dyno_id", "start_date"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "allocation_dates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        sa.Column("old_start_date", sa.Date(), nullable=False),
        sa.Column("old_end_date", sa.Date(), nullable=False),
        sa.Column("new_start_date", sa.Date(), nullable=False),
        sa.Column("new_end_date", sa.Date(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["allocation_id"], ["allocations.id"], name=op.f("fk_allocation_dates_allocation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_dates")),
    )
    op.create_index("ix_allocation_dates_allocation_id", "allocation_dates", ["allocation_id", "id"], unique=False)
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("thread_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "events", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('user', 'assistant')", name=op.f("ck_chat_messages_role_known")),
        sa.ForeignKeyConstraint(["thread_id"], ["chat_threads.id"], name=op.f("fk_chat_messages_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_messages")),
    )
    op.create_index("ix_chat_messages_thread_id", "chat_messages", ["thread_id", "id"], unique=False)
    op.create_table(
        "maintenance",
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("recurrence", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "category IN ('planned', 'calibration', 'breakdown', 'upgrade', 'other')",
            name=op.f("ck_maintenance_category_known"),
        ),
        sa.ForeignKeyConstraint(["allocation_id"], ["allocations.id"], name=op.f("fk_maintenance_allocation_id")),
        sa.PrimaryKeyConstraint("allocation_id", name=op.f("pk_maintenance")),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("test_type", sa.Text(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("latest_end_date", sa.Date(), nullable=True),
        sa.Column("duration_days", sa.Integer(), nullable=False),
        sa.Column("miles", sa.Float(), nullable=True),
        sa.Column("priority", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("facility", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(status = 'placed') = (allocation_id IS NOT NULL)", name=op.f("ck_requests_placed_has_allocation")
        ),
        sa.CheckConstraint(
            "source IN ('chat', 'calendar', 'import', 'planner', 'api')", name=op.f("ck_requests_source_known")
        ),
        sa.CheckConstraint("status IN ('open', 'placed', 'withdrawn')", name=op.f("ck_requests_status_known")),
        sa.CheckConstraint("duration_days BETWEEN 1 AND 1000", name=op.f("ck_requests_duration_plausible")),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_requests_end_not_before_start")),
        sa.CheckConstraint("latest_end_date >= end_date", name=op.f("ck_requests_latest_end_not_before_end")),
        sa.CheckConstraint("miles >= 0", name=op.f("ck_requests_miles_not_negative")),
        sa.ForeignKeyConstraint(["allocation_id"], ["allocations.id"], name=op.f("fk_requests_allocation_id")),
        sa.ForeignKeyConstraint(
            ["test_type"], ["test_types.name"], name=op.f("fk_requests_test_type"), onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name=op.f("fk_requests_vehicle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("allocation_id", name=op.f("uq_requests_allocation_id")),
        sa.UniqueConstraint("request_key", name=op.f("uq_requests_request_key")),
    )
    op.create_index("ix_requests_status_start_date", "requests", ["status", "start_date"], unique=False)
    op.create_index("ix_requests_vehicle_id", "requests", ["vehicle_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["chat_messages.id"], name=op.f("fk_feedback_message_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feedback_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("message_id", "user_id", name=op.f("uq_feedback_message_id_user_id")),
    )
    op.create_table(
        "imported_rows",
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("rejection", sa.Text(), nullable=True),
        sa.Column("flags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("stored_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(allocation_id, request_id, rejection) = 1", name=op.f("ck_imported_rows_one_outcome")
        ),
        sa.ForeignKeyConstraint(["allocation_id"], ["allocations.id"], name=op.f("fk_imported_rows_allocation_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_imported_rows_request_id")),
        sa.PrimaryKeyConstraint("row_key", name=op.f("pk_imported_rows")),
    )
    op.create_index("ix_imported_rows_allocation_id", "imported_rows", ["allocation_id"], unique=False)
    op.create_index("ix_imported_rows_request_id", "imported_rows", ["request_id"], unique=False)


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.drop_index("ix_imported_rows_request_id", table_name="imported_rows")
    op.drop_index("ix_imported_rows_allocation_id", table_name="imported_rows")
    op.drop_table("imported_rows")
    op.drop_table("feedback")
    op.drop_index("ix_requests_vehicle_id", table_name="requests")
    op.drop_index("ix_requests_status_start_date", table_name="requests")
    op.drop_table("requests")
    op.drop_table("maintenance")
    op.drop_index("ix_chat_messages_thread_id", table_name="chat_messages")
    op.drop_table("chat_messages")
    op.drop_index("ix_allocation_dates_allocation_id", table_name="allocation_dates")
    op.drop_table("allocation_dates")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_service_periods_dyno_id", table_name="service_periods")
    op.drop_table("service_periods")
    op.drop_index("ix_chat_threads_user_id_updated_at", table_name="chat_threads")
    op.drop_table("chat_threads")
    op.drop_table("capability_rules")
    op.drop_index(
        "ix_allocations_vehicle_blocks",
        table_name="allocations",
        postgresql_where=sa.text("status NOT IN ('cancelled','tentative') AND NOT disputed"),
    )
    op.drop_index(
        "ix_allocations_unsettled",
        table_name="allocations",
        postgresql_where=sa.text("status <> 'cancelled' AND (disputed OR status = 'tentative')"),
    )
    op.drop_index(
        "ix_allocations_dyno_blocks",
        table_name="allocations",
        postgresql_where=sa.text("status NOT IN ('cancelled','tentative') AND NOT disputed"),
    )
    op.drop_index("ix_allocations_dates", table_name="allocations")
    op.drop_table("allocations")
    op.drop_index("ix_vehicles_tag_lower", table_name="vehicles")
    op.drop_index(
        "ix_vehicles_merged_into_id", table_name="vehicles", postgresql_where=sa.text("merged_into_id IS NOT NULL")
    )
    op.drop_table("vehicles")
    op.drop_table("users")
    op.drop_index("uq_test_types_name_lower", table_name="test_types")
    op.drop_table("test_types")
    op.drop_index("ix_sign_in_attempts_email_at", table_name="sign_in_attempts")
    op.drop_index("ix_sign_in_attempts_address_at", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_index("ix_metrics_created_at", table_name="metrics")
    op.drop_index("ix_metrics_correlation_id", table_name="metrics")
    op.drop_table("metrics")
    op.drop_table("holidays")
    op.drop_index("ix_dynos_preference_name", table_name="dynos")
    op.drop_index("ix_dynos_capabilities", table_name="dynos", postgresql_using="gin")
    op.drop_table("dynos")
    op.drop_index("ix_audit_log_entity", table_name="audit_log")
    op.drop_index("ix_audit_log_at", table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_table("app_settings")
    op.execute("DROP FUNCTION refuse_audit_change()")
    op.execute("DROP FUNCTION dyno_capabilities(text[], text[], text[], text[])")
