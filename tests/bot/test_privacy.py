"""A person's data: all of it comes out, and all of it can go."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from bot import conversations, privacy
from bot.database import Database
from bot.errors import NotFound, Unavailable
from bot.privacy import Places
from bot.shop.sql import SqlShop
from bot.shop.tables import CustomerRow
from bot.tables import Base as BotBase
from insight import profile
from insight.tables import Base as InsightBase
from insight.worker import Worker

MARK = "purple zebra"


@pytest.fixture
def places(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    for base in (BotBase, InsightBase):
        base.metadata.create_all(database.engine)
    tracker = create_engine(f"sqlite:///{tmp_path / 'tracker.db'}")
    with tracker.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)"))
    yield Places(database, tracker, SqlShop(database), tmp_path / "uploads", tmp_path / "learned.csv")
    database.close()
    tracker.dispose()


@pytest.fixture
def person(places):
    """A customer who chatted, was handed over, sent a file; and another one beside them."""
    for customer_id, words in (("C-1", MARK), ("C-2", "green lamp")):
        with places.database.writing() as session:
            session.add(
                CustomerRow(
                    id=customer_id,
                    name=f"{words} person",
                    email=f"{customer_id}@example.com",
                    phone="",
                    address="",
                    newsletter=False,
                    since=datetime.now(UTC).date(),
                )
            )
            visitor = conversations.open_visitor(session)
            conversations.identify(session, visitor.id, customer_id, "token")
            conversation = conversations.open_conversation(session, visitor.id, "web")
            conversations.accept(session, conversation.id, "m1", {"type": "text", "text": f"my {words} broke"})
            conversations.hand_off(session, conversation.id, "asked", f"about a {words}")
            conversations.rate(session, conversation.id, 2, f"{words} again")
        with places.tracker.begin() as connection:
            row = {"sender": f"{conversation.id}.1", "data": f'{{"text": "my {words} broke"}}'}
            connection.execute(text("INSERT INTO events (sender_id, data) VALUES (:sender, :data)"), row)
        folder = places.uploads / conversation.id
        folder.mkdir(parents=True)
        (folder / "photo.png").write_bytes(words.encode())
    worker = Worker(places.database.writing)
    while worker.step():
        pass
    return "C-1"


def test_export_has_every_kind_of_data_and_nothing_of_others(places, person):
    document = privacy.export(places, person)
    for kind in (
        "shop",
        "visitors",
        "conversations",
        "messages",
        "ratings",
        "profile",
        "events",
        "dialogue",
        "uploads",
    ):
        assert document[kind], kind
    assert MARK in str(document["messages"]) and MARK in str(document["dialogue"])
    assert "green lamp" not in str(document)


def test_after_erasing_no_file_holds_the_persons_words(places, person, tmp_path):
    assert files_with(tmp_path, MARK)
    erased = privacy.erase(places, person)
    assert erased["conversations"] == erased["uploads"] == erased["dialogue"] == 1
    assert files_with(tmp_path, MARK) == []
    assert files_with(tmp_path, "green lamp"), "others keep theirs"


def test_a_log_that_somebody_reads_is_emptied_before_anything_is_called_erased(places, person, tmp_path, monkeypatch):
    monkeypatch.setattr(privacy, "EMPTYING_S", 0.2)
    tracker = create_engine(f"sqlite:///{tmp_path / 'tracker.db'}", connect_args={"timeout": 0.1})
    with closing(sqlite3.connect(tmp_path / "tracker.db", isolation_level=None)) as reader:
        for statement in ("PRAGMA journal_mode=WAL", "BEGIN", "SELECT count(*) FROM events"):
            reader.execute(statement).fetchall()
        with pytest.raises(Unavailable, match="Erase again"):
            privacy.erase(replace(places, tracker=tracker), person)
        assert files_with(tmp_path, MARK) == ["tracker.db"]
    privacy.erase(replace(places, tracker=tracker), person)
    assert files_with(tmp_path, MARK) == []


def files_with(folder, words):
    return [path.name for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]


def test_ids_and_times_stay_and_replay_still_works(places, person):
    with places.database.reading() as session:
        before = [(each.id, each.seq, each.created_at) for each in all_messages(session)]
    privacy.erase(places, person)
    with places.database.reading() as session:
        assert [(each.id, each.seq, each.created_at) for each in all_messages(session)] == before
    with places.database.writing() as session:
        profile.rebuild(session)
        assert MARK not in str(profile.get(session, person))
        assert profile.get(session, "C-2") is not None


def all_messages(session):
    from sqlalchemy import select

    from bot.tables import Message

    return list(session.scalars(select(Message).order_by(Message.id)))


def test_erasing_twice_does_no_harm(places, person):
    privacy.erase(places, person)
    assert privacy.erase(places, person)["dialogue"] == 0


def test_a_person_nobody_knows_is_named(places):
    for act in (privacy.export, privacy.erase):
        with pytest.raises(NotFound, match="C-9"):
            act(places, "C-9")
