"""The bot and the people: who speaks, who is silent, and what is said in between."""

import time
from datetime import timedelta

from sqlalchemy import update

from bot import conversations
from bot.tables import Agent, Conversation


def test_asking_for_a_person_hands_over_at_once_with_a_summary(customer, shop_database, agent_id):
    someone = customer("C-0007")
    someone.say("where is my order HP-20011?")
    answer = someone.say("talk to a person")
    assert answer.text and someone.state == "queued"
    with shop_database.reading() as session:
        conversation = conversations.find(session, someone.conversation_id)
        assert conversation.handoff_reason == "asked"
        assert conversation.handoff_summary.strip()


def test_the_bot_is_silent_while_a_person_owns_the_conversation_and_speaks_after_release(
    customer, shop_database, agent_id
):
    someone = customer()
    someone.say("I want to talk to a human")
    with shop_database.writing() as session:
        conversations.take(session, someone.conversation_id, agent_id)
    someone.read_for(6)
    assert someone.state == "assigned"
    for text in ("hello?", "/restart", "/greet", "where is my order?"):
        assert someone.post(text)["type"] == "ack"
    assert someone.silent_for(3)

    age(shop_database, someone.conversation_id, timedelta(hours=1))
    someone.post("are you still there?")
    assert someone.silent_for(3)

    with shop_database.writing() as session:
        conversations.say(session, someone.conversation_id, agent_id, "Hello, this is Ann.")
    assert "this is ann" in someone.answer_after(someone.since_seq).text
    with shop_database.writing() as session:
        conversations.release(session, someone.conversation_id, agent_id, "Ann sends a new mug.")
    someone.read_for(6)
    assert someone.state == "bot"
    answer = someone.say("how long do refunds take?")
    assert any(each["author"] == "bot" for each in answer.messages)
    assert "new mug" not in str(someone.messages), "the summary is for colleagues"


def age(database, conversation_id, pause):
    """Move everything stored about the conversation into the past."""
    with database.writing() as session:
        conversation = conversations.find(session, conversation_id)
        for column in ("created_at", "updated_at", "queued_at", "assigned_at"):
            if getattr(conversation, column) is not None:
                setattr(conversation, column, getattr(conversation, column) - pause)
        for message in conversations.messages(session, conversation_id):
            message.created_at -= pause
        session.execute(
            update(Conversation).where(Conversation.id == conversation_id).values(lease_until=None, lease_token=None)
        )


def test_an_agent_who_takes_over_while_rasa_thinks_gets_no_bot_reply_in_between(
    customer, shop_database, agent_id, thinking
):
    someone = customer()
    someone.say("hello")
    with thinking():
        seq = someone.post("how long do refunds take?")["seq"]
        time.sleep(0.5)
        with shop_database.writing() as session:
            conversations.take(session, someone.conversation_id, agent_id)
    assert someone.silent_for(4)
    with shop_database.reading() as session:
        said = conversations.messages(session, someone.conversation_id, seq)
    assert [message.author for message in said] == ["system"]


def test_with_nobody_at_the_desk_the_customer_is_told_and_can_leave_a_message(customer, shop_database):
    with shop_database.writing() as session:
        session.execute(update(Agent).values(seen_at=None))
    someone = customer()
    answer = someone.say("I need a real person please")
    assert "nobody" in answer.text or "no one" in answer.text
    assert "message" in answer.text
    someone.post("Please call me back about the broken lamp.")
    with shop_database.reading() as session:
        assert someone.conversation_id in {waiting.id for waiting in conversations.waiting(session)}
        left = conversations.messages(session, someone.conversation_id)[-1]
    assert "broken lamp" in left.body["text"]
