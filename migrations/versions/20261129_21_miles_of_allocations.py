"""What an allocation runs: miles, miles a day where they are not its test type's, and added days

Revision ID: 20261129_21
Revises: 20261129_31
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_21"
down_revision = "20261129_31"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_allocations_miles_not_negative": "miles >= 0",
    "ck_allocations_miles_per_day_positive": "miles_per_day > 0",
    "ck_allocations_added_days_not_negative": "added_days >= 0",
}
COLUMNS = ("miles", "miles_per_day", "added_days")


def upgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    for column in COLUMNS:
        op.add_column("allocations", sa.Column(column, sa.Float(), nullable=True))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(name), "allocations", condition)
    op.execute("""UPDATE allocations a SET miles = r.miles FROM requests r
        WHERE r.allocation_id = a.id AND r.miles IS NOT NULL""")


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    for name in CHECKS:
        op.drop_constraint(op.f(name), "allocations", type_="check")
    for column in COLUMNS:
        op.drop_column("allocations", column)
