"""Conversations in which the bot did not understand, in a database; no models are asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import conversations
from bot.conversations import Understood
from bot.database import Database
from bot.shop.tables import CustomerRow
from tests.bot.conftest import add_agent

ANSWERS = {"nlu_fallback": "fallback_ask", "out_of_scope": "out_of_scope"}


def parse(text: str, intent: str, *ranking: tuple[str, float]) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 0.6},
        "intent_ranking": [{"name": name, "confidence": score} for name, score in ((intent, 0.6), *ranking)],
        "entities": [],
        "sentiment": {"label": "neutral", "scores": {"negative": 0.1, "neutral": 0.8, "positive": 0.1}},
        "model": "small",
        "response_selector": {"default": {"response": None, "ranking": []}},
    }


class Talk:
    """One conversation; `says` is a whole turn."""

    def __init__(self, database: Database, customer_id: str | None = None) -> None:
        self._database = database
        with database.writing() as session:
            visitor = conversations.open_visitor(session)
            if customer_id is not None:
                conversations.identify(session, visitor.id, customer_id, "token")
            self.visitor_id = visitor.id
            self.id = conversations.open_conversation(session, visitor.id, "web").id

    def says(self, text: str, intent: str = "nlu_fallback", *ranking: tuple[str, float], template: str = "") -> int:
        """The customer says it, the bot takes it for `intent` and answers; the message's `seq`."""
        answer = template or ANSWERS.get(intent, intent)
        part = {"type": "text", "text": "…", "template_id": answer, "rateable": True}
        with self._database.writing() as session:
            token = conversations.acquire(session, self.id, 30)
            assert token is not None
            accepted = conversations.accept(session, self.id, f"m{text}", {"type": "text", "text": text})
            work = conversations.next_work(session, self.id, token)
            assert work is not None
            understood = Understood(parse(text, intent, *ranking))
            conversations.reply(
                session, self.id, token, accepted.seq, [part], generation=work.generation, understood=understood
            )
            conversations.let_go(session, self.id, token)
        return accepted.seq

    def handed_over(self, reason: str = "asked") -> None:
        with self._database.writing() as session:
            conversations.hand_off(session, self.id, reason, "a summary")

    def did_not_help(self, seq: int) -> None:
        with self._database.writing() as session:
            conversations.rate_answer(session, self.id, seq + 1, False)


@pytest.fixture
def talk(database: Database) -> Callable[..., Talk]:
    """`talk(customer_id=None)` begins a conversation; the agents anna and ben are there."""
    with database.writing() as session:
        add_agent(session, "anna")
        add_agent(session, "ben")
    return lambda customer_id=None: Talk(database, customer_id)


@pytest.fixture
def maya(database: Database) -> str:
    """A customer of the shop."""
    with database.writing() as session:
        session.add(
            CustomerRow(
                id="C-1",
                name="Maya Thornton",
                email="maya@example.org",
                phone="+44 7700 900123",
                address="14 Gartenweg, Leeds, LS1 4AP",
                newsletter=False,
                since=datetime.now(UTC).date(),
            )
        )
    return "C-1"
