"""PostgreSQL: the pool, the tables, their constraints, migrations, and the embedded server."""
