"""bot → queued → assigned → resolved: any order of actions keeps the promises, and of two agents one gets it."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import update

from bot import conversations
from bot.conversations import Closed
from bot.database import Database
from bot.errors import BotError, NotAllowed, Taken
from bot.tables import Agent, Base
from insight.tables import Base as InsightBase
from insight.tables import EventRow
from tests.bot.conftest import add_agent

AGENTS = st.sampled_from(["anna", "ben"])
TEXT = {"type": "text", "text": "hello"}


def opened(database):
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        return conversations.open_conversation(session, visitor.id, "web").id


def state(database, conversation_id):
    with database.reading() as session:
        return conversations.find(session, conversation_id)


def test_of_many_agents_exactly_one_takes_it(either):
    conversation_id = opened(either)
    agents = [f"agent{number}" for number in range(6)]
    with either.writing() as session:
        for agent in agents:
            add_agent(session, agent)
        conversations.hand_off(session, conversation_id, "asked", "s")
    results = []

    def take(agent):
        try:
            with either.writing() as session:
                conversations.take(session, conversation_id, agent)
        except Taken:
            results.append("too late")
        else:
            results.append(agent)

    threads = [threading.Thread(target=take, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [result for result in results if result != "too late"]
    assert len(results) == 6 and winners == [state(either, conversation_id).assignee_id]


def test_taking_and_assigning_at_the_same_moment_give_one_owner(either):
    conversation_id = opened(either)
    with either.writing() as session:
        for agent in ("anna", "ben", "cleo"):
            add_agent(session, agent)
        conversations.hand_off(session, conversation_id, "asked", "s")
    together = threading.Barrier(4)

    def act(do, *arguments):
        together.wait()
        with suppress(Taken), either.writing() as session:
            do(session, *arguments)

    threads = [threading.Thread(target=act, args=(conversations.assign_next,))]
    threads += [
        threading.Thread(target=act, args=(conversations.take, conversation_id, agent))
        for agent in ("anna", "ben", "cleo")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owner = state(either, conversation_id).assignee_id
    with either.reading() as session:
        given = [row.properties["agent_id"] for row in session.query(EventRow).filter_by(name="Conversation Assigned")]
    assert given == [owner]


@pytest.mark.parametrize(("here", "words"), [(True, "colleague"), (False, "Nobody is at the desk")])
def test_the_customer_is_told_whether_somebody_is_there(database, here, words):
    conversation_id = opened(database)
    with database.writing() as session:
        add_agent(session, here=here)
        told = conversations.hand_off(session, conversation_id, "asked", "s")
    assert words in told.body["text"]
    assert state(database, conversation_id).state == "queued"


def test_an_agent_silent_for_a_minute_is_not_there(database):
    conversation_id = opened(database)
    with database.writing() as session:
        add_agent(session)
        session.execute(update(Agent).values(seen_at=datetime.now(UTC) - timedelta(seconds=61)))
        assert "Nobody" in conversations.hand_off(session, conversation_id, "asked", "s").body["text"]


def test_agents_write_and_note_only_what_they_own(database):
    conversation_id = opened(database)
    with database.writing() as session:
        add_agent(session, "anna")
        add_agent(session, "ben")
    with pytest.raises(NotAllowed), database.writing() as session:
        conversations.say(session, conversation_id, "anna", "hi")
    with database.writing() as session:
        conversations.take(session, conversation_id, "anna")
        conversations.say(session, conversation_id, "anna", "hi")
        conversations.note(session, conversation_id, "ben", "I know her")
    for do in (conversations.say, conversations.release, conversations.resolve):
        with pytest.raises(Taken), database.writing() as session:
            do(session, conversation_id, "ben", "x")
    with database.reading() as session:
        shown = conversations.messages(session, conversation_id)
        everything = conversations.messages(session, conversation_id, internal=True)
    assert [message.body["text"] for message in shown] == ["Anna is with you now.", "hi"]
    assert [message.seq for message in everything] == [1, 2, 3]


def test_nothing_can_be_done_with_a_resolved_conversation(database):
    conversation_id = opened(database)
    with database.writing() as session:
        add_agent(session)
        conversations.resolve(session, conversation_id, "anna", "solved")
    for do in (conversations.take, conversations.resolve):
        with pytest.raises(Closed), database.writing() as session:
            do(session, conversation_id, "anna")


class Conversations(RuleBasedStateMachine):
    """Every action at any time, against a model of what the state must be."""

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{self.folder.name}/test.db")
        for base in (Base, InsightBase):
            base.metadata.create_all(self.database.engine)
        with self.database.writing() as session:
            add_agent(session, "anna")
            add_agent(session, "ben")
        self.id = opened(self.database)
        self.expected, self.assignee, self.generation, self.sent = "bot", None, 1, 0

    def teardown(self):
        self.database.close()
        self.folder.cleanup()

    def attempt(self, do, *arguments):
        try:
            with self.database.writing() as session:
                do(session, self.id, *arguments)
        except BotError:
            return False
        return True

    @rule()
    def hand_off(self):
        assert self.attempt(conversations.hand_off, "asked", "s")
        if self.expected == "bot":
            self.expected = "queued"

    @rule(agent=AGENTS)
    def take(self, agent):
        free = self.expected != "resolved" and self.assignee in (None, agent)
        assert self.attempt(conversations.take, agent) == free
        if free:
            self.expected, self.assignee = "assigned", agent

    @rule(agent=AGENTS)
    def release(self, agent):
        mine = self.expected == "assigned" and self.assignee == agent
        assert self.attempt(conversations.release, agent, "settled") == mine
        if mine:
            self.expected, self.assignee, self.generation = "bot", None, self.generation + 1

    @rule(agent=AGENTS)
    def resolve(self, agent):
        free = self.expected != "resolved" and self.assignee in (None, agent)
        assert self.attempt(conversations.resolve, agent, "done") == free
        if free:
            self.expected, self.assignee = "resolved", None

    @rule(agent=AGENTS)
    def say(self, agent):
        mine = self.expected == "assigned" and self.assignee == agent
        assert self.attempt(conversations.say, agent, "hi") == mine

    @rule()
    def customer_writes(self):
        self.sent += 1
        assert self.attempt(conversations.accept, str(self.sent), TEXT)
        if self.expected == "resolved":
            self.expected, self.generation = "bot", self.generation + 1

    @rule()
    def bot_replies(self):
        with self.database.writing() as session:
            token = conversations.acquire(session, self.id, 30)
            work = conversations.next_work(session, self.id, token)
        if work is None:
            return
        with self.database.writing() as session:
            said = conversations.reply(session, self.id, token, work.seq, [TEXT], generation=self.generation)
            assert (said is not None) == (self.expected == "bot" and work.wants_reply)
            conversations.let_go(session, self.id, token)

    @invariant()
    def keeps_its_promises(self):
        with self.database.reading() as session:
            now = conversations.find(session, self.id)
            assert (now.state, now.assignee_id, now.generation) == (self.expected, self.assignee, self.generation)
            seqs = [message.seq for message in conversations.messages(session, self.id, internal=True)]
            assert seqs == list(range(1, now.last_seq + 1))
            assert session.query(EventRow).filter_by(name="Live Chat Message Sent").count() == self.sent


def test_any_order_of_actions_keeps_the_promises():
    quick = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Conversations, settings=quick)
