"""From a customer's message to the file that training reads, and out of it again."""

import csv

import pytest
from sqlalchemy import create_engine

from bot import conversations, privacy, review
from bot.conversations import erasing
from bot.models import training
from bot.privacy import Places
from bot.review import examples
from bot.settings import Settings
from bot.shop.sql import SqlShop
from bot.turn.rasa import Decision
from nlu.data import Example
from tests.bot.conftest import add_agent


@pytest.fixture
def puzzled(world):
    """A gateway whose bot understands nothing."""

    async def decide(**asked):
        return Decision([{"type": "text", "text": "I am not sure.", "template_id": "fallback_ask"}], active_loop=None)

    async def parse(text):
        return {
            "text": text,
            "intent": {"name": "nlu_fallback", "confidence": 0.7},
            "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.7}, {"name": "track_order", "confidence": 0.3}],
            "entities": [],
            "sentiment": {"label": "neutral", "scores": {}},
            "model": "small",
        }

    world.rasa.decide, world.models.parse = decide, parse
    return world


def rows(settings):
    with examples.learned_file(settings).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_message_that_fell_back_is_confirmed_learned_and_erased(puzzled, client, tmp_path, maya):
    database, settings = (
        puzzled.database,
        puzzled.gateway.settings.model_copy(update={"database_url": puzzled.database.url.render_as_string()}),
    )
    headers = puzzled.visit(client)
    for text in ("my parcel HP-48213 is lost in space", "my parcel 48213 is lost in time"):
        client.post("/v1/conversation/messages", json={"text": text, "wait": 5}, headers=headers)
    with database.writing() as session:
        add_agent(session, "anna")
        candidates = review.gather(session)
        assert [(one.reasons, one.ranking[1]) for one in candidates] == [(("fallback",), ("track_order", 0.3))] * 2
        review.confirm(session, candidates, label="track_order", agent_id="anna")
        conversation = conversations.find(session, candidates[0].conversation_id)
        conversations.identify(session, conversation.visitor_id, maya, "token")

    example = Example("my parcel 12345 is lost in time", "track_order")
    assert example not in training.intents(settings), "nothing is learned before a training"
    assert example in training.intents(settings, fresh=True)
    assert example in training.intents(settings), "setup reads what the last training has seen"
    learned = rows(settings)
    assert {row["text"] for row in learned} == {
        "my parcel HP-12345 is lost in space",
        "my parcel 12345 is lost in time",
    }
    assert {(row["label"], row["origin"], row["understood"], row["confirmed_by"]) for row in learned} == {
        ("track_order", "fallback", "nlu_fallback", "anna")
    }

    tracker = create_engine(f"sqlite:///{tmp_path / 'tracker.db'}")
    places = Places(database, tracker, SqlShop(database), tmp_path / "uploads", examples.learned_file(settings))
    exported = privacy.export(places, maya)
    assert [verdict["label"] for verdict in exported["verdicts"]] == ["track_order", "track_order"]
    privacy.erase(places, maya)
    tracker.dispose()
    assert rows(settings) == []
    with database.reading() as session:
        assert review.gather(session) == review.learned(session, SqlShop(database)) == []
    assert examples.refresh(settings) == 0


def test_erasing_leaves_the_examples_of_others(database, talk, tmp_path, maya):
    theirs, others = talk(maya), talk()
    for one, text in ((theirs, "wibble"), (others, "wobble")):
        one.says(text)
    with database.writing() as session:
        review.confirm(session, review.gather(session), label="greet", agent_id="anna")
    with database.reading() as session:
        examples.write(tmp_path / "learned.csv", review.learned(session, SqlShop(database)))
    with database.writing() as session:
        gone = review.forget(session, erasing.of_person(session, maya))
    assert examples.drop(tmp_path / "learned.csv", gone) == 1
    with database.reading() as session:
        assert [row.text for row in review.learned(session, SqlShop(database))] == ["wobble"]


def test_without_a_database_there_is_nothing_to_learn(tmp_path):

    assert examples.refresh(Settings(_env_file=None, var_dir=tmp_path)) == 0
