"""How long a report takes: a made-up log of a million events in a fresh SQLite file, read and reported by `shopkeeper`.

    .venv/bin/python -m tests.bench.report --events 1000000 [--out FOLDER]

Prints the seconds of each step, the processor's share of them, and the memory before and at its peak (MB).
With `--out` the page, the PDF and the tables are left there, so that the report can be looked at. The log tells a story
that the findings must notice: in the second half one product comes back more often, nobody knows about gift wrapping,
and one product's mood falls.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.database import Database
from insight import report
from insight.events import Event, append
from insight.tables import Base

UNTIL = datetime(2026, 5, 4, tzinfo=UTC)
DAYS = 28  # a report of the second half, beside the first
INTENTS = ("track_order", "return_item", "product_question", "delivery_period", "get_refund", "discount_code", "greet")
PRODUCTS = ("Harbour Lamp", "Oak Stool", "Wool Throw", "Pilot Desk", "Hand Fork", "Linen Apron")
GAPS = ("Can you gift wrap the lamp?", "do you gift wrap orders", "Can you gift-wrap it for me please")
PEOPLE = 2_000


def events_of(wanted: int, seed: int = 7) -> Iterator[Event]:
    """About `wanted` events, in the order of their conversations; the same ones for the same seed."""
    random = Random(seed)
    made = 0
    talks = max(1, wanted // 16)
    for number in range(talks):
        start = UNTIL - timedelta(days=DAYS) + timedelta(days=DAYS) * ((number + random.random()) / talks)
        for event in _conversation(random, number, start):
            made += 1
            yield event
    for number in range(max(0, wanted - made)):
        at = UNTIL - timedelta(days=random.uniform(0, DAYS))
        yield Event(
            "Product Viewed", f"v{number}", at, {"product_id": "P1"}, customer_id=f"c{random.randrange(PEOPLE)}"
        )


def _conversation(random: Random, number: int, at: datetime) -> Iterator[Event]:
    late = at > UNTIL - timedelta(days=DAYS / 2)
    person, talk = f"c{random.randrange(PEOPLE)}", f"k{number:07d}"
    clock, count = at, 0

    def event(name: str, seconds: float, **properties: object) -> Event:
        nonlocal clock, count
        clock, count = clock + timedelta(seconds=seconds), count + 1
        return Event(name, f"{talk}-{count}", clock, properties, customer_id=person, conversation_id=talk)

    yield event("Live Chat Conversation Started", 0, channel=random.choice(("web", "web", "web", "whatsapp")))
    intent = random.choices(INTENTS, weights=(6, 4 if late else 2, 3, 2, 2, 1, 3))[0]
    product = random.randrange(len(PRODUCTS))
    for turn in range(random.randint(1, 5)):
        unknown = random.random() < 0.08
        text = random.choice(GAPS) if unknown else "Where is my order?"
        gloomy = 0.5 if late and product == 1 else 0.0
        mood = max(-1.0, min(1.0, random.gauss(0.1, 0.35) - gloomy))
        yield event("Live Chat Message Sent", random.expovariate(1 / 40), seq=2 * turn + 1, text=text)
        yield event(
            "Message Parsed",
            0,
            seq=2 * turn + 1,
            intent=("greet" if turn == 0 and random.random() < 0.3 else intent),
            confidence=0.9,
            sentiment="negative" if mood < -0.2 else "positive" if mood > 0.2 else "neutral",
            sentiment_scores={"positive": max(0.0, mood), "negative": max(0.0, -mood), "neutral": 1 - abs(mood)},
            entities=[],
            products=[{"product_id": f"P{product}", "category": "Home"}] if random.random() < 0.3 else [],
            template_id="delivery_times",
            template_score=0.31 if unknown else 0.82,
            abstained=unknown,
            model="bench",
        )
        reply = {"seq": 2 * turn + 2, "answers_seq": 2 * turn + 1, "text": "Here you are.", "author": "bot"}
        yield event("Live Chat Message Received", 0.3, latency_ms=random.randint(60, 400), **reply)
        if random.random() < 0.1:
            yield event(
                "Answer Rated", 5, seq=2 * turn + 2, template_id="delivery_times", helpful=random.random() < 0.8
            )
    if random.random() < 0.3:
        name = f"s{talk}"
        yield event("Suggestion Shown", 1, suggestion_id=name, product_id=f"P{product}", reason="you may like it")
        if random.random() < 0.3:
            yield event("Suggestion Clicked", 5, suggestion_id=name, product_id=f"P{product}")
    if random.random() < (0.35 if intent == "return_item" else 0.12):
        agent = f"agent{random.randrange(4)}"
        reason = random.choice(("asked", "fallback", "policy", "sentiment"))
        yield event("Conversation Handed Off", 2, reason=reason)
        yield event("Conversation Assigned", random.expovariate(1 / 90), agent_id=agent, by="assignment")
        yield event("Live Chat Message Received", random.expovariate(1 / 60), seq=40, author="agent", agent_id=agent)
        yield event("Conversation Resolved", random.expovariate(1 / 400), agent_id=agent, by="agent")
        if random.random() < 0.4:
            yield event("Rating Given", 20, score=random.choice((2, 4, 5, 5)))
    elif random.random() < 0.5:
        yield event("Conversation Resolved", 1800, by="silence")
        if random.random() < 0.3:
            yield event("Rating Given", 20, score=random.choice((1, 3, 4, 5, 5)))
    bought = {"product_id": f"P{product}", "name": PRODUCTS[product], "price": 20.0 + product, "quantity": 1}
    if random.random() < 0.2:
        yield event(
            "Order Completed", 600, order_id=f"o{talk}", total=bought["price"], currency="GBP", products=[bought]
        )
    often = 0.12 if product == 0 and late else 0.04
    if intent == "return_item" and random.random() < often * 3:
        why = "too small" if product == 0 else random.choice(("damaged", "changed my mind"))
        yield event(
            "Return Requested", 60, order_id=f"o{talk}", product_id=f"P{product}", products=[bought], reason=why
        )
    if random.random() < 0.05:
        yield event("Segment Entered" if late else "Segment Left", 30, segment_id="loyal", reason="orders")


def fill(database: Database, wanted: int) -> int:
    stored, some = 0, []
    for event in events_of(wanted):
        some.append(event)
        if len(some) == 20_000:
            stored, some = stored + _append(database, some), []
    return stored + _append(database, some)


def _append(database: Database, some: list[Event]) -> int:
    with database.writing() as session:
        return append(session, some)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=1_000_000)
    arguments.add_argument("--out", type=Path)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        Base.metadata.create_all(database.engine)
        stored = fill(database, chosen.events)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, times = time.process_time(), {"start": time.perf_counter()}
        with database.reading() as session:
            made = report.compose(session, UNTIL - timedelta(days=DAYS / 2), UNTIL, zone=UTC, shop="A made-up shop")
        times["compose"] = time.perf_counter()
        page = report.as_html(made, console="http://127.0.0.1:8000/console")
        times["page"] = time.perf_counter()
        database.close()
    cpu = round(time.process_time() - started, 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    marks = list(times.items())
    steps = {name: round(at - marks[place][1], 2) for place, (name, at) in enumerate(marks[1:])}
    total = round(marks[-1][1] - marks[0][1], 2)
    talks = len(made.facts.talks)
    print(
        json.dumps(
            {
                "events": stored,
                "conversations": talks,
                **steps,
                "total_s": total,
                "cpu_s": cpu,
                "mb": [before // 1024, peak // 1024],
            }
        )
    )
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
        (chosen.out / "report.html").write_text(page, encoding="utf-8")
        (chosen.out / "report.pdf").write_bytes(report.as_pdf(made))
        for name, table in report.as_tables(made).items():
            table.to_csv(chosen.out / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
