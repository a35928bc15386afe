"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    # A migration that can't have its locks at once gives up rather than queueing everyone behind it.
    op.execute("SET lock_timeout = '4s'")
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    op.execute("SET lock_timeout = '4s'")
    ${downgrades if downgrades else "pass"}
