"""What a waiting customer is told: place in the queue, expected wait, opening hours; and what they may leave."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from bot import conversations
from bot.tables import Conversation
from tests.bot.conftest import add_agent, build_world, frames_until

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
NEVER = "Mo 00:00-00:01"
LEFT = {"client_msg_id": "left-1", "email": "kim@example.com", "text": "Please call me back"}


def ask_for_person(client, world):
    """A visitor in the queue: the headers and the conversation's id."""
    visitor = world.visit(client)
    client.post("/v1/conversation/messages", json={"text": "a person, please", "wait": 5}, headers=visitor)
    return visitor, read(client, visitor)["conversation_id"]


def read(client, visitor, **query):
    return client.get("/v1/conversation/messages", params=query, headers=visitor).json()


def test_who_waits_is_told_the_place_by_priority_and_arrival(client, world):
    places = [ask_for_person(client, world) for _ in range(3)]
    assert [read(client, visitor)["queue"] for visitor, _ in places] == [{"position": n} for n in (1, 2, 3)]
    world.write(add_agent)
    world.write(conversations.set_priority, places[2][1], "anna", 2)
    assert [read(client, visitor)["queue"]["position"] for visitor, _ in places] == [2, 3, 1]
    world.write(conversations.take, places[2][1], "anna")
    assert "queue" not in read(client, places[2][0])
    assert read(client, places[0][0])["queue"]["position"] == 1


def test_the_expected_wait_is_the_median_of_the_latest_ones_less_what_has_passed(client, world):
    world.write(add_agent)
    now = datetime.now(UTC)
    for minutes in (2, 4, 6, 8, 30):
        _, conversation_id = ask_for_person(client, world)
        world.write(conversations.take, conversation_id, "anna")
        waited = update(Conversation).where(Conversation.id == conversation_id)
        waited = waited.values(queued_at=now - timedelta(minutes=minutes), assigned_at=now)
        world.write(lambda session, waited=waited: session.execute(waited))
    visitor, conversation_id = ask_for_person(client, world)
    assert read(client, visitor)["queue"] == {"position": 1, "minutes": 6}
    earlier = update(Conversation).where(Conversation.id == conversation_id)
    world.write(lambda session: session.execute(earlier.values(queued_at=now - timedelta(minutes=4))))
    assert read(client, visitor)["queue"] == {"position": 1, "minutes": 2}


def test_a_socket_tells_the_place_and_that_it_changed(client, world):
    _, first_id = ask_for_person(client, world)
    second, _ = ask_for_person(client, world)
    world.write(add_agent)
    with client.websocket_connect("/v1/socket") as socket:
        socket.send_json({"type": "hello", "token": second["Authorization"].split()[1]})
        assert frames_until(socket, "welcome")[-1]["queue"] == {"position": 2}
        world.write(conversations.take, first_id, "anna")
        assert frames_until(socket, "state")[-1]["queue"] == {"position": 1}


@pytest.fixture
def closed(database, tmp_path):
    """A shop whose desk is closed now."""
    return build_world(database, tmp_path, opening_hours=NEVER)


def test_a_message_left_while_closed_is_stored_once_queued_and_answered_with_a_time(closed):
    with TestClient(closed.app) as client:
        visitor = closed.visit(client)
        assert datetime.fromisoformat(read(client, visitor)["away"]["opens_at"]) > datetime.now(UTC)
        for duplicate in (False, True):
            left = client.post("/v1/conversation/callback", json=LEFT, headers=visitor)
            assert (left.status_code, left.json()["duplicate"]) == (201, duplicate)
        seen = read(client, visitor)
    assert (seen["state"], [message["author"] for message in seen["messages"]]) == ("queued", ["customer", "system"])
    assert "kim@example.com" in seen["messages"][0]["body"]["text"]
    assert "Monday" in seen["messages"][1]["body"]["text"]
    assert len(closed.events("Conversation Handed Off")) == 1 and closed.rasa.asked == []


def test_while_somebody_is_at_the_desk_it_is_open_whatever_the_hours(closed):
    closed.write(add_agent)
    with TestClient(closed.app) as client:
        assert "away" not in read(client, closed.visit(client))


@pytest.mark.parametrize("wrong", [{"email": "nobody"}, {"text": "  "}, {"email": ""}])
def test_a_message_nobody_could_answer_is_not_taken(client, world, wrong):
    sent = client.post("/v1/conversation/callback", json={**LEFT, **wrong}, headers=world.visit(client))
    assert sent.status_code in (400, 422) and world.events("Conversation Handed Off") == []


def test_agreeing_is_recorded_with_the_visitor(client, world):
    visitor = client.post("/v1/visitors", json={"consent": "https://shop.example/privacy"}).json()
    (given,) = world.events("Consent Given")
    assert given.properties == {"policy": "https://shop.example/privacy"}
    assert given.anonymous_id == visitor["visitor_id"]


def test_reading_over_http_moves_the_mark_and_never_back(client, world):
    visitor = world.visit(client)
    client.post("/v1/conversation/messages", json={"text": "hello", "wait": 5}, headers=visitor)
    for seq in (2, 1, 99):
        assert client.post("/v1/conversation/read", json={"seq": seq}, headers=visitor).status_code == 204
    with world.database.reading() as session:
        assert conversations.find(session, read(client, visitor)["conversation_id"]).read_seq == 2


def test_the_owner_alone_has_read_for_the_customer(client, world):
    visitor, conversation_id = ask_for_person(client, world)
    world.write(add_agent)
    world.write(conversations.mark_seen, conversation_id, "anna", 1)
    assert "read" not in read(client, visitor)
    world.write(conversations.take, conversation_id, "anna")
    for seq in (1, 99, 1):
        world.write(conversations.mark_seen, conversation_id, "anna", seq)
    assert read(client, visitor)["read"] == read(client, visitor)["last_seq"]


def test_without_a_socket_typing_is_told_both_ways(client, world):
    push, visitor = world.gateway.push, world.visit(client)
    conversation_id = read(client, visitor)["conversation_id"]

    async def hear():
        async with push.subscribe(conversation_id) as news:
            return await news.next(20)

    with ThreadPoolExecutor() as pool:
        polled = pool.submit(read, client, visitor, wait=20, typing=True)
        while not polled.done():
            client.portal.call(partial(push.publish, conversation_id, typing="agent"))
        heard = pool.submit(client.portal.call, hear)
        while not heard.done():
            assert client.post("/v1/conversation/typing", headers=visitor).status_code == 204
    assert (polled.result()["typing"], heard.result().typing) == ({"author": "agent"}, "customer")


def test_a_customer_ends_what_the_bot_has_and_nothing_else(client, world):
    waiting, _ = ask_for_person(client, world)
    visitor = world.visit(client)
    client.post("/v1/conversation/end", headers=visitor)
    assert read(client, visitor)["state"] == "bot"
    client.post("/v1/conversation/messages", json={"text": "hello", "wait": 5}, headers=visitor)
    for headers in (waiting, visitor, visitor):
        assert client.post("/v1/conversation/end", headers=headers).status_code == 204
    assert (read(client, waiting)["state"], read(client, visitor)["state"]) == ("queued", "resolved")
    (ended,) = world.events("Conversation Resolved")
    assert (ended.properties["by"], ended.conversation_id) == ("customer", read(client, visitor)["conversation_id"])


def test_an_ended_conversation_says_whether_it_was_rated(client, world):
    visitor, conversation_id = ask_for_person(client, world)
    world.write(add_agent)
    world.write(conversations.resolve, conversation_id, "anna")
    assert "rated" not in read(client, visitor)
    client.post("/v1/conversation/rating", json={"score": 5}, headers=visitor)
    assert read(client, visitor)["rated"] is True


def test_a_rating_of_the_bot_is_none_of_the_person_who_takes_over(client, world):
    visitor = world.visit(client)
    client.post("/v1/conversation/messages", json={"text": "hello", "wait": 5}, headers=visitor)
    client.post("/v1/conversation/rating", json={"score": 2}, headers=visitor)
    seen = read(client, visitor)
    assert (seen["state"], seen["rated"]) == ("bot", True)
    world.write(add_agent)
    for do in (conversations.take, conversations.resolve):
        world.write(do, seen["conversation_id"], "anna")
    assert "rated" not in read(client, visitor)


def test_the_address_in_a_message_opens_its_file_without_a_token_and_no_other(client, world):
    visitor = world.visit(client)
    client.post("/v1/conversation/files", files={"file": ("a.png", PNG)}, headers=visitor)
    address = read(client, visitor)["messages"][0]["body"]["url"]
    assert client.get(address).content == PNG
    assert client.get(address[:-1]).status_code == 401
    assert client.get(address.replace("/files/", "/files/x")).status_code == 401
