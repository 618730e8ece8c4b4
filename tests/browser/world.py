"""The public application with the demo shop, widget and console.

Gateway, engine, shop and profiles are the real ones; the models are small, and Rasa's answers are a script.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from bot import agents
from bot.actions.reply import order_part, products_part
from bot.console import pages as console
from bot.console.frame import Console
from bot.database import Database
from bot.models.port import Before
from bot.shop.demo import load_demo
from bot.shop.demo.showcase import SHOWCASE
from bot.shop.port import Shop
from bot.shop.sql import SqlShop
from bot.turn.catalogue import Catalogue
from bot.turn.rasa import Decision
from bot.turn.suggestion import Suggestions
from bot.widget import routes as widget
from nlu.entities import EntityFinder
from nlu.explain import Explanation
from nlu.parse import entities_as_rasa
from tests.bot.conftest import SmallModels, World, build_world, suggest_other

ROOT = Path(__file__).parents[2]


class ReadingModels(SmallModels):
    """They also see which order is named."""

    def __init__(self) -> None:
        super().__init__()
        self._finder = EntityFinder([])

    async def parse(self, text: str, *, before: Before | None = None) -> Mapping[str, Any]:
        parse = await super().parse(text, before=before)
        return {**parse, "entities": [*parse["entities"], *entities_as_rasa(self._finder.find(text))]}


class ScriptedRasa:
    """Answers by a word in the message; every kind of reply part has one."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def alive(self) -> bool:
        return True

    async def aclose(self) -> None:
        """Nothing is open."""

    async def decide(self, **asked: Any) -> Decision:
        return Decision(parts=self.parts(asked), active_loop=None)

    def parts(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        text = asked["text"].lower()
        if asked["parse"]["intent"]["name"] == "contact_human_agent":
            summary = "Wants a person.\nAsked about the order HP-20002, which is on its way."
            return [{"type": "handoff", "reason": "asked", "summary": summary}]
        if "order" in text:
            order = self._shop.order("HP-20002")
            assert order is not None
            return [dict(order_part("Your order is on its way. It should arrive this week.", order))]
        if "recommend" in text:
            found = [product for product in self._shop.products() if product.category == "Lighting"][:5]
            reasons = {product.id: "Because you looked at lamps." for product in found}
            return [dict(products_part("These might be something for you:", found, reasons=reasons))]
        if "answer" in text:
            return [{"type": "text", "text": "The answer is 42.", "template_id": "an_answer", "rateable": True}]
        if "return" in text:
            buttons = [
                {"title": title, "payload": f'/inform{{"resolution": "{title}"}}'}
                for title in ("Refund", "Replacement")
            ]
            return [
                {
                    "type": "text",
                    "text": "I am sorry it is not right. Would you like a refund or a replacement?",
                    "buttons": buttons,
                }
            ]
        return [{"type": "text", "text": f"You wrote: {asked['text']}"}]


def explain_small(text: str) -> Explanation:
    """The longest word carried it, the shortest spoke against it."""
    words = text.split()
    weights = {max(words, key=len): 0.7, min(words, key=len): -0.1}
    nearest = (("my lamp came broken, what now", "damaged_item", 0.74), ("the glass is cracked", "damaged_item", 0.61))
    return Explanation("damaged_item", tuple((word, weights.get(word, 0.05)) for word in words), nearest)


@dataclass(frozen=True)
class Served:
    """A running server: its address, what is behind it, the demo agent's password, the port of a site on its list."""

    url: str
    world: World
    demo_password: str
    site_port: int


def build(database: Database, var_dir: Path, *, port: int, site_port: int) -> tuple[FastAPI, Served]:
    """The application that listens on `port`, with the demo shop loaded and its log folded.

    The site at localhost:`site_port` may embed the widget.
    """
    load_demo(database, ROOT / "data", today=datetime.now(UTC).date())
    shop = SqlShop(database)
    site = f"http://localhost:{site_port}"
    world = build_world(database, var_dir, port=port, data_dir=ROOT / "data", rasa_timeout_s=10.0, allowed_origins=site)
    catalogue = Catalogue(shop)
    models = ReadingModels()
    engine = replace(
        world.engine,
        understanding=models,
        rasa=ScriptedRasa(shop),
        catalogue=catalogue,
        suggestions=Suggestions(database, catalogue, suggest_other, world.models.embed),
    )
    world = replace(world, gateway=replace(world.gateway, engine=engine), models=models)
    settings, app = world.gateway.settings, world.app
    app.state.gateway = world.gateway
    people = [person.id for person in SHOWCASE]
    widget.add_to(app, settings=settings, database=database, shop=shop, people=people)
    console.mount(app, Console(settings, database, shop, world.gateway.push, world.models, explain_small))
    with database.writing() as session:
        password = agents.ensure_demo_agent(session, settings)
    return app, Served(f"http://127.0.0.1:{port}", world, password or "", site_port)
