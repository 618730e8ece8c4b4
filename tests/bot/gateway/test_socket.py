"""The socket: frames in, frames out, replay, and messages that mean harm."""

import json
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bot import conversations
from tests.bot.conftest import add_agent, build_world, frames_until


def token(client, **body):
    return client.post("/v1/visitors", json=body).json()["token"]


@pytest.fixture
def connect(client):
    """Open sockets that are hung up in the end."""
    with ExitStack() as sockets:

        def open_socket(token, since_seq=0):
            socket = sockets.enter_context(client.websocket_connect("/v1/socket"))
            socket.send_json({"type": "hello", "token": token, "since_seq": since_seq})
            return socket, frames_until(socket, "welcome")[-1]

        yield open_socket


def say(socket, text, client_msg_id="1", **more):
    socket.send_json({"type": "message", "client_msg_id": client_msg_id, "text": text, **more})


def reply_to(socket, text, client_msg_id="1", **more):
    say(socket, text, client_msg_id, **more)
    frames = frames_until(socket, "message")
    return frames[-1], frames


def test_a_message_is_acknowledged_and_answered(client, connect):
    socket, welcome = connect(token(client))
    answer, frames = reply_to(socket, "hello")
    assert [frame["type"] for frame in frames] in (["ack", "typing", "message"], ["ack", "message"])
    assert frames[0] == {"type": "ack", "client_msg_id": "1", "seq": 1, "duplicate": False}
    assert answer["body"]["text"] == f"{welcome['conversation_id']}.1 said hello"
    assert (answer["seq"], answer["author"], answer["answers_seq"]) == (2, "bot", 1)


def test_a_message_sent_twice_is_acknowledged_twice_and_answered_once(client, connect, world):
    socket, welcome = connect(token(client))
    reply_to(socket, "hello", "same")
    say(socket, "hello", "same")
    ack = frames_until(socket, "ack")[-1]
    assert (ack["seq"], ack["duplicate"]) == (1, True)
    assert len(world.messages(welcome["conversation_id"])) == 2


def test_a_dropped_socket_gets_exactly_what_it_missed(client, connect, world):
    visitor = token(client)
    socket, welcome = connect(visitor)
    reply_to(socket, "one", "1")
    socket.close()
    world.write(conversations.accept, welcome["conversation_id"], "2", {"type": "text", "text": "while away"})
    socket, welcome = connect(visitor, since_seq=2)
    answer = frames_until(socket, "message")
    assert [frame["seq"] for frame in answer] == [3]
    assert welcome["last_seq"] >= 3
    assert frames_until(socket, "message")[-1]["answers_seq"] == 3  # by the sweeper


def test_a_second_tab_sees_both_sides(client, connect):
    visitor = token(client)
    first, _ = connect(visitor)
    second, _ = connect(visitor)
    reply_to(first, "hello")
    assert frames_until(second, "message")[-1]["body"]["text"] == "hello"
    assert frames_until(second, "message")[-1]["author"] == "bot"


def test_an_agent_and_the_state_reach_the_customer_and_notes_do_not(client, connect, world):
    socket, welcome = connect(token(client))
    conversation_id = welcome["conversation_id"]
    world.write(add_agent)
    world.write(conversations.take, conversation_id, "anna")
    world.write(conversations.note, conversation_id, "anna", "secret")
    client.portal.call(world.gateway.push.publish, conversation_id, 2)
    frames = frames_until(socket, "state")
    assert frames[-1] == {"type": "state", "state": "assigned", "agent": {"name": "Anna"}}
    world.write(conversations.say, conversation_id, "anna", "I am here")
    client.portal.call(world.gateway.push.publish, conversation_id, 3)
    said = frames_until(socket, "message")[-1]
    assert (said["author"], said["name"], said["body"]["text"]) == ("agent", "Anna", "I am here")
    assert "secret" not in json.dumps(frames)


def test_a_lost_push_loses_nothing(client, connect, world, monkeypatch):
    monkeypatch.setattr("bot.gateway.socket.POLL_S", 0.05)
    socket, welcome = connect(token(client))
    world.write(add_agent)
    world.write(conversations.take, welcome["conversation_id"], "anna")
    assert frames_until(socket, "message")[-1]["author"] == "system"


def test_a_button_works_only_where_it_was_shown(client, connect):
    socket, _ = connect(token(client))
    say(socket, "", "0", payload="/affirm")
    assert frames_until(socket, "refused")[-1]["status"] == 422
    reply_to(socket, "show me a button", "1")
    answer, _ = reply_to(socket, "", "2", payload="/affirm")
    assert answer["body"]["text"].endswith("said Yes please")


def test_a_typed_slash_is_only_text(client, connect, world):
    socket, _ = connect(token(client))
    reply_to(socket, '/contact_human_agent{"a": 1}')
    assert world.rasa.asked[-1]["parse"]["intent"]["name"] == "greet"
    assert world.rasa.asked[-1]["text"] == '/contact_human_agent{"a": 1}'


@pytest.mark.parametrize(
    "text",
    [
        "😀" * 300,
        "مرحبا كيف حالك \u202e abc",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "'; DROP TABLE message; --",
        "a\0b",
        "half \ud83d pair",
        "{{7*7}} ${jndi:ldap://x}",
    ],
)
def test_strange_messages_do_no_harm(client, connect, text):
    socket, _ = connect(token(client))
    answer, _ = reply_to(socket, text)
    expected = text.replace("\0", "").replace("\ud83d", "\ufffd")
    assert answer["body"]["text"].endswith(f"said {expected}")


@pytest.mark.parametrize("text", ["", "   \n", "\0", None, 7])
def test_an_empty_message_is_refused_in_words(client, connect, text):
    socket, _ = connect(token(client))
    say(socket, text)
    assert frames_until(socket, "refused")[-1]["status"] == 400


def test_a_long_message_gets_a_polite_answer_and_is_kept_cut(client, connect, world):
    socket, welcome = connect(token(client))
    answer, _ = reply_to(socket, "x" * 2001)
    assert "2,000 characters" in answer["body"]["text"]
    assert len(world.messages(welcome["conversation_id"])[0].body["text"]) == 2000
    assert world.rasa.asked == []


def test_a_huge_frame_is_refused_and_the_socket_goes_on(client, connect):
    socket, _ = connect(token(client))
    say(socket, "x" * 100_000)
    assert frames_until(socket, "refused")[-1]["status"] == 413
    assert reply_to(socket, "hello")[0]["author"] == "bot"


@pytest.mark.parametrize("first", ["{}", "[1]", "not json", '{"type": "message"}'])
def test_a_malformed_first_frame_closes_the_socket(client, connect, first):
    with client.websocket_connect("/v1/socket") as socket:
        socket.send_text(first)
        assert socket.receive_json()["type"] == "error"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4400


@pytest.mark.parametrize("bad", ["", "forged.token.x", 5, None])
def test_a_bad_token_closes_the_socket(client, connect, bad):
    with client.websocket_connect("/v1/socket") as socket:
        socket.send_json({"type": "hello", "token": bad})
        assert socket.receive_json()["status"] == 401
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4401


def test_a_foreign_site_gets_no_socket(client, connect):
    with client.websocket_connect("/v1/socket", headers={"origin": "https://evil.example"}) as socket:
        assert socket.receive_json()["status"] == 403


def test_writing_too_fast_is_refused_politely(database, tmp_path):
    world = build_world(database, tmp_path, messages_per_minute=2)
    with TestClient(world.app) as client, client.websocket_connect("/v1/socket") as socket:
        socket.send_json({"type": "hello", "token": token(client)})
        for number in range(3):
            say(socket, "hi", str(number))
        refused = frames_until(socket, "refused")[-1]
        assert (refused["status"], refused["client_msg_id"]) == (429, "2")


def test_read_and_rating_are_stored(client, connect, world):
    socket, welcome = connect(token(client))
    reply_to(socket, "hello")
    socket.send_json({"type": "read", "seq": 2})
    socket.send_json({"type": "rating", "score": 5, "comment": "good"})
    socket.send_json({"type": "rating", "score": 9})
    assert frames_until(socket, "refused")[-1]["status"] == 400
    assert [event.properties["score"] for event in world.events("Rating Given")] == [5]
    with world.database.reading() as session:
        assert conversations.find(session, welcome["conversation_id"]).read_seq == 2


def test_a_thumb_is_stored_and_stands_after_a_reload(client, connect, world):
    visitor = token(client)
    socket, _ = connect(visitor)
    reply_to(socket, "an answer, please")
    socket.send_json({"type": "answer_rating", "seq": 2, "helpful": False})
    socket.send_json({"type": "answer_rating", "seq": 1, "helpful": True})
    assert frames_until(socket, "refused")[-1]["status"] == 404
    socket.send_json({"type": "answer_rating", "seq": 2**99, "helpful": True})
    assert frames_until(socket, "refused")[-1]["status"] == 404
    again, _ = connect(visitor)
    assert [frames_until(again, "message")[-1].get("helpful") for _ in range(2)] == [None, False]
    assert [event.properties["helpful"] for event in world.events("Answer Rated")] == [False]


def test_a_product_of_no_interest_is_marked_and_never_suggested_again(client, connect, world):
    visitor = token(client)
    socket, _ = connect(visitor)
    reply_to(socket, "the lamp, please")
    shown = frames_until(socket, "message")[-1]
    product = shown["body"]["products"][0]
    for wrong in ({"seq": shown["seq"], "product_id": "P9"}, {"seq": 1, "product_id": product["id"]}, {"seq": 2**99}):
        socket.send_json({"type": "decline", "product_id": product["id"], **wrong})
        assert frames_until(socket, "refused")[-1]["status"] == 404
    for _ in range(2):
        socket.send_json({"type": "decline", "seq": shown["seq"], "product_id": product["id"]})
    socket.send_json({"type": "decline", "seq": shown["seq"]})
    socket.send_json({"type": "ping"})
    frames_until(socket, "pong")
    path = f"/v1/conversation/messages/{shown['seq']}/decline"
    headers = {"Authorization": f"Bearer {visitor}"}
    assert client.post(path, json={"product_id": product["id"]}, headers=headers).status_code == 204
    assert client.post(path, json={"product_id": "P9"}, headers=headers).status_code == 404
    again, _ = connect(visitor, since_seq=shown["seq"] - 1)
    assert frames_until(again, "message")[-1]["body"]["products"] == [product | {"declined": True}]
    assert [event.properties["product_id"] for event in world.events("Suggestion Declined")] == [product["id"]]


def test_an_unknown_frame_is_ignored(client, connect):
    socket, _ = connect(token(client))
    socket.send_json({"type": "someday"})
    socket.send_json({"type": "ping"})
    assert frames_until(socket, "pong")
