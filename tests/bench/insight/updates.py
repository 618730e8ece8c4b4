"""What it costs to bring a profile up to date with one message, among the profiles of a whole shop.

A message is what a turn appends to the log: sent, parsed, answered. Its time is one step of the worker, from reading
the log to the committed profile and segments.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
from tqdm import tqdm

from bot.database import Database
from insight import segments
from insight.events import Event, append
from insight.profile import replay
from insight.tables import Base
from insight.worker import Worker

CATEGORIES = ("Lighting", "Furniture", "Textiles", "Garden", "Stationery")
INTENTS = ("track_order", "return_item", "product_question", "delivery_period", "greet")
START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = {
    "regulars": {"field": "orders", "is": ">=", "value": 5},
    "unhappy": {
        "all": [{"field": "sentiment", "is": "<", "value": -0.3}, {"field": "messages", "is": ">", "value": 2}]
    },
    "lighting": {"field": "interest:Lighting", "is": ">=", "value": 3},
}


def measure(*, people: int, messages: int, seed: int = 3) -> dict[str, float]:
    """Milliseconds of `messages` updates in a fresh SQLite file with `people`, three segments and their past."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="updates-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shop.db'}")
        Base.metadata.create_all(database.engine)
        worker = Worker(database.writing)
        with database.writing() as session:
            for name, rule in RULES.items():
                segments.save(session, name, name=name, rule=rule)
            append(session, _past(random, people))
        while worker.step():
            pass
        times = []
        for number in tqdm(range(messages), "profile updates", disable=None):
            times.append(_step(database, worker, _message(random, number, people)))
        database.close()
    return {"people": people, "messages": messages, "p50_ms": _quantile(times, 0.5), "p99_ms": _quantile(times, 0.99)}


def long_past(*, events: int, messages: int, seed: int = 3) -> dict[str, float]:
    """The same of one customer with `events` behind them, and the longest step after an event that comes late."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="updates-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shop.db'}")
        Base.metadata.create_all(database.engine)
        with database.writing() as session:
            append(session, _long_past(random, events))
        replay(database.writing)
        worker = Worker(database.writing)
        in_time = [_step(database, worker, _message(random, number, 1)) for number in range(messages)]
        late = Event("Product Viewed", "late", START, _product(random), customer_id="c0")
        slices = [_step(database, worker, [late])]
        while (started := time.perf_counter()) and worker.step():
            slices.append(1000 * (time.perf_counter() - started))
        database.close()
    quantiles = {"p50_ms": _quantile(in_time, 0.5), "p99_ms": _quantile(in_time, 0.99)}
    return {"events": events, **quantiles, "late_steps": len(slices), "late_longest_ms": round(max(slices), 2)}


def _step(database: Database, worker: Worker, events: list[Event]) -> float:
    with database.writing() as session:
        append(session, events)
    start = time.perf_counter()
    worker.step()
    return 1000 * (time.perf_counter() - start)


def _long_past(random: Random, events: int) -> Iterator[Event]:
    for number in range(events):
        at = START + timedelta(days=300 * number / events)
        name = random.choices(("Product Viewed", "Order Completed"), (19, 1))[0]
        story = _product(random) | ({"order_id": f"o{number}", "total": 20.0} if name == "Order Completed" else {})
        yield Event(name, f"long-{number}", at, story, customer_id="c0")


def _quantile(times: list[float], share: float) -> float:
    return round(float(np.quantile(times, share)), 2)


def _past(random: Random, people: int) -> Iterator[Event]:
    for person in range(people):
        for order in range(random.randint(1, 8)):
            at = START + timedelta(days=random.uniform(0, 300))
            products = [_product(random) for _ in range(random.randint(1, 8))]
            story = {"order_id": f"o{person}-{order}", "products": products, "total": 20.0 * len(products)}
            yield Event("Order Completed", f"past-{person}-{order}", at, story, customer_id=f"c{person}")


def _message(random: Random, number: int, people: int) -> list[Event]:
    person, at = f"c{random.randrange(people)}", START + timedelta(days=301, seconds=number)
    said = {"seq": number, "text": "do you have this lamp in green?"}
    parsed = {
        "seq": number,
        "intent": random.choice(INTENTS),
        "sentiment": "neutral",
        "sentiment_scores": {"negative": random.random(), "positive": random.random()},
        "products": [_product(random)],
    }
    told = {"Live Chat Message Sent": said, "Message Parsed": parsed, "Live Chat Message Received": {"seq": number + 1}}
    return [
        Event(name, f"m{number}-{name}", at, properties, customer_id=person, conversation_id=f"k{person}")
        for name, properties in told.items()
    ]


def _product(random: Random) -> dict[str, object]:
    number = random.randrange(4000)
    return {"product_id": f"p{number}", "category": CATEGORIES[number % 5], "price": 20.0, "quantity": 1}
