"""The public application with widget, demo shop and console, in a thread of this process: the real gateway and engine,
with a small shop, small models and a small Rasa beside them."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bot import agents
from bot.console import pages as console_pages
from bot.console.desk import Console
from bot.database import Database
from bot.gateway.gateway import Gateway
from bot.shop.port import Customer, Order, OrderLine, Product, Review
from bot.turn.catalogue import Catalogue
from bot.turn.rasa import Rasa
from bot.turn.suggestion import Suggestions
from bot.widget import routes as widget_routes
from tests.bot.conftest import World, build_world, suggest_other

CATEGORIES = ("Lighting", "Kitchen", "Bedding", "Garden")
NAMES = ("Lamp", "Bowl", "Throw", "Planter")
KINDS = ("Brass", "Oak", "Stoneware", "Linen", "Slate", "Willow")


class ShelfShop:
    """A small shop in memory: what the pages and the console read of a `Shop`."""

    def __init__(self) -> None:
        self._products = [
            Product(
                id=f"{category[:3].upper()}-{number:03}",
                name=f"{kind} {NAMES[index]}",
                category=category,
                description=f"A {kind.lower()} {NAMES[index].lower()} made to be used every day, and to look better for it.",
                price=Decimal(18 + 11 * number + index) + Decimal("0.50"),
                currency="GBP",
                attributes={"material": kind.lower(), "care": "wipe with a damp cloth", "made in": "Bristol"},
                stock=(12, 3, 0, 40, 7, 25)[number],
                image=f"/pictures/{category[:3].upper()}-{number:03}.svg",
                url=f"/products/{category[:3].upper()}-{number:03}",
            )
            for index, category in enumerate(CATEGORIES)
            for number, kind in enumerate(KINDS)
        ]
        self._customers = {
            "C-1": Customer(
                "C-1", "Maya Thornton", "maya@example.com", "", "4 Rope Walk, Bristol", True, date(2025, 3, 4)
            ),
            "C-2": Customer("C-2", "Daniel Okafor", "daniel@example.com", "", "", False, date(2026, 1, 9)),
        }

    def products(self) -> list[Product]:
        return list(self._products)

    def product(self, product_id: str) -> Product | None:
        return next((product for product in self._products if product.id == product_id), None)

    def find_products(self, text: str, *, category: Any = None, max_price: Any = None, limit: int = 5) -> list[Product]:
        return [product for product in self._products if text.lower() in product.name.lower()][:limit]

    def reviews(self, product_id: str, *, limit: int = 5) -> list[Review]:
        return [Review(product_id, "C-2", 4, "Solid, and warmer in colour than the picture.", date(2026, 2, 1))]

    def customer(self, customer_id: str) -> Customer | None:
        return self._customers.get(customer_id)

    def orders(self, customer_id: str, *, limit: int = 20) -> list[Order]:
        placed = datetime.now(UTC) - timedelta(days=3)
        first = Order(
            id="HP-20002",
            customer_id=customer_id,
            status="shipped",
            placed_at=placed,
            expected_on=placed.date() + timedelta(days=5),
            shipped_on=placed.date(),
            delivered_on=None,
            cancelled_on=None,
            lines=(OrderLine("LIG-000", "Brass Lamp", 1, Decimal("18.50")),),
            shipping=Decimal("3.95"),
            total=Decimal("22.45"),
            currency="GBP",
            address="",
            delivery="standard",
            payment="Visa ending 4242",
            carrier="DPD",
            tracking="DPD-1",
        )
        earlier = replace(first, id="HP-20001", status="delivered", placed_at=placed - timedelta(days=40))
        return [first, earlier] if customer_id == "C-1" else []


class ScriptedRasa:
    """Answers by a word in the message; every kind of reply part has one."""

    def __init__(self, shop: ShelfShop) -> None:
        self._shop = shop
        self.delay_s = 0.0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def alive() -> str:
            return "here"

        @app.post("/webhooks/shopkeeper/webhook")
        async def decide(request: Request) -> JSONResponse:
            asked = await request.json()
            return JSONResponse({"messages": self.parts(asked), "active_loop": None})

        return app

    def parts(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        text = asked["text"].lower()
        if asked["parse"]["intent"]["name"] == "contact_human_agent":
            summary = "Wants a person.\nAsked about the order HP-20002, which is on its way."
            return [{"type": "handoff", "reason": "asked", "summary": summary}]
        if "order" in text:
            return [{"type": "order", "text": "Your order is on its way. It should arrive on Tuesday.", "order": ORDER}]
        if "recommend" in text:
            return [{"type": "products", "text": "These might be something for you:", "products": self._cards()}]
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

    def _cards(self) -> list[dict[str, Any]]:
        return [
            {
                "id": product.id,
                "name": product.name,
                "price": float(product.price),
                "currency": product.currency,
                "image": product.image,
                "url": product.url,
                "reason": "Because you looked at lamps.",
            }
            for product in self._shop.products()[:5]
        ]


ORDER = {
    "id": "HP-20002",
    "status": "shipped",
    "placed_on": "2026-11-19",
    "expected_on": "2026-11-24",
    "total": 59.95,
    "currency": "GBP",
    "lines": [{"name": "Brass Lamp", "quantity": 1}, {"name": "Stoneware Bowl", "quantity": 2}],
}


@dataclass(frozen=True)
class Served:
    """A running server: its address, and what is behind it."""

    url: str
    world: World
    demo_password: str


def build(database: Database, var_dir: Path, *, port: int) -> tuple[World, FastAPI, str]:
    """The application that listens on `port`, its world and the demo agent's password."""
    shop = ShelfShop()
    world = build_world(database, var_dir, port=port, rasa_timeout_s=10.0)
    transport = httpx.ASGITransport(ScriptedRasa(shop).app())
    catalogue = Catalogue(shop)  # type: ignore[arg-type]
    engine = replace(
        world.engine,
        rasa=Rasa("http://rasa", key="internal", timeout_s=5.0, transport=transport),
        catalogue=catalogue,
        suggestions=Suggestions(database, catalogue, suggest_other),
    )
    gateway: Gateway = replace(world.gateway, engine=engine)
    app = world.app
    app.state.gateway = gateway
    widget_routes.add_to(app, settings=gateway.settings, database=database, shop=shop, people=["C-1", "C-2"])  # type: ignore[arg-type]
    console_pages.mount(app, Console(gateway.settings, database, shop, gateway.push))  # type: ignore[arg-type]
    with database.writing() as session:
        password = agents.ensure_demo_agent(session, gateway.settings)
    assert password is not None
    return replace(world, gateway=gateway), app, password


class ServerThread:
    """uvicorn in a thread, so that a browser can be driven from the test's own."""

    def __init__(self, app: FastAPI, *, port: int) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + 30
        while not self._server.started:
            if time.monotonic() > end or not self._thread.is_alive():
                raise RuntimeError("the server does not start")
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(15)
