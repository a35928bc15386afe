"""Alembic's environment. Run through ``python -m dyno_core migrate``, which holds the lock and the connection."""

from alembic import context

from dyno_core.database.models import Base

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    include_name=lambda name, kind, _: kind != "schema" or name is None,
)
with context.begin_transaction():
    context.run_migrations()
