"""Vehicles and test types that are not planned any more, and whose history stays

Revision ID: 20261129_33
Revises: 20261129_52
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_33"
down_revision = "20261129_52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    for table in ("vehicles", "test_types"):
        op.add_column(table, sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    for table in ("vehicles", "test_types"):
        op.drop_column(table, "retired")
