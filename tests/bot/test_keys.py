"""Keys for programs."""

import pytest

from bot import keys
from bot.database import Database
from bot.errors import BotError, NotFound
from bot.tables import Base


@pytest.fixture
def session(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'keys.db'}")
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        yield session
    database.close()


def test_a_key_opens_its_own_scope_only(session):
    key = keys.create(session, scope="read", name="dashboard")
    assert keys.allows(session, key, scope="read")
    assert not keys.allows(session, key, scope="write")
    assert not keys.allows(session, key + "x", scope="read")


def test_only_a_hash_is_stored(session):
    key = keys.create(session, scope="read", name="dashboard")
    (stored,) = keys.list_keys(session)
    assert key not in (stored.id, stored.name, stored.key_hash)


def test_a_revoked_key_is_refused(session):
    key = keys.create(session, scope="write", name="shop")
    keys.revoke(session, keys.list_keys(session)[0].id)
    assert not keys.allows(session, key, scope="write")


def test_unknown_scopes_and_ids_are_explained(session):
    with pytest.raises(BotError, match="channel, read, write"):
        keys.create(session, scope="root", name="x")
    with pytest.raises(NotFound, match="key list"):
        keys.revoke(session, "nope")


@pytest.mark.parametrize(("given", "expected"), [("a", True), ("b", False), ("", False), (None, False)])
def test_secrets_are_compared_whole(given, expected):
    assert keys.same(given, "a") is expected
