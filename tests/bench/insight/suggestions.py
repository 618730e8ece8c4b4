"""How long a suggestion takes in a shop of so many products, and how good each source is beside its peers.

The latency is that of `choose`: with a product just talked about and the customer's words, from a SQLite file whose
tables are as full as a refresh makes them. The comparison rehearses: tables made before the last fifth of the orders,
what was bought in the last tenth to be found (`insight.suggestions.learning.ranker`).
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import isqrt
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sqlalchemy import insert
from tqdm import tqdm

from bot.database import Database
from insight import likeness, orders
from insight.batch import sales
from insight.batch.context import Context
from insight.batch.engines import open_duckdb
from insight.catalogue import Item
from insight.events import Event, append
from insight.suggestions import Said, choose
from insight.suggestions.learning import ranker
from insight.suggestions.learning.rehearsal import Proposed
from insight.suggestions.policy import SOURCES
from insight.suggestions.ranking import HAND
from insight.suggestions.vectors import packed
from insight.tables import Base, BundleRow, CellRow, CycleRow, FavouriteRow, LikenessRow, NeighbourRow, VectorRow
from insight.worker import Worker
from tests.bench.insight import made_up

CATEGORIES = 50
NEIGHBOURS = 20
DIMENSION = 384
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROWS = 20_000


def measure(*, products: int, times: int = 500, people: int = 200, seed: int = 5) -> dict[str, float]:
    """Milliseconds of `times` suggestions to known customers, beside those to strangers."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="suggestions-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shop.db'}")
        Base.metadata.create_all(database.engine)
        items = _catalogue(products)
        vectors = _fill(database, list(items), np.random.default_rng(seed))
        _customers(database, random, list(items), people)
        took: dict[str, list[float]] = {"known": [], "stranger": []}
        for number in tqdm(range(2 * times), f"suggestions, {products:,} products", disable=None):
            who = "known" if number % 2 else "stranger"
            person = f"c{random.randrange(people)}" if number % 2 else f"v{number}"
            place = random.randrange(products)
            said = Said("something like this", vectors[place])
            start = time.perf_counter()
            with database.reading() as session:
                choose(session, person, items, context=[f"p{place}"], said=said, now=NOW)
            took[who].append(1000 * (time.perf_counter() - start))
        database.close()
    found: dict[str, float] = {"products": products, "suggestions": 2 * times}
    for who, times_ms in took.items():
        found |= {f"{who}_p{share}_ms": round(float(np.quantile(times_ms, share / 100)), 2) for share in (50, 99)}
    return found


def compare(file: Path) -> dict[str, dict[str, float]]:
    """NDCG@10 and the share of customers with a hit in ten: each source alone, both rankings, and the peers.

    A peer ranks all products but those that must not be suggested; ours ranks what its sources propose.
    """
    lines = orders.read(file)[0]
    with tempfile.TemporaryDirectory(prefix="suggestions-") as name, open_duckdb(Path(name)) as engine:
        folder = Path(name)
        made_up.make(lines, folder, times=1)
        database = Database(f"sqlite:///{folder / 'empty.db'}")
        Base.metadata.create_all(database.engine)
        context = Context(database.reading, database.writing, engine, folder, datetime.now(UTC))
        sales.keep(context)
        found = ranker.proposals(context)
        database.close()
        if found is None:
            raise SystemExit("the file has too few orders")
        past = context.frame(
            engine.read_parquet(folder / "rehearsal" / "lines.parquet").select("person_id", "product_id")
        )
    taught, judged = found[0], [one for one in found[1] if one.wanted]
    learnt = ranker.fit(taught)
    ours: dict[str, Callable[[Proposed], np.ndarray]] = {
        **{name: lambda one, place=place: one.strengths[:, place] for place, name in enumerate(SOURCES)},
        "by hand": lambda one: ranker.scores_of(HAND, one.strengths),
        "learnt": lambda one: ranker.scores_of(learnt, one.strengths),
    }
    measured = {}
    for name, score in ours.items():
        ranked = [_best(one.products, score(one)) for one in judged]
        if any(ranked):
            measured[name] = _quality(ranked, judged)
    return measured | _peers(past, judged)


def _peers(past: pd.DataFrame, judged: Sequence[Proposed]) -> dict[str, dict[str, float]]:
    people, products = pd.Categorical(past["person_id"]), pd.Categorical(past["product_id"])
    cells = (np.ones(len(past)), (people.codes, products.codes))
    counts = sparse.csr_matrix(cells, shape=(len(people.categories), len(products.categories)))
    rows = counts[people.categories.get_indexer([one.person_id for one in judged])]
    popularity = np.asarray((counts > 0).sum(axis=0), dtype=float).ravel()
    customers, factors = likeness.als(counts)
    often = likeness.frequent(popularity)
    by_ease = np.full(rows.shape, -1.0)
    by_ease[:, often] = (rows[:, often] > 0).astype(float) @ likeness.ease(counts[:, often])
    scored = {
        "peer: popularity": np.tile(popularity, (len(judged), 1)),
        "peer: implicit ALS": customers[people.categories.get_indexer([one.person_id for one in judged])] @ factors.T,
        "peer: EASE": by_ease,
    }
    names = products.categories.to_numpy()
    return {
        name: _quality([_best(names, row, one.refused) for row, one in zip(scores, judged, strict=True)], judged)
        for name, scores in scored.items()
    }


def _best(products: Sequence[str], scores: np.ndarray, refused: Collection[str] = ()) -> list[str]:
    """The first ten with a score above 0 that are not refused."""
    order = np.argsort(-scores, kind="stable")
    some = (products[place] for place in order if scores[place] > 0)
    return list(islice((id for id in some if id not in refused), ranker.TOP))


def _quality(ranked: Sequence[Sequence[str]], judged: Sequence[Proposed]) -> dict[str, float]:
    ndcg, hits = [], []
    for best, one in zip(ranked, judged, strict=True):
        bought = np.array([id in one.wanted for id in best], dtype=bool)
        ndcg.append(ranker.ndcg(-np.arange(len(best)), bought, wanted=len(one.wanted)))
        hits.append(bought.any())
    return {
        "ndcg_at_10": round(float(np.mean(ndcg)), 4),
        "hr_at_10": round(float(np.mean(hits)), 4),
        "customers": len(judged),
    }


def _catalogue(products: int) -> dict[str, Item]:
    return {
        f"p{number}": Item(
            f"p{number}", f"Product {number}", f"Category {number % CATEGORIES}", 5.0 + number % 90, True
        )
        for number in range(products)
    }


def _fill(database: Database, ids: Sequence[str], random: np.random.Generator) -> np.ndarray:
    """Every table that the sources read, as full as a refresh makes it; returns the products' vectors."""
    count = len(ids)
    others = random.integers(0, count, (count, NEIGHBOURS))
    scores = -np.sort(-random.random((count, NEIGHBOURS)), axis=1).round(4)
    vectors = random.normal(size=(count, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cells = isqrt(count)

    def neighbours() -> Iterator[dict[str, Any]]:
        for place, id in enumerate(ids):
            for other, score in {ids[n]: s for n, s in zip(others[place], scores[place], strict=True)}.items():
                yield {"product_id": id, "other_id": other, "together": 5, "score": float(score)}

    def alike() -> Iterator[dict[str, Any]]:
        for method in ("factors", "ease", "content"):
            for place, id in enumerate(ids):
                pairs = zip(others[place], scores[place], strict=True)
                yield {"method": method, "product_id": id, "others": [[ids[n], float(score)] for n, score in pairs]}

    tables: dict[Any, Iterator[dict[str, Any]]] = {
        NeighbourRow: neighbours(),
        LikenessRow: alike(),
        CycleRow: ({"product_id": id, "share": 0.3, "mean_log_days": 3.4, "sd_log_days": 0.8} for id in ids),
        VectorRow: (
            {"product_id": id, "cell": place % cells, "digest": id, "vector": packed(vectors[place])}
            for place, id in enumerate(ids)
        ),
        CellRow: (
            {"cell": cell, "vector": packed(vectors[cell]), "unlike": 0.05, "alike": 0.5} for cell in range(cells)
        ),
        FavouriteRow: (
            {
                "audience": audience,
                "product_id": ids[(7 * n + count // 40 * rank) % count],
                "buyers": 9,
                "score": 1 - rank / 50,
            }
            for n, audience in enumerate(["all", *(f"in:Category {number}" for number in range(CATEGORIES))])
            for rank in range(40)
        ),
        BundleRow: (
            {
                "left_id": ids[n],
                "other_left_id": "",
                "product_id": ids[(n + 1) % count],
                "together": 9,
                "confidence": 0.4,
                "lift": 3.0,
            }
            for n in range(min(count, 2_000))
        ),
    }
    for table, rows in tables.items():
        while some := list(islice(rows, ROWS)):
            with database.writing() as session:
                session.execute(insert(table.__table__), some)
    return vectors


def _customers(database: Database, random: Random, ids: Sequence[str], people: int) -> None:
    """Each with forty products bought in the last year and a few looked at."""
    told = []
    for person in range(people):
        for order in range(8):
            at = NOW - timedelta(days=random.uniform(1, 360))
            products = [{"product_id": id, "price": 9.0, "quantity": 1} for id in random.sample(ids, 5)]
            facts = {"order_id": f"o{person}-{order}", "products": products}
            told.append(Event("Order Completed", f"{person}-{order}", at, facts, customer_id=f"c{person}"))
        for view in range(10):
            number = random.randrange(len(ids))
            facts = {"product_id": f"p{number}", "category": f"Category {number % CATEGORIES}"}
            at = NOW - timedelta(days=random.uniform(0, 20))
            told.append(Event("Product Viewed", f"{person}-v{view}", at, facts, customer_id=f"c{person}"))
    with database.writing() as session:
        append(session, told)
    worker = Worker(database.writing)
    while worker.step():
        pass


def main() -> None:
    """`python -m tests.bench.insight.suggestions FILE`: the comparison on a file of orders."""
    measured = compare(Path(sys.argv[1]))
    for name, values in sorted(measured.items(), key=lambda one: -one[1]["ndcg_at_10"]):
        print(f"{name:22}" + "".join(f"{value:>12}" for value in values.values()))
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
