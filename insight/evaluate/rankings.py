"""Rankings of all products for the next basket: ours, which mixes, and the peers, which are its single parts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from insight.evaluate.split import HALF_LIVES_DAYS, Split

WEIGHTS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

Rank = Callable[[Split, slice], np.ndarray]
Parts = Callable[[str, float | None], np.ndarray]


@dataclass(frozen=True)
class Mix:
    """How much of each part there is; the own part has weight 1, and of the others each customer's best counts 1."""

    season: float = 3.0  # how much more what sells now counts in the customer's own and related products
    trend: float = 0.1
    ease: float = 0.1
    together: float = 0.03
    popularity: float = 0.03
    half_life: float = 365.0  # of the own part
    related_half_life: float = 90.0  # of what EASE and item-to-item start from

    def varied(self, name: str) -> list["Mix"]:
        """This mix with every other value of one setting."""
        values = HALF_LIVES_DAYS if name.endswith("half_life") else WEIGHTS
        return [replace(self, **{name: value}) for value in values if value != getattr(self, name)]

    def __call__(self, split: Split, rows: slice) -> np.ndarray:
        return self.scores(lambda name, half_life: part(split, rows, name, half_life))

    def scores(self, parts: Parts) -> np.ndarray:
        """The mix of what `parts` gives for a name and a half-life; for all products of some customers."""
        scores = parts("own", self.half_life) + self.popularity * parts("popularity", None)
        for name, half_life in (
            ("together", self.related_half_life),
            ("ease", self.related_half_life),
            ("trend", None),
        ):
            weight = getattr(self, name)
            if weight:
                scores += weight * parts(name, half_life)
        return scores


def part(split: Split, rows: slice, name: str, half_life: float | None) -> np.ndarray:
    """One part of the mix; all but `own` are scaled so that each customer's best is 1."""
    if name == "popularity":
        return (split.popularity / split.popularity.max()).astype(np.float32)
    if name == "trend":
        return _scaled((split.before[rows] @ split.sold).toarray())
    faded = split.faded[half_life or HALF_LIVES_DAYS[-1]][rows]
    if name == "own":
        return faded.toarray().astype(np.float32)
    recent = faded.minimum(1.0)
    if name == "together":
        return _scaled((recent @ split.together).toarray())
    scores = np.zeros(faded.shape, dtype=np.float32)
    scores[:, split.frequent] = _scaled(recent[:, split.frequent] @ split.ease)
    return scores


def popularity(split: Split, rows: slice) -> np.ndarray:
    """Customers who bought the product."""
    return np.tile(split.popularity, (split.counts[rows].shape[0], 1))


def own_frequency(split: Split, rows: slice) -> np.ndarray:
    """The customer's own baskets with the product; ties go to the more popular."""
    return split.counts[rows].toarray() + split.popularity / (split.popularity.max() + 1.0)


def item_item(split: Split, rows: slice) -> np.ndarray:
    """The cosines with all that the customer bought, summed."""
    return np.asarray(((split.counts[rows] > 0).astype(float) @ split.together).toarray())


def ease(split: Split, rows: slice) -> np.ndarray:
    """EASE from all that the customer bought; the rarest products of a very large shop come last."""
    bought = (split.counts[rows][:, split.frequent] > 0).astype(float)
    scores = np.full((bought.shape[0], split.counts.shape[1]), -np.inf)
    scores[:, split.frequent] = bought @ split.ease
    return scores


PEERS: dict[str, Rank] = {
    "popularity": popularity,
    "own_frequency": own_frequency,
    "item_item": item_item,
    "ease": ease,
}


def _scaled(scores: np.ndarray) -> np.ndarray:
    """Each row's best becomes 1."""
    best = scores.max(axis=1, keepdims=True)
    return np.asarray(scores / np.where(best > 0, best, 1.0), dtype=np.float32)
