"""Alembic's entry: runs revisions on the connection that foundation.schema hands over."""

from alembic import context

import pointsbank  # noqa: F401 - importing the program registers every table
from pointsbank.foundation.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
