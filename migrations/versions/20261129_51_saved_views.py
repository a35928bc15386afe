"""Views of a page that people save by a name

Revision ID: 20261129_51
Revises: 20261129_21
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_51"
down_revision = "20261129_21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("page IN ('calendar', 'planning')", name=op.f("ck_saved_views_page_known")),
        sa.CheckConstraint(
            "name = btrim(name) AND length(name) BETWEEN 1 AND 60", name=op.f("ck_saved_views_name_tidy")
        ),
        sa.CheckConstraint("length(query) <= 2000", name=op.f("ck_saved_views_query_short")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_saved_views_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        "uq_saved_views_owner_id_page_name_lower",
        "saved_views",
        ["owner_id", "page", sa.text("lower(name)")],
        unique=True,
    )
    op.create_index("ix_saved_views_shared", "saved_views", ["page"], postgresql_where=sa.text("shared"))


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    op.drop_table("saved_views")
