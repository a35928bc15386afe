"""A mark on allocations and requests that somebody has to follow up

Revision ID: 20261129_70
Revises: 20261129_33
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_70"
down_revision = "20261129_33"
branch_labels = None
depends_on = None

_TABLES = ("allocations", "requests")


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    for table in _TABLES:
        op.add_column(table, sa.Column("follow_up", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        op.create_index(f"ix_{table}_follow_up", table, ["id"], postgresql_where=sa.text("follow_up"))


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    for table in _TABLES:
        op.drop_index(f"ix_{table}_follow_up", table_name=table)
        op.drop_column(table, "follow_up")
