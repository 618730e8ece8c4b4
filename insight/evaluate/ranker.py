"""Our ranking of the next basket: gradient boosting over candidates, learnt where earlier baskets foresee later ones.

It learns from the baskets before the last ones alone. Where the shop is too small to teach it, or where it foresees the
newest of those baskets no better than the fixed mix, the mix ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from insight import boosting
from insight.evaluate.candidates import candidates
from insight.evaluate.rankings import mix
from insight.evaluate.split import Split

LEARNT_FROM = 3_000  # customers of each split
LEAST_FOUND = 200  # products found among the candidates, that something can be learnt
SHARE = 0.12  # of the candidates that were not bought
ROUNDS = 150
SETTINGS = {
    "num_leaves": 15,
    "learning_rate": 0.07,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "lambda_l2": 5.0,
}
CELLS_AT_ONCE = 1_500_000
BEHIND = 1e6  # more than any candidate's score is from any other product's

Examples = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Ranker:
    """`booster` scores candidates; the other products follow in the order of the mix."""

    booster: Any
    new: bool

    def __call__(self, split: Split, rows: np.ndarray) -> np.ndarray:
        scores = mix(split, rows) - BEHIND
        found = candidates(split, rows, new=self.new)
        if len(found.customers):
            scores[found.customers, found.products] = self.booster.predict(found.features, raw_score=True)
        return scores


def fit(splits: Sequence[Split], *, new: bool) -> Ranker | None:
    """The ranker that all `splits` teach; None where they are too few to teach anything."""
    if not splits:
        return None
    learnt = [_examples(split, new=new) for split in splits]
    features, bought = (np.concatenate(side) for side in zip(*learnt, strict=True))
    if bought.sum() < LEAST_FOUND:
        return None
    return Ranker(boosting.fit(features, bought, rounds=ROUNDS, **SETTINGS), new)


def customers_at_once(split: Split) -> int:
    """So many that a matrix of them by all products stays small."""
    return max(20, CELLS_AT_ONCE // split.last.shape[1])


def some_customers(split: Split, most: int) -> np.ndarray:
    """Up to `most` customers, as rows; always the same ones."""
    customers = split.last.shape[0]
    if customers <= most:
        return np.arange(customers)
    return np.sort(np.random.default_rng(0).choice(customers, most, replace=False))


def _examples(split: Split, *, new: bool) -> Examples:
    """Candidates of customers of whom something is found, with whether the last basket has them."""
    random = np.random.default_rng(0)
    rows = some_customers(split, LEARNT_FROM)
    features, bought = [], []
    step = customers_at_once(split)
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        found = candidates(split, some, new=new, share=SHARE, random=random)
        wanted = split.last[some].toarray()[found.customers, found.products] > 0
        hits = np.bincount(found.customers[wanted], minlength=len(some)) > 0
        features.append(found.features[hits[found.customers]])
        bought.append(wanted[hits[found.customers]])
    return np.concatenate(features), np.concatenate(bought)
