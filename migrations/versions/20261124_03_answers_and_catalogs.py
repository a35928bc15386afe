"""What an answer cost and which prompt led to it; and the catalogs that SQL questions have no business in

Revision ID: 20261124_03
Revises: 20261124_02
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_03"
down_revision = "20261124_02"
branch_labels = None
depends_on = None

# People, settings, sessions and files of the server are readable to everybody by default. Monitoring keeps them.
# What drivers look up when they connect (types, classes, columns) stays: the app refuses questions that name it.
RELATIONS = (
    "^pg_(authid|auth_members|roles|user|users|group|shadow|user_mapping|user_mappings|settings|file_settings|hba|ident"
    "|config|db_role_setting|database|tablespace|stat|statio|stats|locks|prepared|cursors|backend_memory|shmem|aios"
    "|replication|available_ext|extension|proc|views|rules|rewrite|policies|policy|seclabel|shseclabel|shdepend"
    "|shdescription|largeobject|subscription|publication|foreign|event_trigger|parameter_acl|default_acl|init_privs)"
)
FUNCTIONS = (
    "^(inet_client|inet_server|pg_postmaster_start|pg_conf_load|pg_backend_pid|pg_get_functiondef|pg_get_userbyid"
    "|pg_control_|pg_show_|pg_current_logfile|pg_database_size|pg_tablespace|pg_stat_get_|pg_lock_status|pg_hba|pg_config"
    "|pg_ls_|pg_read_|pg_stat_file|pg_blocking|pg_safe_snapshot|pg_listening|pg_current_snapshot|pg_current_wal"
    "|pg_last_wal|pg_is_in_recovery|pg_available|has_[a-z_]*privilege|row_security_active)"
)
KEEP_OUT = """
DO $$
DECLARE thing text;
BEGIN
  FOR thing IN
    SELECT 'TABLE ' || oid::regclass::text FROM pg_class
    WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') AND relname ~ '{relations}'
      AND has_table_privilege('public', oid, 'SELECT')
    UNION ALL
    SELECT 'FUNCTION ' || oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '{functions}'
      AND has_function_privilege('public', oid, 'EXECUTE')
  LOOP
    EXECUTE {statements};
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END $$
"""


def _for_each(*statements: str) -> str:
    loop = ";\n    EXECUTE ".join(statements)
    return KEEP_OUT.format(relations=RELATIONS, functions=FUNCTIONS, statements=loop)


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.add_column("chat_messages", sa.Column("prompt_version", sa.Text(), nullable=True))
    op.add_column(
        "chat_messages", sa.Column("tools", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("chat_messages", sa.Column("cost_usd", sa.Numeric(12, 6), nullable=True))
    op.execute(
        _for_each(
            "'GRANT ' || CASE WHEN thing LIKE 'TABLE %' THEN 'SELECT' ELSE 'EXECUTE' END || ' ON ' || thing "
            "|| ' TO CURRENT_USER, pg_monitor'",
            "'REVOKE ALL ON ' || thing || ' FROM PUBLIC'",
        )
    )


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.drop_column("chat_messages", "cost_usd")
    op.drop_column("chat_messages", "tools")
    op.drop_column("chat_messages", "prompt_version")
