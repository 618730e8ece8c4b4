"""Migrated databases are what the code expects, on SQLite and PostgreSQL, from empty and again."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

import bot.shop.tables  # noqa: F401 - adds the shop's tables to the metadata
from bot import migrations
from bot.database import Database
from bot.tables import Base as BotBase
from insight.tables import Base as InsightBase


def expected():
    """Both packages' tables in one metadata."""
    together = MetaData()
    for base in (BotBase, InsightBase):
        for table in base.metadata.sorted_tables:
            table.to_metadata(together)
    return together


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'shop.db'}"
    database = request.getfixturevalue("postgres")
    for base in (BotBase, InsightBase):
        base.metadata.drop_all(database.engine)
    return database.url.render_as_string(hide_password=False)


def test_a_migrated_database_is_what_the_code_expects(empty):
    assert migrations.migrate(empty)
    assert not migrations.migrate(empty)
    database = Database(empty)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, expected()) == []
    database.close()
