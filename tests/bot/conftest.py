"""A shop assistant in this process: the real gateway and engine, with a small Rasa and small models beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from sqlalchemy import select
from starlette.testclient import TestClient

from bot import conversations
from bot.database import Database
from bot.errors import Unavailable
from bot.gateway import app as gateway_app
from bot.gateway.gateway import Gateway
from bot.gateway.limits import RateLimits
from bot.models.port import DRAFT, Before, Rehearsed
from bot.push import Push
from bot.settings import Settings
from bot.shop.port import Product
from bot.tables import Agent, Message
from bot.turn.catalogue import Catalogue
from bot.turn.engine import Engine
from bot.turn.errors import RasaUnavailable
from bot.turn.meters import Meters
from bot.turn.rasa import Decision
from bot.turn.suggestion import Suggestions
from insight.catalogue import Item
from insight.suggestions import Choice, Suggestion
from insight.tables import EventRow
from retrieval.search import Hit
from retrieval.templates import Template

CHANNEL_KEY = "test-channel-key"
INTENTS = {
    "angry": "complaint",
    "person": "contact_human_agent",
    "lamp": "product_question",
    "no": "deny",
    "yes": "affirm",
    "bye": "goodbye",
}


class SmallShop:
    """Three lamps."""

    def products(self) -> list[Product]:
        return [product("P1", "Brass lamp"), product("P2", "Oak lamp"), product("P3", "Reed lamp")]


def product(id: str, name: str) -> Product:
    return Product(id, name, "Lighting", "", Decimal("24.50"), "GBP", {}, 3, f"/pictures/{id}.svg", f"/products/{id}")


@dataclass
class SmallModels:
    """Understands by one word each; `away` makes it fail."""

    away: bool = False
    before: list[Before | None] = field(default_factory=list)

    async def parse(self, text: str, *, before: Before | None = None) -> Mapping[str, Any]:
        self.before.append(before)
        if self.away:
            raise Unavailable("the models are away")
        word = next((word for word in INTENTS if word in text.lower()), None)
        label = "negative" if word == "angry" else "neutral"
        return {
            "text": text,
            "intent": {"name": INTENTS.get(word or "", "greet"), "confidence": 0.9},
            "intent_ranking": [],
            "entities": [{"entity": "product", "value": "P1", "start": 0, "end": 4}] if word == "lamp" else [],
            "sentiment": {"label": label, "scores": {"negative": 0.1, "neutral": 0.8, "positive": 0.1}},
            "model": "small",
            "response_selector": {"default": {"response": None, "ranking": []}},
        }

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """By the words in common."""
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[crc32(word.encode()) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)

    async def rehearse(self, texts: Sequence[str], draft: Template | None) -> list[Rehearsed]:
        """Nothing fits as things are; the draft does when it shares half the words with a text."""
        if draft is None:
            return [Rehearsed(Hit("gift_wrap", 0.2, False), Hit("gift_wrap", 0.2, False)) for _ in texts]
        cosines = (await self.embed(texts) @ (await self.embed(draft.questions)).T).max(axis=1)
        hits = [Hit(DRAFT, float(cosine), bool(cosine > 0.5)) for cosine in cosines]
        return [Rehearsed(Hit("gift_wrap", 0.2, False), hit) for hit in hits]


@dataclass
class SmallRasa:
    """Echoes; keeps what it was asked; can hang, fail or hand over."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False
    thinking: asyncio.Event | None = None  # set it to let go of a waiting turn
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def alive(self) -> bool:
        return not self.broken

    async def aclose(self) -> None:
        """Nothing is open."""

    async def decide(self, **asked: Any) -> Decision:
        self.asked.append(asked)
        self.started.set()
        if self.thinking is not None:
            await self.thinking.wait()
        if self.broken:
            raise RasaUnavailable("broken")
        if asked["parse"]["intent"]["name"] == "contact_human_agent":
            part = {"type": "handoff", "reason": "asked", "summary": "wants a person"}
        else:
            part = {"type": "text", "text": f"{asked['sender']} said {asked['text']}"}
            if "answer" in asked["text"]:
                part |= {"template_id": "an_answer", "rateable": True}
            if "button" in asked["text"]:
                part["buttons"] = [{"title": "Yes please", "payload": "/affirm"}]
        return Decision([part], active_loop=None)


def suggest_other(session: Any, person_id: str, items: Mapping[str, Item], *, context: Any, exclude: Any, **told: Any):
    found = next((id for id in items if id not in (*context, *exclude)), None)
    facts = {"policy": "ranked", "propensity": 0.9}
    return Choice(Suggestion(found, "It goes well with it.", "test", 1.0), True, facts) if found else None


@dataclass
class World:
    """Everything a test looks at."""

    gateway: Gateway
    app: FastAPI
    rasa: SmallRasa
    models: SmallModels
    database: Database

    @property
    def engine(self) -> Engine:
        return self.gateway.engine

    def events(self, name: str | None = None) -> list[EventRow]:
        with self.database.reading() as session:
            wanted = select(EventRow).order_by(EventRow.id)
            return list(session.scalars(wanted.where(EventRow.name == name) if name else wanted))

    def messages(self, conversation_id: str) -> list[Message]:
        with self.database.reading() as session:
            return conversations.messages(session, conversation_id, internal=True)

    def write(self, do: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        with self.database.writing() as session:
            return do(session, *arguments, **options)

    def visit(self, client: TestClient) -> dict[str, str]:
        """Headers of a new visitor."""
        return {"Authorization": f"Bearer {client.post('/v1/visitors', json={}).json()['token']}"}


def build_world(database: Database, var_dir: Path, **options: Any) -> World:
    settings = Settings(
        _env_file=None,
        var_dir=var_dir,
        internal_key="internal",
        channel_key=CHANNEL_KEY,
        identity_key="identity",
        **{
            "rasa_timeout_s": 1.0,
            "lease_s": 2.0,
            "messages_per_minute": 1000,
            "visitors_per_minute": 1000,
            "assignment": "manual",
            **options,
        },
    )
    rasa, models, push, meters = SmallRasa(), SmallModels(), Push(), Meters()
    catalogue = Catalogue(SmallShop())
    engine = Engine(
        database=database,
        understanding=models,
        rasa=rasa,
        push=push,
        catalogue=catalogue,
        suggestions=Suggestions(database, catalogue, suggest_other, models.embed),
        meters=meters,
        lease_s=settings.lease_s,
        timeout_s=settings.rasa_timeout_s,
        message_limit=settings.message_limit,
    )
    limits = RateLimits(
        messages_per_minute=settings.messages_per_minute, visitors_per_minute=settings.visitors_per_minute
    )
    gateway = Gateway(settings, database, engine, push, limits, meters, {"rasa": engine.rasa.alive})
    return World(gateway, gateway_app.create(gateway), rasa, models, database)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return build_world(database, tmp_path)


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(world.app) as client:
        yield client


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client on this test's own event loop, for tests that do several things at once."""
    async with (
        world.app.router.lifespan_context(world.app),
        httpx.AsyncClient(transport=httpx.ASGITransport(world.app), base_url="http://shop") as client,
    ):
        yield client


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest) -> Database:
    """The test runs on both databases."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres")


def add_agent(session: Any, id: str = "anna", *, here: bool = True) -> None:
    now = datetime.now(UTC)
    session.add(
        Agent(
            id=id,
            email=f"{id}@example.com",
            name=id.title(),
            role="agent",
            password_hash="-",
            seen_at=now if here else None,
            created_at=now,
        )
    )
    session.flush()


def frames_until(socket: Any, type: str) -> list[dict[str, Any]]:
    """Frames up to and with the first of that type."""
    frames = []
    while not frames or frames[-1]["type"] != type:
        frames.append(json.loads(socket.receive_text()))
    return frames
