"""What the lists show, and with how many queries."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from bot import conversations
from bot.console import readings, rows, snoozing
from bot.shop.sql import SqlShop
from bot.shop.tables import CustomerRow
from tests.bot.conftest import add_agent

NOW = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)


@pytest.fixture
def desk(database):
    """Anna at the desk, and two customers of the shop."""
    with database.writing() as session:
        add_agent(session, "anna")
        for id, name in (("C-1", "Maya Thornton"), ("C-2", "Ben Miller")):
            email = f"{name.split()[0].lower()}@example.com"
            details = {"phone": "", "address": "", "newsletter": False, "since": NOW.date()}
            session.add(CustomerRow(id=id, name=name, email=email, **details))
    return database


def waiting(database, customer_id=None, text="hello", parts=()):
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        visitor.customer_id = customer_id
        id = conversations.open_conversation(session, visitor.id, "web").id
        conversations.accept(session, id, "m1", {"type": "text", "text": text})
        if parts:
            token = conversations.acquire(session, id, 30)
            conversations.reply(session, id, token, 1, parts, generation=1)
        conversations.hand_off(session, id, "asked", "s")
    return id


def act(database, function, *arguments):
    with database.writing() as session:
        return function(session, *arguments)


def listed(database, tab, words=""):
    return rows.lists(database, SqlShop(database), agent_id="anna", tab=tab, words=words)


@contextmanager
def queries(database):
    """Count them."""
    counted = []

    def count(*_):
        counted.append(1)

    event.listen(database.engine, "before_cursor_execute", count)
    yield counted
    event.remove(database.engine, "before_cursor_execute", count)


def test_a_row_says_who_waits_how_urgent_it_is_and_its_tags(desk):
    id = waiting(desk, "C-1", "where is my lamp")
    act(desk, conversations.set_priority, id, "anna", 2)
    act(desk, conversations.tag, id, "anna", "warranty")
    found = listed(desk, "unassigned")
    (row,) = found.rows
    assert (row.name, row.last_text, row.priority, row.tags) == ("Maya Thornton", "where is my lamp", 2, ("warranty",))
    assert found.counts == {"mine": 0, "unassigned": 1, "snoozed": 0, "bot": 0, "resolved": 0}
    assert rows.one(desk, SqlShop(desk), id) == row


def test_a_row_says_since_when_it_waits_for_a_person_and_when_one_answered(desk):
    id = waiting(desk)
    (row,) = listed(desk, "unassigned").rows
    assert row.asked_at is not None and row.answered_at is None
    act(desk, conversations.take, id, "anna")
    act(desk, conversations.say, id, "anna", "Here I am.")
    (row,) = listed(desk, "mine").rows
    assert row.asked_at <= row.answered_at
    act(desk, conversations.resolve, id, "anna")
    assert rows.one(desk, SqlShop(desk), id).asked_at is None


def test_what_is_put_aside_has_a_tab_of_its_own_and_is_not_counted_as_mine(desk):
    id, other = waiting(desk), waiting(desk)
    for one in (id, other):
        act(desk, conversations.take, one, "anna")
    until = datetime.now(UTC) + timedelta(hours=1)
    act(desk, conversations.snooze, id, "anna", until)
    found = listed(desk, "snoozed")
    assert [(row.id, row.snoozed_until, row.assignee) for row in found.rows] == [(id, until, "Anna")]
    assert (found.counts["mine"], found.counts["snoozed"]) == (1, 1)


def test_many_rows_take_as_many_queries_as_one(desk):
    waiting(desk, "C-1")
    with queries(desk) as one:
        listed(desk, "unassigned")
    for customer_id in ("C-1", "C-2", None) * 4:
        waiting(desk, customer_id)
    with queries(desk) as many:
        assert len(listed(desk, "unassigned").rows) == 13
    assert len(many) == len(one)


@pytest.mark.parametrize("words", ["maya", "MAYA@example", "lamp is", "warranty", "needs a colleague"])
def test_a_search_finds_by_customer_message_note_and_tag(desk, words):
    id = waiting(desk, "C-1", "my lamp is broken")
    waiting(desk, "C-2", "something else")
    act(desk, conversations.tag, id, "anna", "warranty")
    act(desk, conversations.note, id, "anna", "This needs a colleague")
    found = listed(desk, "mine", words)
    assert (found.tab, [row.id for row in found.rows]) == ("search", [id])
    assert listed(desk, "mine", "nowhere to be found").rows == ()


def test_an_open_conversation_says_which_answers_the_bot_had_tried(desk):
    id = waiting(desk, parts=[{"type": "text", "text": "We do.", "template_id": "gift_wrap"}])
    open_now = readings.opened(desk, SqlShop(desk), id)
    assert open_now.tried == ("gift_wrap",)


def test_the_evening_is_offered_until_it_has_come_and_times_are_the_shops():
    names = [(name, at.strftime("%d %H:%M")) for name, at in snoozing.choices(NOW, "Europe/Berlin")]
    assert names == [("For an hour", "10 17:30"), ("This evening, 18:00", "10 17:00"), ("Tomorrow, 09:00", "11 08:00")]
    late = snoozing.choices(NOW + timedelta(hours=1), "Europe/Berlin")
    assert [name for name, _ in late] == ["For an hour", "Tomorrow, 09:00"]
