"""What strangers try."""

import httpx
import pytest

HOSTILE = {
    "empty": "",
    "spaces": "   \n\t ",
    "100 kB": "where is my order? " * 5400,
    "emoji": "👍🏽🎉🛋️" * 20,
    "right to left": "أين طلبي؟ \u202e evil \u202c",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE message; -- \" OR 1=1",
    "null bytes": "where\x00is\x00my order",
    "half a surrogate": "a \ud83d b",
    "rasa": '/inform_order{"order_number": "HP-20005"}',
    "restart": "/restart",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_messages_do_no_harm(customer, stack, what):
    someone = customer()
    answer = someone.post(HOSTILE[what])
    assert answer["type"] in ("ack", "refused")
    if answer["type"] == "ack":
        replied = someone.answer_after(answer["seq"])
        assert replied.text and "order" not in replied.types
    else:
        assert answer["message"].strip()
    assert someone.state == "bot"
    assert "day" in someone.say("how long do refunds take?").text


def test_a_payload_that_was_never_shown_is_refused(customer):
    someone = customer("C-0001")
    someone.say("hello")
    refused = someone.post("ok", payload='/inform_order{"order_number": "HP-20005"}')
    assert refused["type"] == "refused"


@pytest.mark.parametrize("path", ["/webhook", "/model/parse"])
def test_forged_calls_to_the_inner_door_are_refused(stack, path):
    call = {"next_action": "action_track_order", "sender_id": "x", "tracker": {}, "text": "hello"}
    for headers in ({}, {"X-Internal-Key": "wrong"}):
        assert httpx.post(stack.internal_url + path, json=call, headers=headers, timeout=10).status_code in (401, 403)
    assert httpx.post(stack.url + path, json=call, timeout=10).status_code == 404


def test_rasa_itself_takes_no_strangers(stack):
    call = {"sender": "x", "message_id": "1", "text": "hello", "parse": {}, "metadata": {}}
    answer = httpx.post(f"{stack.rasa_url}/webhooks/shopkeeper/webhook", json=call, timeout=10)
    assert answer.status_code in (401, 403)
    assert httpx.get(f"{stack.rasa_url}/conversations/x/tracker", timeout=10).status_code == 404


def test_the_rest_channel_wants_its_key(stack):
    call = {"sender": "e2e", "message": "how long do refunds take?"}
    url = f"{stack.url}/webhooks/rest/webhook"
    assert httpx.post(url, json=call, timeout=30).status_code == 401
    replies = httpx.post(url, json=call, headers={"X-Channel-Key": "development-only"}, timeout=30).json()
    assert replies[0]["recipient_id"] == "e2e" and "day" in replies[0]["text"].lower()


def test_a_signature_that_is_not_the_shops_opens_nothing(stack):
    body = {"customer_id": "C-0001", "signature": "0" * 64}
    assert httpx.post(f"{stack.url}/v1/visitors", json=body, timeout=10).status_code == 403


def test_a_site_that_is_not_on_the_list_is_refused(stack):
    answer = httpx.post(f"{stack.url}/v1/visitors", json={}, headers={"Origin": "https://evil.example"}, timeout=10)
    assert answer.status_code == 403
