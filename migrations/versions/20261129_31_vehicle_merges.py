"""What a merge of two vehicles changed, so that it can be taken back

Revision ID: 20261129_31
Revises: 20261124_06
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129_31"
down_revision = "20261124_06"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.create_table(
        "vehicle_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("merged_version", sa.Integer(), nullable=False),
        sa.Column("merged_vin", sa.Text(), nullable=True),
        sa.Column("filled", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["vehicles.id"], name=op.f("fk_vehicle_merges_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["vehicles.id"], name=op.f("fk_vehicle_merges_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_merges")),
    )
    op.create_index(
        "uq_vehicle_merges_merged_id", "vehicle_merges", ["merged_id"], unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.drop_table("vehicle_merges")
