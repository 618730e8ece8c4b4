"""What a supervisor sees: the clocks, what everybody has, and the trail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot import conversations
from bot.console import load
from bot.console.clocks import Clock, Promises
from bot.errors import NotAllowed, NotFound
from bot.settings import Settings
from bot.shop.sql import SqlShop
from bot.tables import Agent, Conversation
from tests.bot.conftest import add_agent

NOW, HOUR = datetime(2026, 3, 10, 12, tzinfo=UTC), timedelta(hours=1)


@pytest.fixture
def desk(database):
    """Anna and Ben are agents, Sue is their supervisor."""
    with database.writing() as session:
        for name in ("anna", "ben", "sue"):
            add_agent(session, name, here=name != "ben")
        session.get(Agent, "sue").role = "supervisor"
    return database


def act(database, function, *arguments, **named):
    with database.writing() as session:
        return function(session, *arguments, **named)


def waiting(database, *, hours=0.0):
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        id = conversations.open_conversation(session, visitor.id, "web").id
        conversations.accept(session, id, "m1", {"type": "text", "text": "hello"})
        conversations.hand_off(session, id, "asked", "s")
        session.flush()
        since = datetime.now(UTC) - timedelta(hours=hours)
        session.execute(update(Conversation).where(Conversation.id == id).values(queued_at=since))
    return id


def trail(database, agent_id=None, before=None):
    return load.trail(database, "Europe/Berlin", agent_id=agent_id, before=before, limit=5)


def seen(database):
    return load.read(database, SqlShop(database), Settings(_env_file=None, sla_first_response_minutes=30))


@pytest.mark.parametrize(
    ("due", "kept", "state"),
    [(HOUR, None, "running"), (HOUR / 10, None, "soon"), (-HOUR, None, "late"), (HOUR, -HOUR, "kept")],
)
def test_a_clock_runs_until_it_is_kept_or_late(due, kept, state):
    clock = Clock(NOW + due, None if kept is None else NOW + kept, HOUR)
    assert clock.state(NOW) == state


def test_a_promise_kept_too_late_stays_late():
    assert Clock(NOW - HOUR, NOW - HOUR / 2, HOUR).state(NOW) == "late"


def test_the_first_answer_of_a_person_stops_the_first_clock_and_a_note_does_not(desk):
    old, new = waiting(desk, hours=1), waiting(desk)
    now = datetime.now(UTC)
    assert [case.row.id for case in seen(desk).waiting] == [old, new]
    assert [case.first_response.state(now) for case in seen(desk).cases] == ["late", "running"]
    act(desk, conversations.take, new, "anna")
    act(desk, conversations.note, new, "anna", "have a look")
    assert seen(desk).cases[1].first_response.kept_at is None
    act(desk, conversations.say, new, "anna", "hello")
    assert seen(desk).cases[1].first_response.state(datetime.now(UTC)) == "kept"
    assert seen(desk).cases[1].resolution.state(now) == "running"


def test_everybody_has_what_is_theirs_and_not_what_they_put_aside(desk):
    for _ in range(3):
        act(desk, conversations.take, (id := waiting(desk)), "anna")
    act(desk, conversations.snooze, id, "anna", datetime.now(UTC) + HOUR)
    first, second, third = seen(desk).colleagues
    assert [(one.name, one.here, one.has, one.aside) for one in (first, second, third)] == [
        ("Anna", True, 2, 1),
        ("Sue", True, 0, 0),
        ("Ben", False, 0, 0),
    ]
    assert first.oldest is not None and second.oldest is None


def test_a_supervisor_gives_what_one_has_to_another_and_nobody_else_can(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    with pytest.raises(NotAllowed):
        act(desk, conversations.reassign, id, "ben", to_agent="ben")
    with pytest.raises(NotFound):
        act(desk, conversations.reassign, id, "sue", to_agent="nobody")
    act(desk, conversations.reassign, id, "sue", to_agent="ben")
    (case,) = seen(desk).cases
    assert case.assignee_id == "ben"
    newest = trail(desk, agent_id="sue")[0]
    assert (newest.who, newest.action, newest.details, newest.conversation_id) == (
        "Sue",
        "Gave it to somebody",
        "to agent Ben",
        id,
    )
    assert [entry.action for entry in trail(desk, before=newest.at)] == ["Took the conversation"]


def test_the_trail_says_in_words_what_was_done_and_where(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    said = act(desk, conversations.say, id, "anna", "hello").seq
    noted = act(desk, conversations.note, id, "anna", "a returning customer").seq
    act(desk, conversations.snooze, id, "anna", datetime(2099, 11, 3, 8, tzinfo=UTC))
    assert [(entry.action, entry.details, entry.seq) for entry in trail(desk)[:3]] == [
        ("Put it aside", "until 3 Nov 09:00", None),
        ("Wrote a note", "", noted),
        ("Answered the customer", "", said),
    ]


@pytest.mark.parametrize(
    ("answered", "now", "since"),
    [(None, 0.5, None), (None, 2, 1), (0.5, 2, None), (0.5, 30, 24), (None, 30, 1), (2, 3, None)],
)
def test_a_case_is_overdue_by_what_is_still_owed(answered, now, since):
    promises = Promises(first_response=HOUR, resolution=24 * HOUR)
    found = promises.overdue(NOW, None if answered is None else NOW + answered * HOUR, NOW + now * HOUR)
    assert found == (None if since is None else NOW + since * HOUR)
