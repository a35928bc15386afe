"""Which maintenance windows were planned together, so that they can be changed together

Revision ID: 20261129_32
Revises: 20261129_51
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_32"
down_revision = "20261129_51"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.add_column("maintenance", sa.Column("series_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_maintenance_series_id", "maintenance", "maintenance", ["series_id"], ["allocation_id"])
    op.create_index(
        "ix_maintenance_series_id", "maintenance", ["series_id"], postgresql_where=sa.text("series_id IS NOT NULL")
    )
    # What came back was planned in one transaction, and so has one moment of creation.
    op.execute("""
        UPDATE maintenance m SET series_id = series.first_id
        FROM (SELECT a.id, min(a.id) OVER (PARTITION BY a.dyno_id, o.recurrence, a.created_at) AS first_id
              FROM maintenance o JOIN allocations a ON a.id = o.allocation_id WHERE o.recurrence IS NOT NULL) series
        WHERE series.id = m.allocation_id""")


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.drop_column("maintenance", "series_id")
