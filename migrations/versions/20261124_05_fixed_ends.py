"""Whether an allocation's last day was fixed by hand, so that it stays when the first day moves

Revision ID: 20261124_05
Revises: 20261124_04
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_05"
down_revision = "20261124_04"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("allocations", sa.Column("end_fixed", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("allocations", "end_fixed")
