"""A shop with two answers, models of one dimension a word, and customers who ask what nobody has foreseen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot import conversations
from bot.answers import Answers
from bot.conversations import Understood
from bot.database import Database
from bot.models.local import LocalModels
from bot.settings import Settings
from bot.shop.port import Customer, Order, Product
from bot.workshop.workshop import Workshop
from nlu.entities import EntityFinder
from nlu.parse import Prediction, Thresholds
from retrieval.build import assemble
from retrieval.search import Fusion, Searcher
from tests.bot.conftest import add_agent, product

WORDS = (
    "rent",
    "hire",
    "sofa",
    "chair",
    "event",
    "wedding",
    "gift",
    "wrap",
    "return",
    "days",
    "lamp",
    "bulb",
    "moon",
    "paint",
)
SAME = {"hire": "rent", "chair": "sofa", "wedding": "event", "furniture": "sofa"}
CALM = {"negative": 0.1, "neutral": 0.8, "positive": 0.1}
FACTS = """\
return_days: {type: count, one: day, value: 30}
support_phone: {type: text, value: 020 7946 0123}
"""
ANSWERS = """\
- id: gift_wrap
  questions: [Do you gift wrap, can you wrap a gift]
  wordings: [We wrap gifts.]
- id: returns
  questions: [How many days do I have to return it, return days]
  wordings: ["You have {return_days}."]
  intents: [return_item]
- id: no_answer
  searchable: false
  wordings: [I do not know.]
"""


class WordEncoder:
    """One dimension a word; words that mean the same share one."""

    model = "words"

    def encode(self, texts):
        rows = [[1e-3, *self._row(text.lower())] for text in texts]
        vectors = np.array(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _row(self, text):
        for word, other in SAME.items():
            text = text.replace(word, other)
        return [float(word in text) for word in WORDS]


class Unsure:
    """A classifier that is sure of "return" alone; of everything else search decides."""

    config = SimpleNamespace(
        model="nlu-test", thresholds=Thresholds(out_of_scope=0.7, fallback=0.5, margin=0.1), labels=("return_item",)
    )

    def predict(self, texts):
        return [
            Prediction((("return_item", 0.95), ("track_order", 0.05)), CALM, 0.05 if "return" in text else 0.95)
            for text in texts
        ]


def order(id: str, customer_id: str) -> Order:
    money, now = Decimal("24.50"), datetime.now(UTC)
    return Order(
        id, customer_id, "shipped", now, None, None, None, None, (), money, money, "GBP", "", "standard", "", "", ""
    )


class Shop:
    """Two customers with an order each, two lamps."""

    def products(self) -> list[Product]:
        return [product("P1", "Brass lamp"), product("P2", "Oak lamp")]

    def facts(self) -> dict[str, str]:
        return {"categories": "Lighting, Garden"}

    def customer(self, customer_id: str) -> Customer:
        today = datetime.now(UTC).date()
        name = {"C-1": "Maya Thornton", "C-2": "Ben Ashby"}[customer_id]
        return Customer(customer_id, name, f"{customer_id}@example.com", "", "", False, today)

    def orders(self, customer_id: str, *, limit: int = 20) -> list[Order]:
        return [order({"C-1": "HP-1001", "C-2": "HP-2002"}[customer_id], customer_id)]

    def order(self, order_id: str) -> Order | None:
        return None


@dataclass
class Counter:
    """The shop's counter: customers ask, the bot answers as the actions would, Anna takes over."""

    settings: Settings
    database: Database
    searcher: Searcher
    models: LocalModels
    answers: Answers
    workshop: Workshop

    async def ask(self, text: str, *, customer_id: str | None = None, seq: int = 1, id: str | None = None) -> str:
        """A customer's message and the bot's answer to it; returns the conversation's id."""
        with self.database.writing() as session:
            if id is None:
                visitor = conversations.open_visitor(session)
                if customer_id:
                    conversations.identify(session, visitor.id, customer_id, "token")
                id = conversations.open_conversation(session, visitor.id, "web").id
            conversations.accept(session, id, f"m{seq}", {"type": "text", "text": text})
            token = conversations.acquire(session, id, 30)
            work = conversations.next_work(session, id, token)
        parse = await self.models.parse(text)
        with self.database.writing() as session:
            if work.wants_reply:
                found = parse["response_selector"]["default"]["response"] or {}
                template = self.answers.get(found.get("intent_response_key", "")) or self.answers["no_answer"]
                part = {"type": "text", "text": template.wordings[0], "template_id": template.id}
                part |= {"rateable": True} if template.searchable else {}
                conversations.reply(session, id, token, work.seq, [part], generation=1, understood=Understood(parse))
            else:
                conversations.record(session, id, token, work.seq, Understood(parse))
            conversations.let_go(session, id, token)
        return id

    async def ask_and_be_helped(self, text: str, said: str, *, customer_id: str | None = None) -> str:
        id = await self.ask(text, customer_id=customer_id)
        with self.database.writing() as session:
            conversations.hand_off(session, id, "fallback", "s")
            conversations.take(session, id, "anna")
            conversations.say(session, id, "anna", "One moment.")
            conversations.say(session, id, "anna", said)
            conversations.resolve(session, id, "anna")
        return id

    def last(self, id: str) -> dict[str, Any]:
        with self.database.reading() as session:
            return [message.body for message in conversations.messages(session, id) if message.author == "bot"][-1]


@pytest.fixture
async def counter(database: Database, tmp_path: Path) -> AsyncIterator[Counter]:
    folder = tmp_path / "data" / "answers"
    folder.mkdir(parents=True)
    (folder / "facts.yml").write_text(FACTS)
    (folder / "topic.yml").write_text(ANSWERS)
    settings = Settings(_env_file=None, var_dir=tmp_path / "var", data_dir=tmp_path / "data")
    answers, encoder = Answers(settings, database), WordEncoder()
    fusion = Fusion(nearest=1, centre=0, lexical=0, intent=0, unanswered=0, threshold=0.7)
    searcher = assemble(list(answers.values()), encoder.encode, model="words", fusion=fusion)
    models = LocalModels(Unsure(), encoder, searcher, EntityFinder([]), limit=2000)
    workshop = Workshop(database=database, shop=Shop(), answers=answers, models=models)
    with database.writing() as session:
        add_agent(session)
    yield Counter(settings, database, searcher, models, answers, workshop)
    await models.close()
