"""Rasa as a real process, with the actions served by the test process: what the dialogue's tests talk to."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI

from bot import rasa_process
from bot.actions.context import Context, make_context
from bot.actions.server import router
from bot.database import Database
from bot.gateway import rendering
from bot.settings import Settings
from bot.tables import Conversation, Visitor
from insight.catalogue import Item
from tests.dialogue.parses import pressed, typed
from tests.dialogue.shop import FakeShop, customer, order
from tests.ports import free_port

START_S = 180
KEY = {"X-Internal-Key": "development-only"}


@dataclass
class Mail:
    """Codes that would have been e-mailed."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, email: str, code: str) -> None:
        self.sent.append((email, code))


def context_of(settings: Settings, database: Database, shop: FakeShop, mail: Mail) -> Context:
    items = {p.id: Item(p.id, p.name, p.category, float(p.price), p.in_stock) for p in shop.products()}
    return make_context(settings, database, shop, items=lambda: items, send=mail)


@dataclass
class Talk:
    """One customer's conversation, straight to Rasa's channel."""

    url: str
    conversation_id: str
    count: int = 0
    last: list[dict[str, Any]] = field(default_factory=list)
    loop: str | None = None
    both: bool = False

    def say(self, text: str, intent: str, **facts: Any) -> list[dict[str, Any]]:
        return self.send(typed(text, intent, **facts))

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press the button of the last reply that begins with `title`."""
        buttons = [b for part in self.last for b in part.get("buttons", ()) if b["title"].startswith(title)]
        assert buttons, f"no button {title!r} in {self.last}"
        return self.send(pressed(buttons[0]))

    def send(
        self, parse: dict[str, Any], *, then: dict[str, Any] | None = None, message_id: str | None = None
    ) -> list[dict[str, Any]]:
        self.count += message_id is None
        answer = self.post(parse, then=then, message_id=message_id or f"{self.conversation_id}:{self.count}")
        assert answer.status_code == 200, answer.text
        self.last, self.loop, self.both = (answer.json()[name] for name in ("messages", "active_loop", "both"))
        return self.last

    def post(self, parse: dict[str, Any], *, message_id: str, then: dict[str, Any] | None = None) -> httpx.Response:
        body = {"sender": f"{self.conversation_id}.1", "message_id": message_id, "text": parse["text"], "parse": parse}
        body |= {"then": then} if then is not None else {}
        url = f"{self.url}/webhooks/shopkeeper/webhook"
        return httpx.post(url, json=body, headers=KEY, timeout=30, trust_env=False)

    @property
    def text(self) -> str:
        return " ".join(str(part.get("text", "")) for part in self.last)


@dataclass(repr=False)
class Stack:
    settings: Settings
    context: Context
    shop: FakeShop
    mail: Mail
    url: str

    def __repr__(self) -> str:
        return f"Stack({self.url})"

    def customer(self, *orders: tuple[Any, ...]) -> tuple[str, list[str]]:
        """A new customer with orders, each (status, product ids…); their id and the orders' numbers."""
        someone = customer(f"C-{len(self.shop.people) + 1}", f"Jane{len(self.shop.people) + 1} Doe")
        self.shop.people[someone.id] = someone
        numbers = []
        for age, (status, *products) in enumerate(orders, start=3):
            placed = order(f"HP-{10001 + len(self.shop.book)}", someone.id, status, *products, age_days=age)
            self.shop.book[placed.id] = placed
            numbers.append(placed.id)
        return someone.id, numbers

    def writes(self, talk: "Talk", action: str) -> int:
        """How often that was done to the shop in this conversation."""
        return sum(a == action and key.startswith(talk.conversation_id) for a, key in self.shop.writes)

    def talk(self, customer_id: str | None = None) -> Talk:
        return Talk(self.url, open_conversation(self.context.database, customer_id))


def open_conversation(database: Database, customer_id: str | None = None) -> str:
    """A visitor (who is `customer_id`, if given) with a conversation; its id."""
    now, visitor, conversation = datetime.now(UTC), uuid4().hex, uuid4().hex
    with database.writing() as session:
        session.add(Visitor(id=visitor, customer_id=customer_id, created_at=now))
        session.flush()
        session.add(
            Conversation(
                id=conversation, visitor_id=visitor, channel="web", state="bot", created_at=now, updated_at=now
            )
        )
    return conversation


@contextmanager
def running(folder: Path, database: Database, shop: FakeShop) -> Iterator[Stack]:
    """Train (or take the trained rules of `VAR_DIR`), start both, stop both."""
    settings = Settings(var_dir=folder, rasa_port=free_port(), internal_port=free_port(), _env_file=None)
    trained = rasa_process.model_path(Settings()).parent
    if trained.exists():
        shutil.copytree(trained, rasa_process.model_path(settings).parent, dirs_exist_ok=True)
    rasa_process.train(settings)
    mail = Mail()
    context = context_of(settings, database, shop, mail)
    with serving_actions(context), rasa(settings):
        yield Stack(settings, context, shop, mail, settings.rasa_url)


@contextmanager
def serving_actions(context: Context) -> Iterator[None]:
    config = uvicorn.Config(
        actions_app(context), host="127.0.0.1", port=context.settings.internal_port, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def actions_app(context: Context) -> FastAPI:
    app = FastAPI()
    rendering.install(app)
    app.include_router(router(context))
    return app


@contextmanager
def rasa(settings: Settings) -> Iterator[None]:
    todo = rasa_process.command(settings)
    log = settings.var_dir / "rasa.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            todo.argv, env=todo.env, cwd=todo.cwd, stdout=output, stderr=output, start_new_session=True
        )
        try:
            wait_until_up(settings.rasa_url, process, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, f"Rasa ended: {log.read_text()[-3000:]}"
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(f"Rasa did not answer within {START_S} s: {log.read_text()[-3000:]}")
