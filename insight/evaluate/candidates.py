"""Products that may be in a customer's next basket, and what is known of each of these pairs.

Candidates are what the customer bought, and the best of each relation; everything is known before the last basket.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import normalize

from insight.evaluate.rankings import RELATED_HALF_LIFE, ease, mixed, scaled, weighed
from insight.evaluate.split import HALF_LIVES_DAYS, Split

BEST_OF_EACH = 60
TRENDS_DAYS = (3, 7, 14, 30, 90)
ALIKE = 100  # customers whose products count for one another
POOLS = ("together", "ease", "als", "alike", "follows", "trend", "trend_30", "words")
SCALED = ("together", "ease", "ease_all", "als", "alike", "trend")


@dataclass(frozen=True)
class Candidates:
    """Pairs of a customer (place among those asked for, ascending) and a product, each with a row of features."""

    customers: np.ndarray
    products: np.ndarray
    features: np.ndarray


def candidates(
    split: Split, rows: np.ndarray, *, new: bool, share: float = 1.0, random: np.random.Generator | None = None
) -> Candidates:
    """The candidates of the customers `rows`; `new`: only products that the customer has not bought.

    With a `share` only that part of the candidates which are not in the last basket, drawn by `random`: to learn from.
    """
    counts = split.counts[rows].toarray()
    parts = _parts(split, rows)
    chosen = _pool(parts, counts > 0, new=new)
    if random is not None:
        chosen &= (random.random(chosen.shape) < share) | (split.last[rows].toarray() > 0)
    customers, products = chosen.nonzero()
    return Candidates(customers, products, _features(split, rows, counts, parts, (customers, products)))


def _parts(split: Split, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Customers by products, each by another relation to what the customer bought or to what sells."""
    recent = split.faded[RELATED_HALF_LIFE][rows].minimum(1.0)
    latest = split.latest[rows]
    customers, products = split.factors
    parts = {
        "together": (recent @ split.together).toarray(),
        "ease": weighed(split, recent),
        "ease_all": ease(split, rows),
        "ease_latest": weighed(split, latest),
        "als": customers[rows] @ products.T,
        "alike": _alike(split, rows),
        "follows": (recent @ split.follows).toarray(),
        "follows_latest": (latest @ split.follows).toarray(),
        "words": (normalize(recent @ split.words) @ split.words.T).toarray(),
    }
    parts |= {f"trend_{days}": split.trend(rows, days) for days in TRENDS_DAYS}
    parts["trend"] = parts["trend_14"]
    parts["mix"] = mixed(split, rows, parts)
    return parts


def _pool(parts: dict[str, np.ndarray], seen: np.ndarray, *, new: bool) -> np.ndarray:
    chosen = np.zeros_like(seen) if new else seen.copy()
    best = min(BEST_OF_EACH, seen.shape[1])
    for name in POOLS:
        scores = np.where(seen, -np.inf, parts[name])
        first = np.argpartition(-scores, best - 1, axis=1)[:, :best]
        np.put_along_axis(chosen, first, True, axis=1)
    return chosen & ~seen if new else chosen


def _features(
    split: Split, rows: np.ndarray, counts: np.ndarray, parts: dict[str, np.ndarray], at: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    customers, products = at
    columns = [part[at] for part in parts.values()]
    columns += [scaled(np.maximum(parts[name], 0.0))[at] for name in SCALED]
    columns += _own(split, rows, counts, at)
    columns += [column[rows][customers] for column in split.habits]
    columns += [column[products] for column in split.traits]
    trend = {days: parts[f"trend_{days}"][at] for days in (7, 30, 90)}
    columns += [(trend[7] + 0.5) / (trend[30] * 7 / 30 + 0.5), (trend[30] + 0.5) / (trend[90] / 3 + 0.5)]
    columns += [np.maximum(split.last_day[rows][customers] - split.first_sold[products], -1)]
    columns += [split.traits[0][products] - split.habits[0][rows][customers]]  # dearer than what the customer buys
    return np.column_stack(columns).astype(np.float32)


def _own(split: Split, rows: np.ndarray, counts: np.ndarray, at: tuple[np.ndarray, np.ndarray]) -> list[np.ndarray]:
    """What the customer did with the product: missing where never bought."""
    bought = counts[at]
    own = {name: _kept(matrix[rows].toarray()[at], bought) for name, matrix in split.own.items()}
    gap = (own["first_age"] - own["last_age"]) / np.where(bought > 1, bought - 1, np.nan)
    baskets = split.habits[1][rows][at[0]]
    faded = [split.faded[half_life][rows].toarray()[at] for half_life in HALF_LIVES_DAYS]
    return [bought, bought / baskets, *own.values(), gap, own["last_age"] / np.maximum(gap, 1.0), *faded]


def _kept(values: np.ndarray, bought: np.ndarray) -> np.ndarray:
    return np.where(bought > 0, values, np.nan)


def _alike(split: Split, rows: np.ndarray) -> np.ndarray:
    """What customers bought who share rare products with the customer, by how alike they are."""
    others = split.others
    near = (split.rare[rows] @ split.rare[others].T).toarray()
    near[rows[:, None] == others] = 0.0
    most = min(ALIKE, near.shape[1])
    edge = -np.partition(-near, most - 1, axis=1)[:, most - 1 : most]
    near[near < edge] = 0.0
    total = near.sum(axis=1, keepdims=True)
    return np.asarray((near @ (split.counts[others] > 0).astype(np.float32)) / np.where(total > 0, total, 1.0))
