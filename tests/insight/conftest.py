import pytest

from bot.database import Database


@pytest.fixture(params=["database", "postgres"])
def either(request: pytest.FixtureRequest) -> Database:
    """The test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(request.param)
