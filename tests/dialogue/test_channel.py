"""Rasa's door and its store: keys, repeats, failures, and what is kept."""

import json
import sqlite3

import httpx
import pytest

from tests.dialogue.parses import typed
from tests.dialogue.stack import KEY, Stack


def test_a_message_again_gets_the_same_answer_and_no_second_effect(stack: Stack) -> None:
    who, _ = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    first = talk.say("yes", "affirm")
    message_id = f"{talk.conversation_id}:{talk.count}"
    assert talk.send(typed("yes", "affirm"), message_id=message_id) == first
    assert stack.writes(talk, "cancel_order") == 1
    assert talk.say("thanks", "thanks")[0]["template_id"] == "thanks"


def test_a_resumed_message_again_gets_its_whole_answer(stack: Stack) -> None:
    who, _ = stack.customer(("shipped", "P-1"))
    talk = stack.talk(who)
    talk.say("hm", "nlu_fallback", ranking=("track_order",))
    first = talk.say("yes", "affirm")
    assert talk.send(typed("yes", "affirm"), message_id=f"{talk.conversation_id}:{talk.count}") == first


def test_two_requests_are_answered_in_one_turn_and_again_the_same(stack: Stack) -> None:
    who, _ = stack.customer(("shipped", "P-1"))
    talk = stack.talk(who)
    asked = {"parse": typed("both", "track_order"), "then": typed("both", "delivery_period", hit="delivery_period")}
    first = talk.send(asked["parse"], then=asked["then"])
    assert talk.both and (first[0]["type"], first[-1]["template_id"]) == ("order", "delivery_period")
    assert talk.send(**asked, message_id=f"{talk.conversation_id}:{talk.count}") == first
    assert talk.both
    assert talk.say("thanks", "thanks")[0]["template_id"] == "thanks" and not talk.both


def test_a_second_request_that_opens_a_form_is_gone_on_with(stack: Stack) -> None:
    who, (number, _) = stack.customer(("delivered", "P-1"), ("paid", "P-3"))
    talk = stack.talk(who)
    talk.send(typed("both", "check_payment_methods"), then=typed("both", "cancel_order", order_number=number))
    assert talk.both and talk.loop is None
    talk.send(typed("both", "check_payment_methods"), then=typed("both", "get_invoice"))
    assert talk.both and talk.loop == "invoice_form" and talk.last[-1]["asks"]


@pytest.mark.parametrize("first", ["cancel_order", "contact_human_agent"])
def test_a_second_request_waits_for_a_form_and_leaves_a_person_the_word(stack: Stack, first: str) -> None:
    who, _ = stack.customer(("paid", "P-1"), ("paid", "P-3"))
    talk = stack.talk(who)
    talk.send(typed("both", first), then=typed("both", "get_invoice"))
    assert not talk.both
    assert talk.loop == ("cancel_form" if first == "cancel_order" else None)


def test_typed_restart_is_only_text(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("return", "return_item")
    talk.say('/restart{"order_number": "HP-1"}', "nlu_fallback")
    assert talk.loop == "return_form"


def test_a_failing_action_leaves_no_trace_and_the_message_can_be_tried_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, (number,) = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    with monkeypatch.context() as broken:
        broken.setattr(stack.shop, "cancel_order", lambda *a, **k: 1 / 0)
        failed = talk.post(typed("yes", "affirm"), message_id="m-2")
    assert failed.status_code == 500
    assert failed.json() == {"error": "the dialogue could not answer"}
    talk.send(typed("yes", "affirm"), message_id="m-2")
    assert talk.last[0]["template_id"] == "order_cancelled"
    assert stack.shop.book[number].status == "cancelled"


def test_the_channel_wants_its_key_and_a_readable_message(stack: Stack) -> None:
    url = f"{stack.url}/webhooks/shopkeeper/webhook"
    body = {"sender": "x.1", "message_id": "1", "text": "hi", "parse": typed("hi", "greet")}
    assert httpx.post(url, json=body, trust_env=False).status_code == 401
    assert httpx.post(url, json=body, headers={"X-Internal-Key": "wrong"}, trust_env=False).status_code == 401
    assert httpx.post(url, content=b"{", headers=KEY, trust_env=False).status_code == 400
    for missing in ("sender", "message_id", "text", "parse"):
        less = {k: v for k, v in body.items() if k != missing}
        assert httpx.post(url, json=less, headers=KEY, trust_env=False).status_code == 400


def test_rasa_has_no_other_door(stack: Stack) -> None:
    for path in ("/webhooks/rest/webhook", "/conversations/x/tracker/events", "/model/parse"):
        assert httpx.post(stack.url + path, json={}, headers=KEY, trust_env=False).status_code == 404


def test_a_form_goes_on_from_what_is_stored_when_the_memory_is_stale(stack: Stack) -> None:
    """Another process wrote to the conversation: the tracker in memory is no longer the newest."""
    who, _ = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("hi", "greet")
    talk.say("return", "return_item")
    with sqlite3.connect(tracker_file(stack)) as connection:
        data = json.dumps({"event": "slot", "timestamp": 1.0, "name": "where", "value": None})
        connection.execute(
            "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, 'slot', 1.0, ?)",
            (f"{talk.conversation_id}.1", data),
        )
    talk.press("Blue Mug")
    assert talk.last[0]["template_id"] == "ask_return_reason"


def test_what_is_erased_from_the_store_is_forgotten_by_the_running_rasa(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("return", "return_item")
    with sqlite3.connect(tracker_file(stack)) as connection:
        connection.execute("DELETE FROM events WHERE sender_id = ?", (f"{talk.conversation_id}.1",))
    talk.say("hello", "greet")
    assert talk.loop is None
    assert [part["template_id"] for part in talk.last] == ["greet_known"]


def test_every_event_is_stored_though_the_memory_is_short(stack: Stack) -> None:
    talk = stack.talk()
    for count in range(8):
        talk.say(f"hello {count}", "greet")
    with sqlite3.connect(tracker_file(stack)) as connection:
        rows = connection.execute(
            "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user' ORDER BY id",
            (f"{talk.conversation_id}.1",),
        ).fetchall()
    assert [json.loads(data)["text"] for (data,) in rows] == [f"hello {count}" for count in range(8)]


def tracker_file(stack: Stack) -> str:
    return stack.settings.tracker_url.removeprefix("sqlite:///")
