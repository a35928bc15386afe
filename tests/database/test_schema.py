"""The model and the migrated database are the same, and every named rule says its sentence."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from dyno_core.database import migrate as migrations
from dyno_core.database.engine import Database
from dyno_core.database.models import Base
from dyno_core.database.violations import VIOLATIONS, ConstraintRefused
from tests.concurrency.storm import storm

_DEFINITIONS = """
    SELECT conname AS name, conrelid::regclass::text AS place, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid::regclass::text <> 'alembic_version'
    UNION ALL
    SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    UNION ALL
    SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT proname, '', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT column_name, table_name, concat_ws(' ', data_type, is_nullable, column_default, generation_expression)
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"""


def _definitions(engine: Engine) -> set[tuple[str, str, str]]:
    with engine.connect() as connection:
        return {
            (row.name, row.place, " ".join(row.definition.split())) for row in connection.execute(text(_DEFINITIONS))
        }


def test_the_migrated_database_is_what_the_model_describes_down_to_every_rule(
    fresh_database: Database, empty_database: Database
) -> None:
    Base.metadata.create_all(empty_database.engine)

    assert _definitions(fresh_database.engine) == _definitions(empty_database.engine)


def test_alembic_would_generate_no_further_migration(fresh_database: Database) -> None:
    with fresh_database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(fresh_database: Database) -> None:
    before = _definitions(fresh_database.engine)

    migrations.downgrade(fresh_database, "base")
    assert _definitions(fresh_database.engine) == set()
    assert migrations.is_empty(fresh_database)

    assert migrations.migrate(fresh_database) is True
    assert _definitions(fresh_database.engine) == before
    assert migrations.migrate(fresh_database) is False


def _migrate(database: Database, _: int) -> bool:
    return migrations.migrate(database)


def test_of_processes_that_migrate_at_once_one_does_it_and_the_others_wait(empty_database: Database) -> None:
    outcomes = storm(empty_database, _migrate, range(4))

    assert [outcome.crash for outcome in outcomes if outcome.crash] == []
    assert sorted(outcome.value for outcome in outcomes) == [False, False, False, True]
    assert migrations.is_current(empty_database)


def _named_rules() -> set[str]:
    """Every rule that a user's input can break: foreign keys and primary keys are the app's own business."""
    rules: set[str] = set()
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, (CheckConstraint, UniqueConstraint, ExcludeConstraint)):
                rules.add(str(constraint.name))
        rules |= {str(index.name) for index in table.indexes if isinstance(index, Index) and index.unique}
    return rules


def test_every_named_rule_has_a_sentence_and_every_sentence_a_rule() -> None:
    assert set(VIOLATIONS) - {"audit_log_append_only"} == _named_rules()


def test_every_sentence_is_one_that_a_person_can_act_on() -> None:
    for sentence in VIOLATIONS.values():
        assert sentence.endswith(".")
        assert not any(word in sentence.lower() for word in ("constraint", "violat", "null", "_"))


_ALLOCATION = (
    "INSERT INTO allocations (kind, vehicle_id, dyno_id, test_type, start_date, end_date, status, created_by, source)"
)
_ACCEPTED = "INSERT INTO accepted_conflicts (subject, reason, accepted_by)"
_MERGED = "INSERT INTO vehicle_merges (kept_id, merged_id, merged_version, filled, moved, merged_by)"
_FEED = "INSERT INTO calendar_feeds (owner_id, token_hash, dyno_id, vehicle_id)"
_VIEW = "INSERT INTO saved_views (owner_id, page, name, query)"
_REQUEST = "INSERT INTO requests (vehicle_id, test_type, start_date, end_date, duration_days, created_by, source, {}) VALUES (1, 'brake', '2026-03-01', '2026-03-02', 2, 'x', 'api', {})"

TRIPS = {
    "ck_accepted_conflicts_reason_given": f"{_ACCEPTED} VALUES ('rule:2', '  ', 'x')",
    "ck_allocations_added_days_not_negative": "UPDATE allocations SET added_days = -1",
    "ck_allocations_dates_plausible": f"{_ALLOCATION} VALUES ('test', 1, 1, 'brake', '1999-12-31', '2026-01-01', 'scheduled', 'x', 'api')",
    "ck_allocations_end_not_before_start": f"{_ALLOCATION} VALUES ('test', 1, 1, 'brake', '2026-02-02', '2026-02-01', 'scheduled', 'x', 'api')",
    "ck_allocations_kind_known": f"{_ALLOCATION} VALUES ('party', NULL, 1, NULL, '2026-02-02', '2026-02-03', 'scheduled', 'x', 'api')",
    "ck_allocations_miles_not_negative": "UPDATE allocations SET miles = -1",
    "ck_allocations_miles_per_day_positive": "UPDATE allocations SET miles_per_day = 0",
    "ck_allocations_source_known": f"{_ALLOCATION} VALUES ('test', 1, 1, 'brake', '2026-02-02', '2026-02-03', 'scheduled', 'x', 'fax')",
    "ck_allocations_status_known": f"{_ALLOCATION} VALUES ('test', 1, 1, 'brake', '2026-02-02', '2026-02-03', 'bogus', 'x', 'api')",
    "ck_allocations_test_type_with_tests_only": f"{_ALLOCATION} VALUES ('maintenance', NULL, 1, 'brake', '2026-02-02', '2026-02-03', 'scheduled', 'x', 'api')",
    "ck_allocations_vehicle_with_tests_only": f"{_ALLOCATION} VALUES ('test', NULL, 1, 'brake', '2026-02-02', '2026-02-03', 'scheduled', 'x', 'api')",
    "ck_audit_log_channel_known": "INSERT INTO audit_log (actor, channel, action, entity, entity_id) VALUES ('x', 'fax', 'a', 'e', '1')",
    "ck_calendar_feeds_one_subject": f"{_FEED} VALUES (1, repeat('a', 64), 1, 1)",
    "ck_calendar_feeds_token_hashed": f"{_FEED} VALUES (1, 'the secret itself', 1, NULL)",
    "ck_capability_rules_drive_type_known": "INSERT INTO capability_rules (test_type, drive_type, dynos) VALUES ('brake', '6X6', '{}')",
    "ck_capability_rules_weight_class_known": "INSERT INTO capability_rules (test_type, weight_class, dynos) VALUES ('brake', '=10K', '{}')",
    "ck_chat_messages_role_known": "INSERT INTO chat_messages (thread_id, role, text) VALUES ('00000000-0000-0000-0000-000000000001', 'ghost', '')",
    "ck_dynos_drives_known": "INSERT INTO dynos (name, facility, supported_drives) VALUES ('D9', 'F', '{6X6}')",
    "ck_dynos_name_tidy": "INSERT INTO dynos (name, facility) VALUES (' D9', 'F')",
    "ck_dynos_weight_classes_known": "INSERT INTO dynos (name, facility, supported_weight_classes) VALUES ('D9', 'F', '{=10K}')",
    "ck_imported_rows_one_outcome": "INSERT INTO imported_rows (row_key, row_number, content_hash) VALUES ('k', 1, 'h')",
    "ck_maintenance_category_known": "INSERT INTO maintenance (allocation_id, category) VALUES (1, 'party')",
    "ck_requests_duration_plausible": "UPDATE requests SET duration_days = 0",
    "ck_requests_end_not_before_start": "UPDATE requests SET end_date = '2026-01-01'",
    "ck_requests_latest_end_not_before_end": "UPDATE requests SET latest_end_date = '2026-01-01'",
    "ck_requests_miles_not_negative": "UPDATE requests SET miles = -1",
    "ck_requests_placed_has_allocation": "UPDATE requests SET status = 'placed'",
    "ck_requests_source_known": "UPDATE requests SET source = 'fax'",
    "ck_requests_status_known": "UPDATE requests SET status = 'bogus'",
    "ck_saved_views_name_tidy": f"{_VIEW} VALUES (1, 'calendar', ' A', '')",
    "ck_saved_views_page_known": f"{_VIEW} VALUES (1, 'roi', 'A', '')",
    "ck_saved_views_query_short": f"{_VIEW} VALUES (1, 'calendar', 'A', repeat('x', 2001))",
    "ck_service_periods_end_not_before_start": "INSERT INTO service_periods (dyno_id, start_date, end_date) VALUES (1, '2030-01-02', '2030-01-01')",
    "ck_test_types_fixed_days_plausible": "UPDATE test_types SET fixed_days = 0",
    "ck_test_types_miles_per_day_positive": "UPDATE test_types SET miles_per_day = 0",
    "ck_test_types_name_tidy": "INSERT INTO test_types (name, label) VALUES ('a|b', 'x')",
    "ck_users_email_tidy": "INSERT INTO users (email, name, password_hash, role) VALUES ('X@Y.Z', 'x', 'x', 'viewer')",
    "ck_users_role_known": "INSERT INTO users (email, name, password_hash, role) VALUES ('x@y.z', 'x', 'x', 'king')",
    "ck_vehicles_class_follows_weight": "UPDATE vehicles SET weight_lbs = 12000, weight_class = '<10K'",
    "ck_vehicles_drive_type_known": "UPDATE vehicles SET drive_type = '6X6'",
    "ck_vehicles_test_drive_known": "UPDATE vehicles SET test_drive = '6X6'",
    "ck_vehicles_vin_well_formed": "UPDATE vehicles SET vin = 'PENDING'",
    "ck_vehicles_weight_class_known": "UPDATE vehicles SET weight_class = '=10K'",
    "ck_vehicles_weight_plausible": "UPDATE vehicles SET weight_lbs = -1",
    "ex_allocations_dyno_overlap": f"{_ALLOCATION} VALUES ('test', 2, 1, 'brake', '2026-01-03', '2026-01-08', 'scheduled', 'x', 'api')",
    "ex_allocations_vehicle_overlap": f"{_ALLOCATION} VALUES ('test', 1, 2, 'brake', '2026-01-03', '2026-01-08', 'scheduled', 'x', 'api')",
    "ex_service_periods_overlap": "INSERT INTO service_periods (dyno_id, start_date) VALUES (1, '2025-01-01')",
    "uq_accepted_conflicts_subject": f"{_ACCEPTED} VALUES ('rule:1', 'known', 'x')",
    "uq_allocations_request_key": "UPDATE allocations SET request_key = 'k'",
    "uq_calendar_feeds_token_hash": f"{_FEED} VALUES (1, repeat('a', 64), 1, NULL), (1, repeat('a', 64), NULL, NULL)",
    "uq_capability_rules_test_type_drive_type_weight_class": "INSERT INTO capability_rules (test_type, dynos) VALUES ('brake', '{}'), ('brake', '{}')",
    "uq_dynos_name": "INSERT INTO dynos (name, facility) VALUES ('D1', 'F')",
    "uq_feedback_message_id_user_id": "INSERT INTO feedback (message_id, user_id, helpful) VALUES (1, 1, true), (1, 1, true)",
    "uq_requests_allocation_id": _REQUEST.format("status, allocation_id", "'placed', 1") + ", (1, 'brake', '2026-03-01', '2026-03-02', 2, 'x', 'api', 'placed', 1)",
    "uq_requests_request_key": _REQUEST.format("request_key", "'k'") + ", (1, 'brake', '2026-03-01', '2026-03-02', 2, 'x', 'api', 'k')",
    "uq_saved_views_owner_id_page_name_lower": f"{_VIEW} VALUES (1, 'calendar', 'A', ''), (1, 'calendar', 'a', '')",
    "uq_test_types_name_lower": "INSERT INTO test_types (name, label) VALUES ('BRAKE', 'x')",
    "uq_users_email": "INSERT INTO users (email, name, password_hash, role) VALUES ('a@b.c', 'x', 'x', 'viewer')",
    "uq_vehicle_merges_merged_id": f"{_MERGED} VALUES (2, 1, 1, '{{}}', '{{}}', 'x')",
    "uq_vehicles_vin": "UPDATE vehicles SET vin = 'ZZ9F8NVTXSD363661'",
    "audit_log_append_only": "DELETE FROM audit_log",
}  # fmt: skip

_SETTING = """
    INSERT INTO test_types (name, label) VALUES ('brake', 'Brake');
    INSERT INTO dynos (name, facility) VALUES ('D1', 'F'), ('D2', 'F');
    INSERT INTO service_periods (dyno_id, start_date) VALUES (1, '2020-01-01');
    INSERT INTO vehicles (tag) VALUES ('A'), ('B');
    INSERT INTO users (email, name, password_hash, role) VALUES ('a@b.c', 'A', 'x', 'viewer');
    INSERT INTO chat_threads (id, user_id, title) VALUES ('00000000-0000-0000-0000-000000000001', 1, 't');
    INSERT INTO chat_messages (thread_id, role, text) VALUES ('00000000-0000-0000-0000-000000000001', 'user', 'hello');
    INSERT INTO allocations (kind, vehicle_id, dyno_id, test_type, start_date, end_date, created_by, source)
      VALUES ('test', 1, 1, 'brake', '2026-01-01', '2026-01-05', 'x', 'api'),
             ('test', 2, 2, 'brake', '2026-02-01', '2026-02-05', 'x', 'api');
    INSERT INTO requests (vehicle_id, test_type, start_date, end_date, duration_days, created_by, source)
      VALUES (1, 'brake', '2026-03-01', '2026-03-02', 2, 'x', 'api');
    INSERT INTO audit_log (actor, channel, action, entity, entity_id) VALUES ('x', 'api', 'a', 'e', '1');
    INSERT INTO accepted_conflicts (subject, reason, accepted_by) VALUES ('rule:1', 'known', 'x');
    INSERT INTO vehicle_merges (kept_id, merged_id, merged_version, filled, moved, merged_by)
      VALUES (2, 1, 1, '{}', '{}', 'x');
"""


def test_every_rule_can_be_tripped_and_then_says_its_own_sentence(fresh_database: Database) -> None:
    assert set(TRIPS) == set(VIOLATIONS)
    with fresh_database.writing() as session:
        session.execute(text(_SETTING))
    for name, statement in TRIPS.items():
        with pytest.raises(ConstraintRefused) as refusal, fresh_database.writing() as session:
            session.execute(text(statement))
        assert (refusal.value.facts["constraint"], str(refusal.value)) == (name, VIOLATIONS[name])


def test_the_audit_log_can_be_neither_changed_nor_emptied(fresh_database: Database) -> None:
    with fresh_database.writing() as session:
        session.execute(text(_SETTING))
    for statement in ("UPDATE audit_log SET actor = 'y'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(ConstraintRefused, match="only grows"), fresh_database.writing() as session:
            session.execute(text(statement))


def test_a_reading_session_can_not_write(fresh_database: Database) -> None:
    with pytest.raises(Exception, match="read-only transaction"), fresh_database.reading() as session:
        session.execute(text("INSERT INTO holidays VALUES ('2026-12-25', 'Christmas')"))
