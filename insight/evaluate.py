"""How well the next basket is foreseen, beside the simplest peers, on any file of orders.

Each customer's last basket is held back and all other baskets rank its products. Our ranking mixes what the customer
buys, halving with age, with what goes with it and what everybody buys; how much of each is chosen on the baskets before
the last ones, never on those.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from insight.errors import FileError

TOP = 10
HALF_LIVES_DAYS = (90.0, 365.0, 36_500.0)
TOGETHER_WEIGHTS = (0.0, 0.1, 0.3, 1.0)
POPULAR_WEIGHT = 0.1
CUSTOMERS_AT_ONCE = 1_000

Rank = Callable[["Split", slice], np.ndarray]
Matrix = Any  # scipy.sparse.csr_matrix, which carries no types


@dataclass(frozen=True)
class Split:
    """Customers (rows) by products (columns), each customer's last basket apart from all before."""

    counts: Matrix  # baskets with the product
    faded: Mapping[float, Matrix]  # by half-life in days: the same, each basket halving with its age at the last one
    together: Matrix  # products by products: cosine of the customers who buy them
    popularity: np.ndarray  # customers a product
    last: Matrix  # 1 where the last basket has the product


def next_basket(lines: pd.DataFrame) -> dict[str, dict[str, float]]:
    """`{ranking: {hr_at_10, recall_at_10, ndcg_at_10, customers}}` for order lines as `insight.orders.read` gives them.

    FileError when no customer has two baskets.
    """
    sales = lines[(lines["Kind"] == "sale") & lines["CustomerID"].notna()]
    split, earlier = _split(sales)
    half_life, weight = _choose(earlier)
    ours = partial(_ours, half_life=half_life, weight=weight)
    rankings: dict[str, Rank] = {
        "ours": ours,
        "own_frequency": _own_frequency,
        "item_item": _item_item,
        "popularity": _popularity,
    }
    return {name: _measure(split, rank) for name, rank in rankings.items()}


def _choose(sales: pd.DataFrame) -> tuple[float, float]:
    """The half-life and the weight of what goes together that foresee the last baskets of `sales` best."""
    grid = list(product(HALF_LIVES_DAYS, TOGETHER_WEIGHTS))
    try:
        split, _ = _split(sales)
    except FileError:
        return grid[-1]
    scores = [_measure(split, partial(_ours, half_life=one, weight=other))["ndcg_at_10"] for one, other in grid]
    return grid[int(np.argmax(scores))]


def _split(sales: pd.DataFrame) -> tuple[Split, pd.DataFrame]:
    """The customers with two baskets or more, and the sales without their last baskets."""
    baskets = sales.groupby(["CustomerID", "InvoiceNo"], sort=True)["InvoiceDate"].min().rename("at").reset_index()
    baskets = baskets.sort_values(["CustomerID", "at", "InvoiceNo"], kind="stable")
    baskets = baskets[baskets.groupby("CustomerID")["InvoiceNo"].transform("size") >= 2]
    if baskets.empty:
        raise FileError("no customer of this file has two orders, so no next basket can be foreseen")
    last = baskets.groupby("CustomerID").tail(1).set_index("CustomerID")
    cells = (
        sales[["CustomerID", "InvoiceNo", "StockCode"]].drop_duplicates().merge(baskets, on=["CustomerID", "InvoiceNo"])
    )
    held_back = cells["InvoiceNo"].eq(cells["CustomerID"].map(last["InvoiceNo"])).to_numpy()
    age_days = (cells["CustomerID"].map(last["at"]) - cells["at"]).dt.total_seconds().to_numpy() / 86_400
    customer = pd.Categorical(cells["CustomerID"]).codes
    products = pd.Categorical(cells["StockCode"])
    shape = (int(customer.max()) + 1, len(products.categories))

    def matrix(values: np.ndarray, rows: np.ndarray) -> Matrix:
        return sparse.csr_matrix((values[rows], (customer[rows], products.codes[rows])), shape=shape)

    ones = np.ones(len(cells))
    counts = matrix(ones, ~held_back)
    split = Split(
        counts=counts,
        faded={half_life: matrix(0.5 ** (age_days / half_life), ~held_back) for half_life in HALF_LIVES_DAYS},
        together=_cosine(counts),
        popularity=np.asarray((counts > 0).sum(axis=0)).ravel().astype(float),
        last=matrix(ones, held_back),
    )
    return split, sales[~sales["InvoiceNo"].isin(last["InvoiceNo"])]


def _cosine(counts: Matrix) -> Matrix:
    bought = (counts > 0).astype(float)
    length = np.sqrt(np.asarray(bought.sum(axis=0)).ravel())
    scaled = bought @ sparse.diags(1.0 / np.where(length > 0, length, 1.0))
    cosine = sparse.csr_matrix(scaled.T @ scaled)
    cosine.setdiag(0.0)
    return cosine


def _ours(split: Split, rows: slice, *, half_life: float, weight: float) -> np.ndarray:
    related = (split.counts[rows] > 0).astype(float) @ split.together
    scores = split.faded[half_life][rows].toarray() + weight * _scaled(related.toarray())
    return np.asarray(scores + POPULAR_WEIGHT * split.popularity / split.popularity.max())


def _popularity(split: Split, rows: slice) -> np.ndarray:
    return np.tile(split.popularity, (split.counts[rows].shape[0], 1))


def _own_frequency(split: Split, rows: slice) -> np.ndarray:
    """Ties go to the more popular."""
    return split.counts[rows].toarray() + split.popularity / (split.popularity.max() + 1.0)


def _item_item(split: Split, rows: slice) -> np.ndarray:
    related = (split.counts[rows] > 0).astype(float) @ split.together
    return np.asarray(related.toarray())


def _scaled(scores: np.ndarray) -> np.ndarray:
    """Each row's best becomes 1."""
    best = scores.max(axis=1, keepdims=True)
    return np.asarray(scores / np.where(best > 0, best, 1.0))


def _measure(split: Split, rank: Rank) -> dict[str, float]:
    customers = split.last.shape[0]
    totals = np.zeros(3)
    for start in range(0, customers, CUSTOMERS_AT_ONCE):
        rows = slice(start, min(start + CUSTOMERS_AT_ONCE, customers))
        order = _best(rank(split, rows))
        wanted = split.last[rows].toarray() > 0
        totals += _sums(np.take_along_axis(wanted, order, axis=1), wanted.sum(axis=1))
    hit, recall, ndcg = (round(float(total) / customers, 4) for total in totals)
    return {"hr_at_10": hit, "recall_at_10": recall, "ndcg_at_10": ndcg, "customers": customers}


def _best(scores: np.ndarray) -> np.ndarray:
    """The columns of each row's `TOP` highest scores, best first."""
    top = min(TOP, scores.shape[1])
    found = np.sort(np.argpartition(-scores, top - 1, axis=1)[:, :top], axis=1)
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def _sums(hits: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Sums over customers of hit, recall and binary NDCG (Järvelin & Kekäläinen, TOIS 20, 2002) in the first ten."""
    discounts = 1.0 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discounts)[np.minimum(sizes, hits.shape[1]) - 1]
    return np.array([hits.any(axis=1).sum(), (hits.sum(axis=1) / sizes).sum(), (hits @ discounts / ideal).sum()])
