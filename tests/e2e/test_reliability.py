"""Nothing is lost and nothing is doubled, whoever dies."""

import threading
import time
import uuid

import httpx

from bot import conversations
from tests.e2e.customer import Customer


def bot_answers(someone: Customer, seq: int) -> list[dict]:
    return [each for each in someone.messages if each.get("answers_seq") == seq and each["author"] == "bot"]


def test_the_same_client_msg_id_twice_is_one_message(customer):
    someone = customer()
    client_msg_id = uuid.uuid4().hex
    first = someone.post("how long do refunds take?", client_msg_id=client_msg_id)
    again = someone.post("how long do refunds take?", client_msg_id=client_msg_id)
    assert again["seq"] == first["seq"] and again["duplicate"]
    someone.answer_after(first["seq"])
    someone.read_for(1)
    assert sum(each["author"] == "customer" for each in someone.messages) == 1
    assert len({each["seq"] for each in bot_answers(someone, first["seq"])}) == len(bot_answers(someone, first["seq"]))


def test_a_socket_dropped_in_the_middle_of_a_reply_replays_exactly_what_was_missed(customer, shop_database):
    someone = customer()
    someone.say("hello")
    someone.post("which payment methods do you take?")
    someone.drop()
    time.sleep(2)
    someone.connect()
    someone.read_for(1)
    with shop_database.reading() as session:
        stored = [message.seq for message in conversations.messages(session, someone.conversation_id)]
    assert [each["seq"] for each in someone.messages] == stored
    assert len(stored) >= 4


def test_twenty_customers_at_once_each_get_their_own_replies(stack):
    said: dict[int, Customer] = {}

    def talk(number: int) -> None:
        someone = Customer(stack)
        for text in (f"hello I am customer {number}", "how long does delivery take?", "do you ship to Ireland?"):
            someone.say(text, seconds=60)
        said[number] = someone

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(said) == 20
    assert len({someone.conversation_id for someone in said.values()}) == 20
    for number, someone in said.items():
        own = [each["body"]["text"] for each in someone.messages if each["author"] == "customer"]
        assert own[0] == f"hello I am customer {number}" and len(own) == 3
        for each in someone.messages:
            if each["author"] == "customer":
                assert bot_answers(someone, each["seq"]), f"customer {number} got no answer to {each['body']['text']!r}"
        someone.drop()


def test_rasa_killed_in_the_middle_of_a_turn(customer, stack, thinking):
    someone = customer()
    someone.say("hello")
    with thinking() as rasa:
        seq = someone.post("how long do refunds take?")["seq"]
        time.sleep(0.5)
        rasa.kill()
        answer = someone.answer_after(seq, 5)
    assert "sorry" in answer.text and any("person" in title.lower() for title in answer.buttons)
    assert httpx.get(f"{stack.url}/health/ready", timeout=10).json()["missing"] == ["rasa"]
    stack.wait_ready()
    again = someone.say("how long do refunds take?")
    assert "day" in again.text


def test_the_gateway_killed_in_the_middle_of_a_turn(customer, stack, shop_database, thinking):
    someone = customer()
    someone.say("hello")
    with thinking():
        seqs = [someone.post(text)["seq"] for text in ("how long do refunds take?", "do you ship to Ireland?")]
        time.sleep(0.5)
        stack.child("serve").kill()
        time.sleep(0.5)
    stack.wait_ready()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with shop_database.reading() as session:
            stored = conversations.messages(session, someone.conversation_id)
        outcomes = {message.seq: message.outcome for message in stored if message.seq in seqs}
        if set(outcomes.values()) == {"answered"}:
            break
        time.sleep(0.5)
    assert set(outcomes.values()) == {"answered"}
    for seq in seqs:
        texts = [message.body.get("text") for message in stored if message.answers_seq == seq]
        assert texts and len(texts) == len(set(texts)), "answered once"
    someone.drop()
    someone.connect()
    assert [each["seq"] for each in someone.messages] == [message.seq for message in stored]
