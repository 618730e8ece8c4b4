"""How well the last basket of each customer is ranked, all of it and the products that are new to the customer.

How much there is of each part of our mix is chosen on the baskets before the last ones, never on those.
"""

from dataclasses import fields
from functools import cache

import numpy as np
import pandas as pd

from insight.errors import FileError
from insight.evaluate.rankings import PEERS, Mix, Rank, part
from insight.evaluate.split import Split, split

TOP = 10
CUSTOMERS_AT_ONCE = 500
CHOSEN_ON = 1_000  # customers; enough to tell mixes apart
ROUNDS = 2

Block = dict[str, dict[str, float]]


def next_basket(lines: pd.DataFrame) -> Block:
    """`{ranking: {hr_at_10, recall_at_10, ndcg_at_10, customers}}` for order lines as `insight.orders.read` gives them.

    FileError when no customer has two baskets.
    """
    return _block(lines, new=False)


def new_items(lines: pd.DataFrame) -> Block:
    """The same for the products of the last basket that the customer had not bought before; those bought are left out.

    FileError when no customer has two baskets, or none bought anything new.
    """
    return _block(lines, new=True)


def _block(lines: pd.DataFrame, *, new: bool) -> Block:
    last, earlier = split(lines[lines["Kind"] == "sale"])
    rankings: dict[str, Rank] = {"ours": choose(earlier, new=new), **PEERS}
    return {name: _measure(last, rank, new=new) for name, rank in rankings.items()}


def choose(sales: pd.DataFrame, *, new: bool) -> Mix:
    """The mix that foresees the last baskets of `sales` best, found one setting at a time."""
    mix = Mix()
    try:
        before, _ = split(sales)
    except FileError:
        return mix
    rows = slice(0, min(CHOSEN_ON, before.last.shape[0]))
    parts = cache(lambda name, half_life: part(before, rows, name, half_life))
    seen, wanted = _sides(before, rows, new=new)

    def quality(mix: Mix) -> float:
        return float(_sums(mix.scores(parts), seen, wanted)[2])

    best = quality(mix)
    for _ in range(ROUNDS):
        for name in (field.name for field in fields(Mix)):
            if new and name == "half_life":
                continue
            for other in mix.varied(name):
                found = quality(other)
                if found > best:
                    mix, best = other, found
    return mix


def _measure(split: Split, rank: Rank, *, new: bool) -> dict[str, float]:
    totals, customers = np.zeros(3), 0
    for start in range(0, split.last.shape[0], CUSTOMERS_AT_ONCE):
        rows = slice(start, min(start + CUSTOMERS_AT_ONCE, split.last.shape[0]))
        seen, wanted = _sides(split, rows, new=new)
        totals += _sums(rank(split, rows), seen, wanted)
        customers += int(wanted.any(axis=1).sum())
    if not customers:
        raise FileError("no customer of this file bought something new in the last order")
    hit, recall, ndcg = (round(float(total) / customers, 4) for total in totals)
    return {"hr_at_10": hit, "recall_at_10": recall, "ndcg_at_10": ndcg, "customers": customers}


def _sides(split: Split, rows: slice, *, new: bool) -> tuple[np.ndarray | None, np.ndarray]:
    """What may not be ranked, if anything, and what is to be found."""
    wanted = split.last[rows].toarray() > 0
    if not new:
        return None, wanted
    seen = split.counts[rows].toarray() > 0
    return seen, wanted & ~seen


def _sums(scores: np.ndarray, seen: np.ndarray | None, wanted: np.ndarray) -> np.ndarray:
    """Sums over the customers with something to find of hit, recall and binary NDCG in the first ten.

    Source of NDCG: K. Järvelin, J. Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", TOIS 20, 2002.
    """
    if seen is not None:
        scores = np.where(seen, -np.inf, scores)
    some = wanted.any(axis=1)
    wanted = wanted[some]
    hits = np.take_along_axis(wanted, _best(scores[some]), axis=1)
    sizes = wanted.sum(axis=1)
    discounts = 1.0 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discounts)[np.minimum(sizes, hits.shape[1]) - 1]
    return np.array([hits.any(axis=1).sum(), (hits.sum(axis=1) / sizes).sum(), (hits @ discounts / ideal).sum()])


def _best(scores: np.ndarray) -> np.ndarray:
    """The columns of each row's `TOP` highest scores, best first."""
    top = min(TOP, scores.shape[1])
    found = np.sort(np.argpartition(-scores, top - 1, axis=1)[:, :top], axis=1)
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
