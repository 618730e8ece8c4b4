"""One Rasa for all tests of this folder: starting it takes half a minute, a turn some milliseconds."""

from collections.abc import Iterator

import pytest

from bot.database import Database
from bot.tables import Base as BotBase
from insight.tables import Base as InsightBase
from tests.dialogue.shop import FakeShop
from tests.dialogue.stack import Stack, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("dialogue")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    for base in (BotBase, InsightBase):
        base.metadata.create_all(database.engine)
    with running(folder, database, FakeShop()) as stack:
        yield stack
    database.close()
