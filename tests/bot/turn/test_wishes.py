"""What a conversation itself says about what to suggest, and how it reaches `insight`."""

from dataclasses import replace
from typing import Any

import pytest

from bot import conversations
from bot.actions.budget import Budget
from bot.errors import Unavailable
from bot.turn import history, wishes
from bot.turn.rasa import Decision
from insight.suggestions import Choice, Prices, Suggestion
from tests.bot.conftest import World
from tests.bot.turn.test_engine import say


@pytest.fixture
def conversation_id(world: World) -> str:
    visitor = world.write(conversations.open_visitor)
    return world.write(conversations.open_conversation, visitor.id, "web").id


def work_of(world: World, conversation_id: str, text: str, client_msg_id: str = "next") -> conversations.Work:
    body = {"type": "text", "text": text}
    token = world.write(conversations.acquire, conversation_id, 30.0)
    world.write(conversations.accept, conversation_id, client_msg_id, body)
    work = world.write(conversations.next_work, conversation_id, token)
    assert work is not None
    return work


async def parsed(world: World, text: str) -> Any:
    return await world.models.parse(text)


async def test_words_on_products_and_the_last_budget_are_remembered(world, conversation_id):
    await say(world, conversation_id, "a lamp under 40 please")
    await say(world, conversation_id, "hello there")
    work = work_of(world, conversation_id, "is that lamp of brass")
    with world.database.reading() as session:
        before = history.earlier(session, work)
    found = wishes.read(work, await parsed(world, work.text), before)
    assert found.text == "a lamp under 40 please. is that lamp of brass"
    assert found.budget == Budget(most=40)


async def test_no_product_is_suggested_twice_in_a_conversation(world, conversation_id):
    said = [body for _ in range(7) for body in await say(world, conversation_id, "that lamp")]
    offered = [body["products"][0]["id"] for body in said if body["type"] == "suggestion"]
    assert offered == ["P2", "P3"]
    with world.database.reading() as session:
        assert wishes.offered(session, conversation_id) == {"P2", "P3"}


@pytest.mark.parametrize("away", [False, True])
async def test_the_words_and_the_budget_reach_insight(world, conversation_id, away):
    told: dict[str, Any] = {}

    async def embed(texts: Any) -> Any:
        if away:
            raise Unavailable("the models are away")
        return await world.models.embed(texts)

    def recorded(session: Any, person_id: str, items: Any, /, **given: Any) -> None:
        told.update(given)

    suggestions = replace(world.engine.suggestions, choose=recorded, embed=embed, needs_consent=True)
    work = work_of(world, conversation_id, "a lamp between 20 and 30")
    assert await suggestions.after(work, await parsed(world, work.text), []) == []
    assert (told["prices"], told["needs_consent"], told["context"]) == (Prices(20.0, 30.0), True, ["P1"])
    assert (told["said"] is None) is away


async def test_how_it_was_chosen_is_logged_and_not_sent(world, conversation_id):
    _, suggestion = await say(world, conversation_id, "that lamp")
    (shown,) = world.events("Suggestion Shown")
    assert (shown.properties["policy"], shown.properties["propensity"]) == ("ranked", 0.9)
    assert "propensity" not in str(suggestion) and "chosen" not in suggestion


async def test_what_was_asked_for_is_logged_as_it_was_chosen_once_a_product(world, conversation_id, monkeypatch):
    chosen = [{"source": "again", "propensity": chance, "requested": True} for chance in (0.92, 0.9)]
    cards = [{"id": id, "name": id, "reason": f"{id} is due again."} for id in ("P2", "P3")]

    async def decide(**asked: Any) -> Decision:
        part = {"type": "products", "text": "These may suit.", "products": cards, "chosen": chosen}
        return Decision([part], active_loop=None)

    monkeypatch.setattr(world.rasa, "decide", decide)
    (said,) = await say(world, conversation_id, "what do you recommend")
    assert said == {"type": "products", "text": "These may suit.", "products": cards}
    shown = [event.properties for event in world.events("Suggestion Shown")]
    assert [(one["product_id"], one["propensity"], one["seq"]) for one in shown] == [("P2", 0.92, 2), ("P3", 0.9, 2)]
    assert [(one["reason"], one["source"], one["suggestion_id"]) for one in shown] == [
        ("P2 is due again.", "again", None),
        ("P3 is due again.", "again", None),
    ]


async def test_who_is_held_back_sees_nothing_and_the_log_says_what(world, conversation_id):
    def held_back(*args: Any, **told: Any) -> Choice:
        return Choice(Suggestion("P2", "It goes well with it.", "test", 1.0), False, {"propensity": 0.9})

    suggestions = replace(world.engine.suggestions, choose=held_back)
    engine = replace(world.engine, suggestions=suggestions)
    _, task = await engine.accept(conversation_id, "held", {"type": "text", "text": "that lamp"})
    assert [message.body["type"] for message in await task] == ["text"]
    (withheld,) = world.events("Suggestion Withheld")
    assert (withheld.properties["product_id"], withheld.properties["propensity"]) == ("P2", 0.9)
    assert world.events("Suggestion Shown") == []
