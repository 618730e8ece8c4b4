import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.database import Database
from bot.shop.demo import load_demo
from bot.shop.sql import SqlShop
from bot.tables import Base as BotBase
from insight.tables import Base as InsightBase

TODAY = date(2026, 6, 15)
DATA = Path(__file__).parents[3] / "data"


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo shop as of TODAY; copy it, do not change it."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database = Database(f"sqlite:///{path}")
    for base in (BotBase, InsightBase):
        base.metadata.create_all(database.engine)
    assert load_demo(database, DATA, today=TODAY)
    database.close()
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(demo_file, tmp_path / "demo.db")
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    yield database
    database.close()


@pytest.fixture
def shop(demo: Database) -> SqlShop:
    return SqlShop(demo, clock=lambda: datetime(2026, 6, 15, 12, tzinfo=UTC))
