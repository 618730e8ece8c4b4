"""Run by Alembic: on the connection `migrate` gives, or on `DATABASE_URL` when a developer makes a revision."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection

import bot.shop.tables  # noqa: F401 - adds the shop's tables to the metadata
from bot.database import Database
from bot.settings import Settings
from bot.tables import Base as BotBase
from insight.tables import Base as InsightBase

METADATA = [BotBase.metadata, InsightBase.metadata]


def render(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Revisions name plain column types, so that they outlive our classes."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, render_item=render)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(Settings().database_url).engine.begin() as own:
        run(own)
