"""The public routes over HTTP: visitors, messages, Rasa's channel shape, files, health, and closed doors."""

import asyncio
import hashlib
import hmac
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from bot import conversations, keys
from bot.tables import Conversation
from tests.bot.conftest import CHANNEL_KEY, build_world

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
KEY = {"X-Channel-Key": CHANNEL_KEY}


def signature(customer_id):
    return hmac.new(b"identity", customer_id.encode(), hashlib.sha256).hexdigest()


def test_an_anonymous_visitor_becomes_the_customer_the_shop_signs_for(client, world):
    guest = client.post("/v1/visitors", json={}).json()
    known = {"customer_id": "C1", "signature": signature("C1"), "token": guest["token"]}
    assert client.post("/v1/visitors", json=known).json()["visitor_id"] == guest["visitor_id"]
    other = {"customer_id": "C2", "signature": signature("C2"), "token": guest["token"]}
    assert client.post("/v1/visitors", json=other).json()["visitor_id"] != guest["visitor_id"]
    assert client.post("/v1/visitors", json={"token": guest["token"]}).json()["visitor_id"] != guest["visitor_id"]
    assert [event.customer_id for event in world.events("Customer Identified")] == ["C1", "C2"]


def test_a_wrong_signature_is_refused(client, world):
    refused = client.post("/v1/visitors", json={"customer_id": "C1", "signature": signature("C2")})
    assert refused.status_code == 403 and "IDENTITY_KEY" in refused.json()["error"]
    assert world.events() == []


@pytest.mark.parametrize(
    ("origin", "status"), [("http://127.0.0.1:8000", 201), ("http://testserver", 201), ("https://evil.example", 403)]
)
def test_only_listed_sites_and_this_server_may_open_the_chat(client, origin, status):
    assert client.post("/v1/visitors", json={}, headers={"origin": origin}).status_code == status


def test_too_many_visitors_from_one_address_wait(database, tmp_path):
    with TestClient(build_world(database, tmp_path, visitors_per_minute=1).app) as client:
        assert client.post("/v1/visitors", json={}).status_code == 201
        assert client.post("/v1/visitors", json={}).status_code == 429


def test_a_visitor_may_write_so_often_and_a_program_with_a_key_as_often_as_it_wants(database, tmp_path):
    world = build_world(database, tmp_path, messages_per_minute=1)
    with TestClient(world.app) as client:
        visitor = world.visit(client)
        sent = [client.post("/v1/conversation/messages", json={"text": "hi"}, headers=visitor) for _ in range(2)]
        assert [answer.status_code for answer in sent] == [201, 429]
        trusted = {**visitor, **KEY}
        assert client.post("/v1/conversation/messages", json={"text": "hi"}, headers=trusted).status_code == 201


def test_a_message_over_http_waits_for_its_reply(client, world):
    visitor = world.visit(client)
    sent = client.post("/v1/conversation/messages", json={"text": "hello", "wait": 5}, headers=visitor).json()
    assert [message["author"] for message in sent["messages"]] == ["customer", "bot"]
    assert (sent["seq"], sent["state"], "parse" in sent["messages"][0]) == (1, "bot", False)
    read = client.get("/v1/conversation/messages?since_seq=1", headers={**visitor, **KEY}).json()
    assert [message["seq"] for message in read["messages"]] == [2]


def test_a_channel_key_shows_how_a_message_was_read(client, world):
    new = {"text": "that lamp", "wait": 5}
    sent = client.post("/v1/conversation/messages", json=new, headers={**world.visit(client), **KEY}).json()
    assert sent["messages"][0]["parse"] == {"name": "product_question", "confidence": 0.9, "sentiment": "neutral"}


async def test_a_long_poll_ends_when_something_is_said(http, world):
    token = (await http.post("/v1/visitors", json={})).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    poll = asyncio.create_task(http.get("/v1/conversation/messages?wait=20", headers=headers))
    await asyncio.sleep(0.1)
    await http.post("/v1/conversation/messages", json={"text": "hello"}, headers=headers)
    assert len((await asyncio.wait_for(poll, 4)).json()["messages"]) >= 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer forged"}, {"Authorization": "Basic x"}])
def test_the_conversation_wants_a_token(client, headers):
    assert client.get("/v1/conversation/messages", headers=headers).status_code == 401
    assert client.post("/v1/conversation/messages", json={"text": "x"}, headers=headers).status_code == 401


def test_rasas_channel_answers_in_rasas_shape(client):
    answer = client.post(
        "/webhooks/rest/webhook", json={"sender": "max", "message": "show a button"}, headers=KEY
    ).json()
    assert answer[0]["recipient_id"] == "max" and answer[0]["text"].endswith("said show a button")
    assert answer[0]["buttons"] == [{"title": "Yes please", "payload": "/affirm"}]
    pressed = client.post("/webhooks/rest/webhook", json={"sender": "max", "message": "/affirm"}, headers=KEY).json()
    assert pressed[0]["text"].endswith("said Yes please")
    typed = client.post("/webhooks/rest/webhook", json={"sender": "max", "message": "/restart"}, headers=KEY).json()
    assert typed[0]["text"].endswith("said /restart")


def test_rasas_channel_is_silent_while_a_person_owns_it(client):
    def send(text):
        return client.post("/webhooks/rest/webhook", json={"sender": "max", "message": text}, headers=KEY).json()

    assert "Nobody is at the desk" in send("a person please")[0]["text"]
    assert send("hello?") == []


def test_rasas_channel_wants_a_key(client, world):
    new = {"sender": "max", "message": "hello"}
    assert client.post("/webhooks/rest/webhook", json=new).status_code == 401
    assert client.post("/webhooks/rest/webhook", json=new, headers={"X-Channel-Key": "no"}).status_code == 401
    made = world.write(keys.create, scope="channel", name="test")
    bearer = {"Authorization": f"Bearer {made}"}
    assert client.post("/webhooks/rest/webhook", json=new, headers=bearer).status_code == 200
    read_key = {"X-Channel-Key": world.write(keys.create, scope="read", name="test")}
    assert client.post("/webhooks/rest/webhook", json=new, headers=read_key).status_code == 401


def test_the_same_message_id_on_rasas_channel_is_answered_again_but_worked_on_once(client, world):
    new = {"sender": "max", "message": "hello", "message_id": "m1"}
    first = client.post("/webhooks/rest/webhook", json=new, headers=KEY).json()
    assert client.post("/webhooks/rest/webhook", json=new, headers=KEY).json() == first
    assert len(world.rasa.asked) == 1


async def test_twenty_customers_at_once_get_only_their_own_replies(http, world):
    async def play(number):
        for turn in range(3):
            new = {"sender": f"c{number}", "message": f"I am {number} in {turn}"}
            answer = (await http.post("/webhooks/rest/webhook", json=new, headers=KEY)).json()
            assert len(answer) == 1 and answer[0]["text"].endswith(f"said I am {number} in {turn}")
            said_by.setdefault(number, set()).add(answer[0]["text"].split(".")[0])

    said_by = {}
    await asyncio.gather(*(play(number) for number in range(20)))
    assert len(set.union(*said_by.values())) == 20 and all(len(ids) == 1 for ids in said_by.values())


def test_a_file_is_kept_shown_to_its_owner_only_and_answered(client, world):
    visitor = world.visit(client)
    sent = client.post("/v1/conversation/files", files={"file": ("../../a<b>.png", PNG)}, headers=visitor)
    body = sent.json()["body"]
    assert sent.status_code == 201 and body["type"] == "image" and body["mime"] == "image/png"
    assert client.get(body["url"], headers=visitor).content == PNG
    assert client.get(body["url"], headers=world.visit(client)).status_code == 404
    assert client.get(body["url"]).status_code == 401
    reply = client.get("/v1/conversation/messages?since_seq=1&wait=5", headers=visitor).json()["messages"][0]
    assert "kept your file" in reply["body"]["text"]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"<svg onload=alert(1)>", 400), (b"", 400), (b"%PDF-1.7", 201), (PNG + b"0" * 6_000_000, 413)],
)
def test_only_small_pictures_and_pdfs_are_taken(client, world, content, status):
    sent = client.post("/v1/conversation/files", files={"file": ("x.png", content)}, headers=world.visit(client))
    assert sent.status_code == status


@pytest.mark.parametrize("name", ["..%2F..%2Fsecret.png", "nothing.png", "x.txt"])
def test_no_other_file_can_be_read(client, world, tmp_path, name):
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "secret.png").write_bytes(PNG)
    visitor = world.visit(client)
    conversation_id = client.get("/v1/conversation/messages", headers=visitor).json()["conversation_id"]
    assert client.get(f"/v1/conversations/{conversation_id}/files/{name}", headers=visitor).status_code == 404


def test_a_rating_over_http(client, world):
    visitor = world.visit(client)
    assert client.post("/v1/conversation/rating", json={"score": 4}, headers=visitor).status_code == 204
    assert client.post("/v1/conversation/rating", json={"score": 6}, headers=visitor).status_code == 422
    assert [event.properties["score"] for event in world.events("Rating Given")] == [4]


def test_a_thumb_over_http(client, world):
    visitor = world.visit(client)
    client.post("/v1/conversation/messages", json={"text": "an answer, please", "wait": 5}, headers=visitor)
    address = "/v1/conversation/messages/2/rating"
    assert client.post(address, json={"helpful": True}, headers=visitor).status_code == 204
    assert client.post(address, json={"helpful": True}, headers=world.visit(client)).status_code == 404
    assert client.post(address, json={}, headers=visitor).status_code == 422
    assert [event.properties["helpful"] for event in world.events("Answer Rated")] == [True]


def test_a_huge_body_is_refused_before_it_is_read(client, world):
    for path in ("/v1/conversation/messages", "/webhooks/rest/webhook", "/v1/visitors"):
        sent = client.post(path, json={"text": "x" * 100_000}, headers={**world.visit(client), **KEY})
        assert sent.status_code == 413
    assert "too large" in sent.json()["error"]


@pytest.mark.parametrize("path", ["/webhook", "/model/parse", "/webhooks/shopkeeper/webhook"])
def test_internal_doors_are_not_on_the_public_port(client, path):
    assert client.post(path, json={}, headers={"X-Internal-Key": "internal"}).status_code == 404


def test_profiles_want_a_read_key(client, world):
    assert client.get("/v1/profiles/C1").status_code == 401
    assert client.get("/v1/profiles/C1", headers=KEY).status_code == 401
    key = {"X-Read-Key": world.write(keys.create, scope="read", name="test")}
    assert client.get("/v1/profiles/C1", headers=key).status_code == 404


def test_ready_names_the_part_that_is_missing(client, world):
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready", "missing": [], "parts": {"rasa": "ready"}}

    async def gone():
        raise OSError

    world.gateway.checks["worker"] = gone
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["worker"])


def test_metrics_count_turns_and_the_queue(client, world):
    client.post("/webhooks/rest/webhook", json={"sender": "a", "message": "person"}, headers=KEY)
    text = client.get("/metrics").text
    assert 'shopkeeper_turns_total{outcome="answered"} 1.0' in text
    assert "shopkeeper_queue_depth 1.0" in text


def test_a_conversation_past_reopening_gives_way_to_a_new_one(client, world):
    def send():
        return client.post("/webhooks/rest/webhook", json={"sender": "max", "message": "hi"}, headers=KEY).json()[0]

    first = send()["text"]
    old = datetime.now(UTC) - timedelta(days=30)
    world.write(lambda session: session.execute(update(Conversation).values(updated_at=old)))
    assert send()["text"].split(".")[0] != first.split(".")[0]


def test_a_visitor_id_nobody_knows_is_not_found(world):
    with pytest.raises(Exception, match="no such visitor"):
        world.write(conversations.open_conversation, uuid.uuid4().hex, "web")
