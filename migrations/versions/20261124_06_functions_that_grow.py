"""Questions in SQL lose the functions that make a text of any length out of a few letters

Revision ID: 20261124_06
Revises: 20261124_05
"""

from alembic import op

revision = "20261124_06"
down_revision = "20261124_05"
branch_labels = None
depends_on = None

# format pads to any width without looking at the statement timeout; bit and varbit are the casts to bit(80000000).
# The app's own role keeps them.
CHANGE = """
DO $$
DECLARE f text;
BEGIN
  FOR f IN
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('format', 'bit', 'varbit')
  LOOP
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO CURRENT_USER';
    EXECUTE '{change} EXECUTE ON FUNCTION ' || f || ' {whom} PUBLIC';
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END $$
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.execute(CHANGE.format(change="REVOKE", whom="FROM"))


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.execute(CHANGE.format(change="GRANT", whom="TO"))
