"""Growing the tree: a regression tree on what customers are worth, pruned to what an owner can read.

Source: L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and Regression Trees", 1984. Worth is spread over
orders of magnitude, so splits are chosen by its logarithm; a leaf's weight is its customers' mean in money.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from insight.tiers.tree import FEATURES, Leaf, Node, Split, Tiers

MOST_LEAVES = 8
LEAST_SHARE, LEAST_CUSTOMERS = 0.03, 5
HIGH_SHARE, MID_SHARE = 0.2, 0.5  # of the buyers: the worthiest fifth, and the half above the rest
STILL_EXPLAINS = 0.95  # of what a new tree explains: then the old one stays, and nobody's tier changes for nothing
ROUNDED: Mapping[str, Callable[[float], float]] = {
    "recency_days": lambda days: float(round(days)),
    "orders": lambda orders: float(math.floor(orders)),
    "spent": lambda money: round(money, 2),
}
FIFTHS = (0.2, 0.4, 0.6, 0.8)


def fit(buyers: pd.DataFrame, worth: np.ndarray, *, basis: str, before: Tiers, day: str = "") -> Tiers:
    """A tree for `buyers` (recency_days, orders, spent; one row each, at least one) who are worth `worth`, in money.

    `before` stays in force where it is of the same `basis` and explains nearly as much. `day`: today, for its name.
    """
    from sklearn.tree import DecisionTreeRegressor

    features = buyers[list(FEATURES)].to_numpy(dtype=float)
    scaled = np.log1p(np.maximum(worth, 0.0))
    least = max(LEAST_CUSTOMERS, round(LEAST_SHARE * len(buyers)))
    grown = DecisionTreeRegressor(max_leaf_nodes=MOST_LEAVES, min_samples_leaf=least, random_state=0)
    grown.fit(features, scaled)
    root = _node(grown.tree_, 0, features, worth, len(buyers))
    mid_from, high_from = _limits(root)
    if before.basis == basis:
        old, new = (_explained(tree, features, scaled) for tree in (before.root, root))
        if old >= STILL_EXPLAINS * new:
            return before
    fifths = np.quantile(features, FIFTHS, axis=0).round(2).T.tolist()
    quintiles = {name: tuple(limits) for name, limits in zip(FEATURES, fifths, strict=True)}
    return Tiers(root, mid_from, high_from, basis, quintiles, day)


def _node(tree: Any, place: int, features: np.ndarray, worth: np.ndarray, buyers: int) -> Node:
    """The node at `place` of sklearn's arrays, for the rows that reach it, with limits that a person would write."""
    if tree.children_left[place] >= 0:
        column = int(tree.feature[place])
        limit = ROUNDED[FEATURES[column]](float(tree.threshold[place]))
        is_below = features[:, column] <= limit
        if 0 < is_below.sum() < len(worth):
            left, right = int(tree.children_left[place]), int(tree.children_right[place])
            below = _node(tree, left, features[is_below], worth[is_below], buyers)
            above = _node(tree, right, features[~is_below], worth[~is_below], buyers)
            return Split(FEATURES[column], limit, below, above)
    return Leaf(round(float(worth.mean()), 2), round(len(worth) / buyers, 4))


def _limits(root: Node) -> tuple[float, float]:
    """The least weights of `mid` and `high`: from the worthiest on, each leaf goes where its middle lies."""
    leaves = sorted(_leaves(root), key=lambda leaf: -leaf.weight)
    passed, mid_from, high_from = 0.0, leaves[0].weight + 1.0, leaves[0].weight + 1.0
    for leaf in leaves:
        middle = passed + leaf.share / 2
        if middle <= HIGH_SHARE:
            high_from = leaf.weight
        if middle <= MID_SHARE + 1e-9:
            mid_from = leaf.weight
        passed += leaf.share
    return mid_from, high_from


def _leaves(node: Node) -> list[Leaf]:
    return [node] if isinstance(node, Leaf) else [*_leaves(node.below), *_leaves(node.above)]


def _explained(root: Node, features: np.ndarray, scaled: np.ndarray) -> float:
    """The share of the variance of `scaled` that the leaves explain, each by the mean of its own customers."""
    total = float(((scaled - scaled.mean()) ** 2).sum())
    return 1.0 if total == 0.0 else 1.0 - _left(root, features, scaled) / total


def _left(node: Node, features: np.ndarray, scaled: np.ndarray) -> float:
    """The squares that remain within the leaves."""
    if isinstance(node, Leaf):
        return float(((scaled - scaled.mean()) ** 2).sum()) if len(scaled) else 0.0
    is_below = features[:, FEATURES.index(node.feature)] <= node.limit
    return _left(node.below, features[is_below], scaled[is_below]) + _left(
        node.above, features[~is_below], scaled[~is_below]
    )
