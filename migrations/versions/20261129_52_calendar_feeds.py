"""Secret addresses under which calendar programs read the plan

Revision ID: 20261129_52
Revises: 20261129_32
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_52"
down_revision = "20261129_32"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("dyno_id", sa.Integer(), nullable=True),
        sa.Column("vehicle_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(dyno_id, vehicle_id) <= 1", name=op.f("ck_calendar_feeds_one_subject")),
        sa.CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_calendar_feeds_token_hashed")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_calendar_feeds_owner_id")),
        sa.ForeignKeyConstraint(["dyno_id"], ["dynos.id"], name=op.f("fk_calendar_feeds_dyno_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["vehicles.id"], name=op.f("fk_calendar_feeds_vehicle_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index("ix_calendar_feeds_owner_id", "calendar_feeds", ["owner_id"])


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.drop_table("calendar_feeds")
