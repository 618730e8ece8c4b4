"""What an agent is told of who waits for a person."""

import asyncio
import json

import pytest
from sqlalchemy import update

from bot import agents, conversations
from bot.console import telling
from bot.push import Push
from bot.shop.sql import SqlShop
from bot.tables import Agent, Conversation
from tests.bot.conftest import add_agent


class Page:
    """A page that is open until it has looked often enough."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    async def connected(self) -> None:
        """At once."""

    @property
    def is_deleted(self) -> bool:
        self._looks -= 1
        return self._looks < 0

    def __enter__(self) -> None:
        """Scripts go to this page."""

    def __exit__(self, *_: object) -> None:
        """And no longer."""


@pytest.fixture
def told(database, monkeypatch):
    """`told(queue)`: what Anna of the team for returns is told once `queue` has put customers into the queue."""
    monkeypatch.setattr(telling, "POLL_S", 0.01)
    said = []
    arguments = slice(len("shopkeeperTell("), -1)
    monkeypatch.setattr(telling.ui, "run_javascript", lambda script: said.append(json.loads(script[arguments])["text"]))
    with database.writing() as session:
        add_agent(session, "anna")
        session.get(Agent, "anna").team = "returns"

    def tell(queue):
        one = telling.Telling(
            database, SqlShop(database), Push(), agent_id="anna", automatic=False, at_desk=False, path="/console/"
        )
        asyncio.run(one.follow(Page(1)))
        queue()
        asyncio.run(one.follow(Page(4)))
        return said

    return tell


def wait(database, text, team=None):
    with database.writing() as session:
        visitor = conversations.open_visitor(session)
        id = conversations.open_conversation(session, visitor.id, "web").id
        conversations.accept(session, id, "m1", {"type": "text", "text": text})
        conversations.hand_off(session, id, "asked", "s")
        session.flush()
        session.execute(update(Conversation).where(Conversation.id == id).values(team=team))


def test_an_agent_hears_of_who_waits_for_their_team_or_for_anybody(database, told):
    def queue():
        for text, team in (("any", None), ("ours", "returns"), ("theirs", "sales")):
            wait(database, text, team)

    assert sorted(told(queue)) == ["any", "ours"]


def test_who_is_away_hears_of_nobody(database, told):
    def queue():
        with database.writing() as session:
            agents.set_away(session, "anna", away=True)
        wait(database, "any")

    assert told(queue) == []
