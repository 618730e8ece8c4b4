"""Accepting, leasing, replying: what the rows and the log say afterwards, on both databases."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot import conversations
from bot.conversations import Closed, NotOffered, Understood
from bot.errors import NotFound
from bot.tables import Conversation, Message
from insight.tables import EventRow
from tests.bot.conftest import add_agent

TEXT = {"type": "text", "text": "hello"}
PARSE = {
    "intent": {"name": "greet", "confidence": 0.9},
    "entities": [],
    "sentiment": {"label": "neutral"},
    "model": "m",
}


def opened(database, channel="web"):
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        return conversations.open_conversation(session, visitor.id, channel).id


def begin(database, conversation_id, client_msg_id="1", body=TEXT):
    with database.writing() as session:
        conversations.accept(session, conversation_id, client_msg_id, body)
        token = conversations.acquire(session, conversation_id, 30)
        return token, conversations.next_work(session, conversation_id, token)


def names(database, conversation_id):
    with database.reading() as session:
        wanted = select(EventRow.name).where(EventRow.conversation_id == conversation_id).order_by(EventRow.id)
        return list(session.scalars(wanted))


def age(database, conversation_id, **columns):
    with database.writing() as session:
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(**columns))


def test_a_turn_writes_message_reply_and_their_events(either):
    conversation_id = opened(either)
    token, work = begin(either, conversation_id)
    with either.writing() as session:
        said = conversations.reply(
            session, conversation_id, token, 1, [{"type": "text", "text": "hi"}], generation=1,
            understood=Understood(PARSE, [{"product_id": "P1", "category": "Lighting"}]),
        )  # fmt: skip
        assert conversations.next_work(session, conversation_id, token) is None
    assert work.text == "hello" and work.sender == f"{conversation_id}.1"
    assert [(each.seq, each.answers_seq) for each in said] == [(2, 1)]
    assert names(either, conversation_id) == [
        "Live Chat Conversation Started",
        "Live Chat Message Sent",
        "Message Parsed",
        "Live Chat Message Received",
    ]
    with either.reading() as session:
        first = conversations.messages(session, conversation_id)[0]
        assert (first.outcome, first.parse["intent"]["name"], first.attempts) == ("answered", "greet", 1)
        assert conversations.find(session, conversation_id).lease_token is None


def test_the_same_client_message_twice_is_one_message(either):
    conversation_id = opened(either)
    with either.writing() as session:
        first = conversations.accept(session, conversation_id, "same", TEXT)
        second = conversations.accept(session, conversation_id, "same", TEXT)
    assert (first.duplicate, second.duplicate, second.seq) == (False, True, first.seq)
    assert names(either, conversation_id).count("Live Chat Message Sent") == 1


def test_twenty_threads_leave_no_hole_in_seq(either):
    conversation_id = opened(either)

    def send(number):
        with either.writing() as session:
            conversations.accept(session, conversation_id, f"{number % 15}", TEXT)

    run_together([lambda number=number: send(number) for number in range(20)])
    with either.reading() as session:
        assert [message.seq for message in conversations.messages(session, conversation_id)] == list(range(1, 16))


def test_only_one_of_many_workers_gets_the_lease(either):
    conversation_id = opened(either)
    tokens = []

    def acquire():
        with either.writing() as session:
            tokens.append(conversations.acquire(session, conversation_id, 30))

    run_together([acquire] * 8)
    assert len([token for token in tokens if token]) == 1


def test_an_expired_lease_goes_to_the_next_and_the_old_worker_is_dropped(either):
    conversation_id = opened(either)
    old, work = begin(either, conversation_id)
    age(either, conversation_id, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    with either.writing() as session:
        assert conversations.owed(session) == [conversation_id]
        new = conversations.acquire(session, conversation_id, 30)
        again = conversations.next_work(session, conversation_id, new)
    assert (again.seq, again.attempts) == (work.seq, 2)
    with either.writing() as session:
        assert conversations.reply(session, conversation_id, old, 1, [TEXT], generation=1) is None
        assert not conversations.renew(session, conversation_id, old, 30)
    with either.writing() as session:
        assert len(conversations.reply(session, conversation_id, new, 1, [TEXT], generation=1)) == 1
    assert names(either, conversation_id).count("Reply Dropped") == 1


def test_a_second_message_is_the_next_work_before_the_lease_goes(either):
    conversation_id = opened(either)
    token, _ = begin(either, conversation_id)
    with either.writing() as session:
        conversations.accept(session, conversation_id, "2", {"type": "text", "text": "and?"})
        assert conversations.acquire(session, conversation_id, 30) is None
    with either.writing() as session:
        conversations.reply(session, conversation_id, token, 1, [TEXT], generation=1)
        assert conversations.next_work(session, conversation_id, token).text == "and?"


@pytest.mark.parametrize("released", [False, True])
def test_a_reply_is_dropped_when_an_agent_took_over_meanwhile(either, released):
    conversation_id = opened(either)
    token, _ = begin(either, conversation_id)
    with either.writing() as session:
        add_agent(session)
        conversations.take(session, conversation_id, "anna")
        if released:
            conversations.release(session, conversation_id, "anna", "settled")
    with either.writing() as session:
        assert (
            conversations.reply(session, conversation_id, token, 1, [TEXT], generation=1, understood=Understood(PARSE))
            is None
        )
    assert names(either, conversation_id)[-2:] == ["Message Parsed", "Reply Dropped"]
    with either.reading() as session:
        assert {each.author for each in conversations.messages(session, conversation_id)} <= {"customer", "system"}
        assert conversations.messages(session, conversation_id)[0].outcome == "dropped"


def test_what_a_person_answers_is_recorded_and_parsed_but_wants_no_reply(either):
    conversation_id = opened(either)
    with either.writing() as session:
        conversations.hand_off(session, conversation_id, "asked", "wants a person")
    token, work = begin(either, conversation_id)
    assert not work.wants_reply
    with either.writing() as session:
        assert conversations.record(session, conversation_id, token, work.seq, Understood(PARSE))
        assert conversations.next_work(session, conversation_id, token) is None
    assert names(either, conversation_id)[-1] == "Message Parsed"
    with either.reading() as session:
        assert conversations.messages(session, conversation_id)[-1].outcome == "recorded"
        assert conversations.owed(session) == []


def test_a_handoff_part_queues_in_the_reply_and_is_not_shown(either):
    conversation_id = opened(either)
    token, _ = begin(either, conversation_id)
    parts = [TEXT, {"type": "handoff", "reason": "asked", "summary": "s"}]
    with either.writing() as session:
        said = conversations.reply(session, conversation_id, token, 1, parts, generation=1)
    assert [(each.author, each.body["type"]) for each in said] == [("bot", "text"), ("system", "text")]
    assert names(either, conversation_id)[-1] == "Conversation Handed Off"
    with either.reading() as session:
        assert [each.id for each in conversations.waiting(session)] == [conversation_id]


def test_only_rendered_buttons_are_accepted(either):
    conversation_id = opened(either)
    token, _ = begin(either, conversation_id)
    shown = {"type": "text", "text": "Sure?", "buttons": [{"title": "Yes", "payload": '/affirm{"a": 1}'}]}
    with either.writing() as session:
        conversations.reply(session, conversation_id, token, 1, [shown], generation=1)
    with pytest.raises(NotOffered), either.writing() as session:
        conversations.accept(session, conversation_id, "2", {"payload": "/restart"})
    with either.writing() as session:
        conversations.accept(session, conversation_id, "3", {"payload": '/affirm{"a": 1}'})
        assert conversations.messages(session, conversation_id)[-1].body["text"] == "Yes"


def test_a_thumb_is_an_event_each_time_it_changes(either):
    conversation_id = opened(either)
    token, _ = begin(either, conversation_id)
    answer = {"type": "text", "text": "30 days.", "template_id": "return_period", "rateable": True}
    with either.writing() as session:
        conversations.reply(session, conversation_id, token, 1, [answer, TEXT], generation=1)
    for helpful, changed in ((True, True), (True, False), (False, True)):
        with either.writing() as session:
            assert conversations.rate_answer(session, conversation_id, 2, helpful) is changed
    with either.reading() as session:
        wanted = select(EventRow.properties).where(EventRow.name == "Answer Rated").order_by(EventRow.id)
        assert list(session.scalars(wanted)) == [
            {"seq": 2, "template_id": "return_period", "helpful": helpful} for helpful in (True, False)
        ]
        assert conversations.messages(session, conversation_id)[1].helpful is False


@pytest.mark.parametrize("seq", [1, 3, 9])
def test_only_answers_of_the_bot_have_thumbs(either, seq):
    conversation_id = opened(either)
    token, _ = begin(either, conversation_id)
    with either.writing() as session:
        conversations.reply(session, conversation_id, token, 1, [{**TEXT, "rateable": True}, TEXT], generation=1)
    with pytest.raises(NotFound), either.writing() as session:
        conversations.rate_answer(session, conversation_id, seq, True)


def test_silence_ends_and_a_message_within_seven_days_reopens(either):
    conversation_id = opened(either)
    age(either, conversation_id, updated_at=datetime.now(UTC) - timedelta(days=3))
    with either.writing() as session:
        assert conversations.end_silent(session)
        assert not conversations.end_silent(session)
    with either.writing() as session:
        ended = conversations.find(session, conversation_id)
        assert (ended.state, conversations.open_conversation(session, ended.visitor_id, "web").id) == (
            "resolved",
            conversation_id,
        )
    with either.writing() as session:
        assert conversations.accept(session, conversation_id, "1", TEXT).state == "bot"
        assert conversations.find(session, conversation_id).sender.endswith(".2")
    assert names(either, conversation_id)[1:] == [
        "Conversation Resolved",
        "Live Chat Conversation Ended",
        "Conversation Reopened",
        "Live Chat Message Sent",
    ]


def test_after_seven_days_a_new_conversation_begins(either):
    conversation_id = opened(either)
    age(either, conversation_id, updated_at=datetime.now(UTC) - timedelta(days=9))
    with pytest.raises(Closed), either.writing() as session:
        conversations.accept(session, conversation_id, "1", TEXT)
    with either.writing() as session:
        visitor_id = conversations.find(session, conversation_id).visitor_id
        assert conversations.open_conversation(session, visitor_id, "web").id != conversation_id


def test_a_queued_conversation_never_ends_by_silence(either):
    conversation_id = opened(either)
    with either.writing() as session:
        conversations.hand_off(session, conversation_id, "asked", "s")
    age(either, conversation_id, updated_at=datetime.now(UTC) - timedelta(days=30))
    with either.writing() as session:
        assert not conversations.end_silent(session)
        assert conversations.accept(session, conversation_id, "1", TEXT).state == "queued"


def test_a_rating_is_kept_once(either):
    conversation_id = opened(either)
    for score in (2, 5):
        with either.writing() as session:
            conversations.rate(session, conversation_id, score, "fine")
    assert names(either, conversation_id).count("Rating Given") == 2


def test_reading_never_goes_back_or_past_the_end(either):
    conversation_id = opened(either)
    begin(either, conversation_id)
    for seq in (1, 0, 99):
        with either.writing() as session:
            conversations.mark_read(session, conversation_id, seq)
    with either.reading() as session:
        assert conversations.find(session, conversation_id).read_seq == 1


def test_what_the_customer_reads_is_news_for_the_agent_who_has_the_conversation(database):
    conversation_id = opened(database)
    begin(database, conversation_id)
    with database.writing() as session:
        assert not conversations.mark_read(session, conversation_id, 1)
        add_agent(session)
        conversations.take(session, conversation_id, "anna")
        assert conversations.mark_read(session, conversation_id, 2)
        assert not conversations.mark_read(session, conversation_id, 2)


def test_identifying_makes_later_events_the_customers(either):
    with either.writing() as session:
        visitor = conversations.open_visitor(session)
        conversations.identify(session, visitor.id, "C1", "token")
        conversations.identify(session, visitor.id, "C1", "token")
        conversations.open_conversation(session, visitor.id, "web")
    with either.reading() as session:
        found = session.execute(select(EventRow.name, EventRow.customer_id).order_by(EventRow.id)).all()
        assert found == [("Customer Identified", "C1"), ("Live Chat Conversation Started", "C1")]
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def run_together(work):
    failed = []

    def guarded(do):
        try:
            do()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(do,)) for do in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
