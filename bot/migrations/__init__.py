"""The database's history (Alembic): `migrate` brings any database of ours to the newest state.

A new revision, after changing tables: `alembic -c bot/migrations/alembic.ini revision --autogenerate -m "…"`.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.database import Database

FOLDER = Path(__file__).parent


def migrate(url: str) -> bool:
    """Create or change the tables as needed; False when everything was so already."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    try:
        with database.engine.connect() as connection:
            before = MigrationContext.configure(connection).get_current_revision()
        if before == ScriptDirectory.from_config(config).get_current_head():
            return False
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return True
    finally:
        database.close()
