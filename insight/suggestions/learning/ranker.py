"""The step that learns how much each source counts, and keeps it only if that ranks later purchases surely better.

A rehearsal proposes at a moment in the past; the purchases in the first half of the time since teach a logistic
regression, those in the second half judge it against the ranking by hand. What orders cannot teach, as what a
conversation is about, keeps its share by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.batch.context import Context
from insight.suggestions.judging import gain
from insight.suggestions.learning.rehearsal import Proposed, rehearsing
from insight.suggestions.policy import SOURCES
from insight.suggestions.ranking import HAND, RESULT, Ranker
from insight.tables import ResultRow

SINCE = (0.8, 0.9)  # of the orders come before the rehearsal, and before those that judge
FEWEST_ORDERS = 1_000
FEWEST_JUDGED = 100  # customers who bought something that could be proposed
MOST_CUSTOMERS = 400  # of each half
LEARNT_FROM = 20_000  # customers, whose orders make the tables
TOP = 10
SEED = 7


def learn(context: Context) -> dict[str, Any]:
    """Keep the ranker that acts from now on; facts say how well both rank."""
    facts, ranker = _learnt(context)
    document = {"weights": dict(ranker.weights), "intercept": ranker.intercept, "judged": facts}
    with context.writing() as session:
        session.merge(ResultRow(name=RESULT, as_of=context.now, document=document))
    return facts | {"verdict": verdict(facts)}


def proposals(context: Context) -> tuple[list[Proposed], list[Proposed]] | None:
    """What would have been proposed to those who bought in either half since; None in a shop with few orders."""
    orders, lines = context.table("orders"), context.table("lines")
    times = np.sort(context.frame(orders.select("at"))["at"].to_numpy())
    if len(times) < FEWEST_ORDERS:
        return None
    since, half = (pd.Timestamp(times[int(share * len(times))]).to_pydatetime() for share in SINCE)
    then = since.replace(tzinfo=UTC)
    past = lines.filter(lines["at"] < since)
    people = past.group_by("person_id").agg(last=past["at"].max())
    latest = ibis.window(order_by=[ibis.desc("last"), ibis.asc("person_id")])
    people = people.mutate(place=ibis.row_number().over(latest)).filter(lambda row: row.place < LEARNT_FROM)
    known = past.semi_join(people, "person_id")
    after = lines.filter(lines["at"] >= since).semi_join(people, "person_id")
    bought = context.frame(after.select("person_id", "product_id", "at"))
    with rehearsing(context, known, then) as rehearsal:
        halves = [bought[bought["at"] < half], bought[bought["at"] >= half]]
        taught, judged = (list(rehearsal.propose(_sample(rows))) for rows in halves)
    return taught, judged


def fit(taught: Sequence[Proposed]) -> Ranker:
    """Logistic regression on the strengths; a source that was never there keeps its share by hand."""
    from sklearn.linear_model import LogisticRegression  # only batch work has it

    rows, bought = np.concatenate([one.strengths for one in taught]), np.concatenate([one.bought for one in taught])
    model = LogisticRegression(max_iter=1_000).fit(rows, bought)
    there = rows.any(axis=0)
    by_hand = np.array([HAND.weights[name] for name in SOURCES])
    learnt = np.maximum(model.coef_[0], 0.0)
    share = float(learnt[there].sum() / by_hand[there].sum())
    weights = np.where(there, learnt, share * by_hand)
    named = {name: round(float(weight), 4) for name, weight in zip(SOURCES, weights, strict=True)}
    return Ranker(named, round(float(model.intercept_[0]), 4))


def quality(ranker: Ranker, judged: Sequence[Proposed]) -> np.ndarray:
    """NDCG in the first ten for each customer who wanted something."""
    return np.array(
        [ndcg(scores_of(ranker, one.strengths), one.bought, wanted=len(one.wanted)) for one in judged if one.wanted]
    )


def scores_of(ranker: Ranker, strengths: np.ndarray) -> np.ndarray:
    named = ({name: value for name, value in zip(SOURCES, row, strict=True) if value} for row in strengths)
    return np.array([ranker.score(row) for row in named])


def ndcg(scores: np.ndarray, bought: np.ndarray, *, wanted: int) -> float:
    """Binary, in the first ten, of `wanted` products in all; K. Järvelin, J. Kekäläinen, TOIS 20, 2002."""
    hits = bought[np.argsort(-scores, kind="stable")[:TOP]]
    discounts = 1.0 / np.log2(np.arange(2, TOP + 2))
    return float(hits @ discounts[: len(hits)] / discounts[: min(TOP, wanted)].sum())


def verdict(facts: Mapping[str, Any]) -> str:
    """The facts as a sentence."""
    if "hand" not in facts:
        return "Suggestions are ranked by hand: there are too few orders to learn from."
    both = f"NDCG@10 {facts['learnt']:.3f} learnt, {facts['hand']:.3f} by hand, {facts['customers']:,} customers"
    chosen = (
        "as learnt from orders" if facts["chosen"] == "learnt" else "by hand, as what was learnt is not surely better"
    )
    return f"Suggestions are ranked {chosen}: {both}."


def _learnt(context: Context) -> tuple[dict[str, Any], Ranker]:
    found = proposals(context)
    if found is None:
        return {"chosen": "hand"}, HAND
    taught, judged = found
    by_hand = quality(HAND, judged)
    if len(by_hand) < FEWEST_JUDGED or not any(one.bought.any() for one in taught):
        return {"chosen": "hand"}, HAND
    ranker = fit(taught)
    learnt = quality(ranker, judged)
    better = gain(learnt, by_hand).low > 0
    facts = {
        "chosen": "learnt" if better else "hand",
        "customers": len(by_hand),
        "hand": float(by_hand.mean()),
        "learnt": float(learnt.mean()),
    }
    return facts, ranker if better else HAND


def _sample(bought: pd.DataFrame) -> dict[str, set[str]]:
    """By customer, what was bought; of `MOST_CUSTOMERS` of them."""
    people = np.sort(bought["person_id"].unique())
    chosen = np.random.default_rng(SEED).permutation(people)[:MOST_CUSTOMERS]
    rows = bought[bought["person_id"].isin(chosen)]
    return {str(id): set(products) for id, products in rows.groupby("person_id")["product_id"]}
