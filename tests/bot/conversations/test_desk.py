"""The desk: who gets what, passing on, putting aside, merging, tags, search and the audit trail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot import agents, conversations
from bot.conversations import Closed
from bot.errors import BotError, NotAllowed, NotFound, Taken
from bot.tables import Agent, Conversation, Deed, Message, Visitor
from insight.tables import EventRow
from tests.bot.conftest import add_agent

TEXT = {"type": "text", "text": "hello"}
PARSE = {"intent": {"name": "get_refund", "confidence": 0.9}}


@pytest.fixture
def desk(database):
    """Anna and Ben at the desk."""
    with database.writing() as session:
        add_agent(session, "anna")
        add_agent(session, "ben")
    return database


def waiting(database, *, customer_id=None, reason="asked", text="hello"):
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        visitor.customer_id = customer_id
        id = conversations.open_conversation(session, visitor.id, "web").id
        conversations.accept(session, id, "m1", {"type": "text", "text": text})
        conversations.hand_off(session, id, reason, "s")
    return id


def change(database, agent_id, **values):
    with database.writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(**values))


def assign(database):
    """Everybody who waits, as the sweeper does: (conversation, agent)."""
    found = []
    while True:
        with database.writing() as session:
            given = conversations.assign_next(session)
            if given is None:
                return found
            found.append((given.id, given.assignee_id))


def find(database, id):
    with database.reading() as session:
        return conversations.find(session, id)


def act(database, function, *arguments, **named):
    with database.writing() as session:
        return function(session, *arguments, **named)


def test_agents_take_turns(desk):
    ids = [waiting(desk) for _ in range(4)]
    given = assign(desk)
    assert [id for id, _ in given] == ids
    assert {agent for _, agent in given[:2]} == {"anna", "ben"} == {agent for _, agent in given[2:]}


def test_nobody_gets_more_than_fits_and_the_away_and_absent_get_none(desk):
    change(desk, "anna", capacity=2)
    change(desk, "ben", away=True)
    ids = [waiting(desk) for _ in range(3)]
    assert assign(desk) == [(ids[0], "anna"), (ids[1], "anna")]
    change(desk, "ben", away=False, seen_at=datetime.now(UTC) - timedelta(minutes=2))
    assert assign(desk) == []
    act(desk, conversations.resolve, ids[0], "anna")
    assert assign(desk) == [(ids[2], "anna")]


def test_the_urgent_and_the_upset_come_before_those_who_wait_longer(desk):
    calm, upset, urgent = waiting(desk), waiting(desk, reason="sentiment"), waiting(desk)
    act(desk, conversations.set_priority, urgent, "anna", 2)
    with desk.reading() as session:
        assert [one.id for one in conversations.waiting(session)] == [urgent, upset, calm]
    assert [id for id, _ in assign(desk)] == [urgent, upset, calm]


def test_a_topic_goes_to_whom_it_suits_even_if_busier(desk):
    change(desk, "ben", skills=["get_refund"])
    for _ in range(2):
        id = waiting(desk)
        with desk.writing() as session:
            conversations.find(session, id).topic = "get_refund"
    assert {agent for _, agent in assign(desk)} == {"ben"}


def test_the_topic_is_what_the_customer_last_asked_about(desk):
    with desk.writing() as session:
        visitor = conversations.open_visitor(session)
        id = conversations.open_conversation(session, visitor.id, "web").id
        for number, intent in enumerate(["track_order", "get_refund", "contact_human_agent"]):
            conversations.accept(session, id, f"m{number}", TEXT)
            session.flush()
            conversations.messages(session, id)[-1].parse = {"intent": {"name": intent}}
            session.flush()
        conversations.hand_off(session, id, "asked", "s")
    assert find(desk, id).topic == "get_refund"


def test_a_team_gets_only_its_own(desk):
    change(desk, "ben", team="returns")
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    act(desk, conversations.transfer, id, "anna", to_team="returns")
    assert (find(desk, id).state, find(desk, id).team) == ("queued", "returns")
    change(desk, "ben", away=True)
    assert assign(desk) == []
    change(desk, "ben", away=False)
    assert assign(desk) == [(id, "ben")]


def test_a_transfer_to_a_person_is_theirs_at_once(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    act(desk, conversations.transfer, id, "anna", to_agent="ben")
    assert find(desk, id).assignee_id == "ben"
    with pytest.raises(Taken):
        act(desk, conversations.say, id, "anna", "still me")
    for wrong in ({"to_agent": "ben"}, {"to_agent": "nobody"}, {"to_team": "none"}, {}):
        with pytest.raises(BotError):
            act(desk, conversations.transfer, id, "ben", **wrong)


def test_a_silent_agent_loses_what_they_have_to_the_next_one(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    assert act(desk, conversations.requeue_silent) is None
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    change(desk, "anna", seen_at=long_ago)
    with desk.writing() as session:
        session.execute(update(Conversation).values(assigned_at=long_ago))
    assert act(desk, conversations.requeue_silent) is not None
    assert act(desk, conversations.requeue_silent) is None
    assert assign(desk) == [(id, "ben")]
    with desk.reading() as session:
        deeds = [(deed.agent_id, deed.action) for deed in conversations.deeds(session, conversation_id=id)]
        assert deeds[:2] == [("ben", "was assigned"), ("anna", "lost to silence")]
        names = [row.name for row in session.query(EventRow).filter_by(conversation_id=id)]
    assert names.count("Conversation Assigned") == 2 and "Conversation Requeued" in names


AFTER = timedelta(minutes=10)


def long_silence(database):
    """Everything that happened so far happened an hour ago."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with database.writing() as session:
        session.execute(update(Conversation).values(assigned_at=hour_ago))
        session.execute(update(Message).values(created_at=hour_ago))
        session.execute(update(Deed).values(at=hour_ago))


def unanswered(database):
    return act(database, conversations.requeue_unanswered, after=AFTER)


def test_who_does_nothing_while_a_customer_waits_is_away_and_the_next_one_gets_it(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    assert unanswered(desk) is None
    long_silence(desk)
    assert unanswered(desk).id == id
    assert unanswered(desk) is None
    assert assign(desk) == [(id, "ben")]
    with desk.reading() as session:
        assert session.get(Agent, "anna").away
        assert "was set away" in [deed.action for deed in conversations.deeds(session, agent_id="anna")]


def test_who_has_answered_or_is_busy_or_has_put_it_aside_keeps_the_conversation(desk):
    id, other = waiting(desk), waiting(desk)
    for one in (id, other):
        act(desk, conversations.take, one, "anna")
    act(desk, conversations.say, other, "anna", "one moment")
    long_silence(desk)
    act(desk, conversations.note, other, "anna", "looking into it")
    assert unanswered(desk) is None
    long_silence(desk)
    act(desk, conversations.snooze, id, "anna", datetime.now(UTC) + timedelta(hours=1))
    long_silence(desk)
    assert unanswered(desk) is None


def test_what_somebody_had_who_left_goes_back_to_the_queue_at_once(desk):
    id, aside = waiting(desk), waiting(desk)
    for one in (id, aside):
        act(desk, conversations.take, one, "anna")
    act(desk, conversations.snooze, aside, "anna", datetime.now(UTC) + timedelta(hours=1))
    act(desk, agents.remove, "anna@example.com")
    assert {act(desk, conversations.requeue_silent).id for _ in range(2)} == {id, aside}
    with desk.reading() as session:
        assert {deed.action for deed in conversations.deeds(session, limit=2)} == {"lost by leaving"}
    assert act(desk, conversations.requeue_silent) is None
    assert {given for given, _ in assign(desk)} == {id, aside}


def test_what_an_agent_settled_is_there_for_the_next_handoff(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    with desk.reading() as session:
        assert conversations.settled(session, id) is None
    act(desk, conversations.release, id, "anna", "A new lid is on its way.")
    with desk.reading() as session:
        assert conversations.settled(session, id) == "A new lid is on its way."
        shown = [message.body for message in conversations.messages(session, id)]
        assert "new lid" not in str(shown) and "Anna told me what you settled" in shown[-1]["text"]


def test_what_is_put_aside_comes_back_when_its_time_comes_or_the_customer_writes(desk):
    id = waiting(desk)
    act(desk, conversations.take, id, "anna")
    act(desk, conversations.snooze, id, "anna", datetime.now(UTC) + timedelta(hours=1))
    with desk.reading() as session:
        assert conversations.owned(session, "anna") == []
        assert [one.id for one in conversations.snoozed(session, "anna")] == [id]
    act(desk, conversations.accept, id, "m2", TEXT)
    assert find(desk, id).snoozed_until is None
    act(desk, conversations.snooze, id, "anna", datetime.now(UTC) + timedelta(hours=1))
    with desk.writing() as session:
        session.execute(update(Conversation).values(snoozed_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert act(desk, conversations.wake_next).id == id
    assert act(desk, conversations.wake_next) is None
    assert find(desk, id).snoozed_until is None
    with pytest.raises(BotError, match="future"):
        act(desk, conversations.snooze, id, "anna", datetime.now(UTC))
    with pytest.raises(Taken):
        act(desk, conversations.snooze, id, "ben", datetime.now(UTC) + timedelta(hours=1))


def test_merging_goes_on_in_one_conversation_and_keeps_what_was_said(desk):
    old, new = waiting(desk, customer_id="C1", text="where is it"), waiting(desk, customer_id="C1", text="hello again")
    act(desk, conversations.take, old, "anna")
    act(desk, conversations.merge, new, "anna", old)
    assert (find(desk, new).state, find(desk, new).merged_into) == ("resolved", old)
    with desk.reading() as session:
        note = conversations.messages(session, old, internal=True)[-1]
    assert note.internal and "customer: hello again" in note.body["text"]
    with pytest.raises(Closed):
        act(desk, conversations.accept, new, "m2", TEXT)
    with desk.writing() as session:
        visitor = session.get(Visitor, find(desk, new).visitor_id)
        assert conversations.open_conversation(session, visitor.id, "web").id == old


def test_only_two_of_one_customer_that_nobody_else_has_are_merged(desk):
    mine, other, hers = (
        waiting(desk, customer_id="C1"),
        waiting(desk, customer_id="C2"),
        waiting(desk, customer_id="C1"),
    )
    act(desk, conversations.take, hers, "ben")
    for wrong, error in ((other, NotAllowed), (mine, BotError), (hers, Taken), ("none", NotFound)):
        with pytest.raises(error):
            act(desk, conversations.merge, mine, "anna", wrong)
    act(desk, conversations.resolve, hers, "ben")
    with pytest.raises(Closed):
        act(desk, conversations.merge, mine, "anna", hers)


def test_tags_and_words_and_customers_are_found(desk):
    one, two = waiting(desk, text="my Lamp is 100% broken"), waiting(desk, customer_id="C7")
    act(desk, conversations.tag, two, "anna", " Warranty ")
    act(desk, conversations.tag, two, "anna", "warranty")
    act(desk, conversations.note, two, "anna", "called about a lamp")

    def found(words, **more):
        with desk.reading() as session:
            return [match.conversation_id for match in conversations.search(session, words, **more)]

    assert found("lamp") == [two, one]
    assert found("100%") == [one] and found("0_%") == [] and found("l") == []
    assert found("WARRANTY") == [two] and found("nothing", customer_ids=("C7",)) == [two]
    with desk.reading() as session:
        assert conversations.tags(session, [one, two]) == {two: ["warranty"]}
    act(desk, conversations.untag, two, "anna", "warranty")
    assert found("warranty") == []
    with pytest.raises(BotError):
        act(desk, conversations.tag, two, "anna", "<b>")


def test_every_action_is_in_the_trail_without_a_word_of_what_was_said(desk):
    id = waiting(desk)
    for function, *arguments in (
        (conversations.take, "anna"),
        (conversations.say, "anna", "my secret words"),
        (conversations.note, "anna", "my secret words"),
        (conversations.tag, "anna", "vip"),
        (conversations.set_priority, "anna", 1),
        (conversations.transfer, "anna"),
    ):
        named = {"to_agent": "ben"} if function is conversations.transfer else {}
        act(desk, function, id, *arguments, **named)
    act(desk, conversations.release, id, "ben", "my secret words")
    act(desk, conversations.resolve, id, "ben", "solved")
    with desk.reading() as session:
        trail = [(deed.agent_id, deed.action, str(deed.details)) for deed in conversations.deeds(session)][::-1]
        assert {deed.action for deed in conversations.deeds(session, agent_id="ben")} >= {"released", "resolved"}
    actions = [action for _, action, _ in trail]
    assert [one for one in actions if one != "noted"] == [
        *("took", "said", "tagged", "set priority", "transferred", "released", "resolved")
    ]
    assert "secret" not in str(trail)
