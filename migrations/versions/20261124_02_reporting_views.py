"""The views that SQL questions may read, and the role that may read nothing else

Revision ID: 20261124_02
Revises: 20261124_01
"""

from alembic import op

revision = "20261124_02"
down_revision = "20261124_01"
branch_labels = None
depends_on = None

VIEWS = {
    "dynos": """
        SELECT d.id, d.name, d.facility, d.supported_weight_classes, d.supported_drives, d.supported_test_types,
               d.excluded_combinations, d.notes,
               EXISTS (SELECT FROM public.service_periods s
                       WHERE s.dyno_id = d.id AND daterange(s.start_date, s.end_date, '[]') @> current_date) AS in_service
        FROM public.dynos d""",
    "vehicles": """
        SELECT id, vin, tag, build_id, program, model_year, cert_team, contact, build_type, powertrain, weight_lbs,
               weight_class, drive_type, test_drive, notes
        FROM public.vehicles WHERE merged_into_id IS NULL""",
    "allocations": """
        SELECT a.id, d.name AS dyno, d.facility, a.vehicle_id, v.vin, v.tag, v.program, v.model_year, v.contact,
               a.test_type, a.leg, a.start_date, a.end_date, a.end_date - a.start_date + 1 AS days, a.status, a.disputed,
               a.source, a.created_by, a.created_at
        FROM public.allocations a
        JOIN public.dynos d ON d.id = a.dyno_id
        JOIN public.vehicles v ON v.id = a.vehicle_id
        WHERE a.kind = 'test'""",
    "maintenance": """
        SELECT a.id, d.name AS dyno, d.facility, m.category, m.reason, a.start_date, a.end_date, a.status
        FROM public.allocations a
        JOIN public.dynos d ON d.id = a.dyno_id
        JOIN public.maintenance m ON m.allocation_id = a.id""",
    "requests": """
        SELECT r.id, r.vehicle_id, v.vin, v.tag, v.program, v.contact, r.test_type, r.leg, r.start_date, r.end_date,
               r.latest_end_date, r.duration_days, r.priority, r.reason, r.status
        FROM public.requests r JOIN public.vehicles v ON v.id = r.vehicle_id""",
    "test_types": "SELECT name, label, synonyms, miles_per_day, fixed_days FROM public.test_types",
}

# Without the right to create roles (a managed server, say) the app still works: SQL questions then need
# DATABASE_READER_URL, whose role is granted SELECT on schema reporting by hand.
READER = """
DO $$
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dyno_reader') THEN
      CREATE ROLE dyno_reader LOGIN NOSUPERUSER NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 20;
    END IF;
  EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
    NULL;
  END;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dyno_reader') THEN
    EXECUTE 'GRANT USAGE ON SCHEMA reporting TO dyno_reader';
    EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO dyno_reader';
    BEGIN
      -- Only a superuser may; elsewhere the statement timeout alone bounds what a question writes to disk.
      EXECUTE 'ALTER ROLE dyno_reader SET temp_file_limit = ''64MB''';
    EXCEPTION WHEN insufficient_privilege THEN
      NULL;
    END;
  END IF;
END $$
"""

# Read-only is not harmless: these take locks, wait, read files or fill the memory. The app's own role keeps them.
WALL = """
DO $$
DECLARE f text;
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE 'REVOKE ALL ON SCHEMA public FROM PUBLIC';
  FOR f IN
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~
      '^(pg_sleep|pg_advisory|pg_try_advisory|pg_notify|pg_logical_emit|pg_export_snapshot|txid_current|pg_current_xact|lo_|lowrite|loread|set_config|query_to_xml|cursor_to_xml|table_to_xml|schema_to_xml|database_to_xml|pg_cancel|pg_terminate|repeat|lpad|rpad|array_fill|pg_get_viewdef|pg_stat_get_activity)'
  LOOP
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO CURRENT_USER';
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || f || ' FROM PUBLIC';
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END $$
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.execute("CREATE SCHEMA reporting")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW reporting.{name} WITH (security_barrier) AS {query}")
    op.execute(READER)
    op.execute(WALL)


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.execute("DROP SCHEMA reporting CASCADE")
