"""The composition root: services are built from settings alone and say which part is missing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from bot import migrations, services
from bot.database import Database
from bot.settings import Settings
from insight import events
from insight.tables import EventRow

AWAY = "http://127.0.0.1:1"


@pytest.fixture
def settings(tmp_path):
    made = Settings(
        _env_file=None, var_dir=tmp_path, rasa_url=AWAY, models_url=AWAY, actions_url=AWAY, internal_key="internal"
    )
    migrations.migrate(made.database_url)
    return made


def test_a_gateway_alone_says_which_part_is_missing(settings):
    with TestClient(services.gateway_app(settings)) as client:
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["missing"]) == (503, ["models", "rasa", "actions"])
        assert client.get("/widget.js").status_code == 200
        assert client.post("/webhook", json={}).status_code in (404, 405)


def test_a_gateway_without_models_and_rasa_still_answers(settings):
    key = {"X-Channel-Key": settings.channel_key}
    with TestClient(services.gateway_app(settings)) as client:
        answer = client.post("/webhooks/rest/webhook", json={"sender": "max", "message": "hello"}, headers=key).json()
    assert "sorry" in answer[0]["text"] and answer[0]["buttons"][0]["payload"] == "/contact_human_agent"


def test_the_actions_door_wants_the_internal_key(settings):
    with TestClient(services.actions_app(settings)) as client:
        assert client.post("/webhook", json={"next_action": "x", "tracker": {}}).status_code in (401, 403)
        assert client.get("/health/live").status_code == 200


def test_a_worker_that_does_not_follow_is_noticed(settings):
    database = Database(settings.database_url)
    assert services.follows(database)
    with database.writing() as session:
        events.append(session, [events.Event("Product Viewed", "m1", datetime.now(UTC), customer_id="C1")])
    assert services.follows(database)
    with database.writing() as session:
        session.execute(update(EventRow).values(recorded_at=datetime.now(UTC) - timedelta(minutes=5)))
    assert not services.follows(database)
    services.worker(settings, database).step()
    assert services.follows(database)
    database.close()
