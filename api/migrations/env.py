"""How does Alembic reach the database? Through the connection that `api.store` hands it."""

from __future__ import annotations

from alembic import context

from api.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
