"""How well the last basket of each customer is ranked, all of it and the products that are new to the customer.

What our ranking learns, and whether it is used at all, is decided on the baskets before the last ones, never on those.
"""

import numpy as np

from insight.errors import FileError
from insight.evaluate.orders import Block, Orders
from insight.evaluate.ranker import customers_at_once, fit, some_customers
from insight.evaluate.rankings import PEERS, Rank, mix
from insight.evaluate.split import Split

TOP = 10
MEASURED_ON = 20_000  # customers
CHOSEN_ON = 2_000


def next_basket(orders: Orders) -> Block:
    """`{ranking: {hr_at_10, recall_at_10, ndcg_at_10, customers}}`; FileError when no customer has two baskets."""
    return _block(orders, new=False)


def new_items(orders: Orders) -> Block:
    """The same for the products of the last basket that the customer had not bought before; those bought are left out.

    FileError when no customer has two baskets, or none bought anything new.
    """
    return _block(orders, new=True)


def choose(earlier: tuple[Split, ...], *, new: bool) -> Rank:
    """What ranks the baskets after those of `earlier` (the newest first).

    It is what is learnt from them, where that ranked the newest of them better than the mix; else the best simple way.
    What nothing tells apart, as when there are no earlier baskets, leaves the mix.
    """
    if not earlier:
        return mix
    trial, simple = fit(earlier[1:], new=new), _quality(earlier[0], mix, new=new)
    if trial is not None and _quality(earlier[0], trial, new=new) > simple:
        return fit(earlier, new=new) or mix
    found = {mix: simple} | {rank: _quality(earlier[0], rank, new=new) for rank in PEERS.values()}
    return max(found, key=lambda rank: found[rank])


def _block(orders: Orders, *, new: bool) -> Block:
    last, *earlier = orders.splits
    if new and not (last.last > last.counts).nnz:
        raise FileError("no customer of this file bought something new in the last order")
    rankings: dict[str, Rank] = {"ours": choose(tuple(earlier), new=new), "mix": mix, **PEERS}
    return {name: _measure(last, rank, new=new, most=MEASURED_ON) for name, rank in rankings.items()}


def _quality(split: Split, rank: Rank, *, new: bool) -> float:
    return _measure(split, rank, new=new, most=CHOSEN_ON)["ndcg_at_10"]


def _measure(split: Split, rank: Rank, *, new: bool, most: int) -> dict[str, float]:
    totals, customers = np.zeros(3), 0
    rows, step = some_customers(split, most), customers_at_once(split)
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        seen, wanted = _sides(split, some, new=new)
        totals += _sums(rank(split, some), seen, wanted)
        customers += int(wanted.any(axis=1).sum())
    hit, recall, ndcg = (round(float(total) / max(customers, 1), 4) for total in totals)
    return {"hr_at_10": hit, "recall_at_10": recall, "ndcg_at_10": ndcg, "customers": customers}


def _sides(split: Split, rows: np.ndarray, *, new: bool) -> tuple[np.ndarray | None, np.ndarray]:
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
