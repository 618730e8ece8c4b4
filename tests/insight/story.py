"""Short ways to write events and to fold them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.database import Database
from insight.events import Event, append
from insight.worker import Worker

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
numbers = count()


def event(name: str, *, days: float = 0.0, person: str | None = "c1", **other: Any) -> Event:
    """An event `days` after noon, 1 March 2026; `visitor` and `talk` are its other ids, the rest its properties."""
    visitor, talk = other.pop("visitor", None), other.pop("talk", None)
    return Event(name, f"m{next(numbers)}", NOON + timedelta(days=days), other, person, visitor, talk)


def order(order_id: str, *products: str, days: float = 0.0, person: str = "c1", price: float = 10.0) -> Event:
    lines = [{"product_id": one, "category": category_of(one), "quantity": 1, "price": price} for one in products]
    total = price * len(products)
    return event("Order Completed", days=days, person=person, order_id=order_id, total=total, products=lines)


def category_of(product_id: str) -> str:
    return {"t": "Tables", "l": "Lighting", "r": "Rugs"}[product_id[0]]


def record(database: Database, *events: Event) -> None:
    """Append the events and fold all that is new."""
    with database.writing() as session:
        append(session, events)
    worker = Worker(database.writing)
    while worker.step():
        pass
