"""Rankings of all products for the next basket that learn no weights: a fixed mix, and the peers, its single parts."""

from collections.abc import Callable, Mapping

import numpy as np

from insight.evaluate.split import Split

Rank = Callable[[Split, np.ndarray], np.ndarray]  # some customers, as rows of the split -> them by all products

OWN_HALF_LIFE, RELATED_HALF_LIFE = 365.0, 90.0
TREND_DAYS = 14
MIX = {"trend": 0.3, "ease": 0.1, "together": 0.03}


def mix(split: Split, rows: np.ndarray) -> np.ndarray:
    """The customer's own products, and a little of what is related to them and of what sells now."""
    recent = split.faded[RELATED_HALF_LIFE][rows].minimum(1.0)
    related = {
        "trend": split.trend(rows, TREND_DAYS),
        "ease": weighed(split, recent),
        "together": (recent @ split.together).toarray(),
    }
    return mixed(split, rows, related)


def mixed(split: Split, rows: np.ndarray, related: Mapping[str, np.ndarray]) -> np.ndarray:
    """The mix of parts that are known already; of the related ones each customer's best counts 1."""
    scores = split.faded[OWN_HALF_LIFE][rows].toarray().astype(np.float32)
    scores += MIX["together"] * (split.popularity / split.popularity.max()).astype(np.float32)
    for name, weight in MIX.items():
        scores += weight * scaled(related[name])
    return scores


def popularity(split: Split, rows: np.ndarray) -> np.ndarray:
    """Customers who bought the product."""
    return np.tile(split.popularity, (len(rows), 1))


def own_frequency(split: Split, rows: np.ndarray) -> np.ndarray:
    """The customer's own baskets with the product; ties go to the more popular."""
    return np.asarray(split.counts[rows].toarray() + split.popularity / (split.popularity.max() + 1.0))


def item_item(split: Split, rows: np.ndarray) -> np.ndarray:
    """The cosines with all that the customer bought, summed."""
    return np.asarray(((split.counts[rows] > 0).astype(float) @ split.together).toarray())


def als(split: Split, rows: np.ndarray) -> np.ndarray:
    """Implicit ALS from all that the customer bought, as the library sets it up."""
    customers, products = split.default_factors
    return np.asarray(customers[rows] @ products.T)


def ease(split: Split, rows: np.ndarray) -> np.ndarray:
    """EASE from all that the customer bought; the rarest products of a very large shop come last."""
    return weighed(split, (split.counts[rows] > 0).astype(float), others=-np.inf)


def weighed(split: Split, bought: np.ndarray, *, others: float = 0.0) -> np.ndarray:
    """The EASE scores of what was `bought` (customers by products); `others` where EASE weighs nothing."""
    scores = np.full(bought.shape, others, dtype=np.float32)
    scores[:, split.frequent] = bought[:, split.frequent] @ split.ease
    return scores


PEERS: dict[str, Rank] = {
    "popularity": popularity,
    "own_frequency": own_frequency,
    "item_item": item_item,
    "als": als,
    "ease": ease,
}


def scaled(scores: np.ndarray) -> np.ndarray:
    """Each row's best becomes 1."""
    best = scores.max(axis=1, keepdims=True)
    return np.asarray(scores / np.where(best > 0, best, 1.0), dtype=np.float32)
