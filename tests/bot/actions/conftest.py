"""The actions behind their door, with a shop in memory and SQLite; Rasa's part is played by `Desk`."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.actions.context import Context
from bot.database import Database
from bot.settings import Settings
from tests.dialogue.parses import typed
from tests.dialogue.shop import FakeShop, customer, order
from tests.dialogue.stack import KEY, Mail, actions_app, context_of, open_conversation


class Desk:
    """Calls actions as Rasa 3.6 does: a tracker goes in, events and responses come out."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.client = TestClient(actions_app(context), headers=KEY, raise_server_exceptions=False)

    def call(
        self,
        action: str,
        text: str,
        intent: str,
        *,
        conversation_id: str,
        slots: dict[str, Any] | None = None,
        form: str | None = None,
        before: tuple[dict[str, Any], ...] = (),
        **facts: Any,
    ) -> dict[str, Any]:
        parse = typed(text, intent, **facts)
        events = [
            {"event": "user", "message_id": "m-1"},
            *({"event": "bot", "data": {"custom": part}} for part in before),
            {"event": "user", "message_id": "m-2", "text": text},
        ]
        tracker = {
            "sender_id": f"{conversation_id}.1",
            "slots": slots or {},
            "latest_message": parse,
            "events": events,
            "active_loop": {"name": form} if form else {},
        }
        answer = self.client.post(
            "/webhook", json={"next_action": action, "sender_id": tracker["sender_id"], "tracker": tracker}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def shop() -> FakeShop:
    shop = FakeShop()
    for someone, name in (("C-1", "Jane Doe"), ("C-2", "Bob Ray")):
        shop.people[someone] = customer(someone, name)
    for placed in (order("HP-10001", "C-1", "paid", "P-1"), order("HP-10002", "C-2", "paid", "P-3")):
        shop.book[placed.id] = placed
    return shop


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def context(database: Database, shop: FakeShop, mail: Mail) -> Context:
    return context_of(Settings(_env_file=None), database, shop, mail)


@pytest.fixture
def desk(context: Context) -> Desk:
    return Desk(context)


@pytest.fixture
def jane(database: Database) -> str:
    """A conversation of customer C-1; its id."""
    return open_conversation(database, "C-1")


@pytest.fixture
def stranger(database: Database) -> str:
    return open_conversation(database)
