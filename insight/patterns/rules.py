"""Association rules: who has these in the basket has that one too.

Frequent sets come from mlxtend's FP-growth. A rule is kept when Fisher's exact test, corrected for all sets that could
have been looked at, says that it is no chance, and when no shorter rule says nearly the same.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse, stats

from insight.patterns.chance import survivors

with warnings.catch_warnings():  # it turns every library's deprecation warnings on when it is imported
    from mlxtend.frequent_patterns import fpgrowth

FEWEST = 5  # orders with all of a rule
SMALLEST_SUPPORT = 0.001  # of all orders
LARGEST_BASKET = 100  # products; a wholesale order with more says little about what goes together
LONGEST = 3  # products in a rule
BETTER = 1.1  # times the lift of a shorter rule with the same right side

Supports = Mapping[frozenset[str], int]


class _Candidate(NamedTuple):
    """What may be a rule, and how many orders hold both sides, the left and the right one."""

    left: frozenset[str]
    right: str
    together: int
    with_left: int
    with_right: int


@dataclass(frozen=True)
class Rule:
    """`together` of `orders` hold both sides; `confidence`: of those with `left`, who have `right`."""

    left: tuple[str, ...]
    right: str
    together: int
    orders: int
    confidence: float
    lift: float
    p_value: float

    @property
    def support(self) -> float:
        return self.together / self.orders


def rules(lines: pd.DataFrame, *, fewest: int = FEWEST) -> list[Rule]:
    """The rules in order lines (`event_id`, `product_id`), strongest lift first; none where nothing repeats."""
    baskets = lines.drop_duplicates(["event_id", "product_id"])
    sizes = baskets.groupby("event_id")["product_id"].transform("size")
    baskets = baskets[sizes <= LARGEST_BASKET]
    orders = baskets["event_id"].nunique()
    floor = max(fewest, int(np.ceil(SMALLEST_SUPPORT * orders)))
    counts = baskets["product_id"].value_counts()
    common = baskets[baskets["product_id"].isin(counts[counts >= floor].index)]
    if common.empty:
        return []
    supports = _supports(common, orders=orders, floor=floor)
    products = common["product_id"].nunique()
    tests = 2 * comb(products, 2) + 3 * comb(products, 3)
    strong = _beyond_chance(list(_candidates(supports, orders)), orders=orders, tests=tests)
    return sorted(_telling(strong), key=lambda rule: (-rule.lift, -rule.together, rule.left, rule.right))


def one_way(found: list[Rule]) -> list[Rule]:
    """Of the rules about the same products, the one with the most confidence: what a person wants to read."""
    best: dict[frozenset[str], Rule] = {}
    for rule in found:
        products = frozenset((*rule.left, rule.right))
        if products not in best or rule.confidence > best[products].confidence:
            best[products] = rule
    return [rule for rule in found if best[frozenset((*rule.left, rule.right))] is rule]


def _supports(common: pd.DataFrame, *, orders: int, floor: int) -> Supports:
    rows, _ = pd.factorize(common["event_id"])
    columns, names = pd.factorize(common["product_id"], sort=True)
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(rows.max() + 1, len(names)))
    table = pd.DataFrame.sparse.from_spmatrix(matrix, columns=[str(name) for name in names]).astype("Sparse[bool]")
    share = floor / len(table)
    frequent = fpgrowth(table, min_support=share * (1 - 1e-9), use_colnames=True, max_len=LONGEST)
    return {
        frozenset(items): round(support * len(table))
        for support, items in zip(frequent["support"], frequent["itemsets"], strict=True)
    }


def _candidates(supports: Supports, orders: int) -> Iterator[_Candidate]:
    """What is bought together more often than by chance; which of it is no chance is for later."""
    for items, together in supports.items():
        if len(items) < 2:
            continue
        for right in sorted(items):
            left = items - {right}
            with_left, with_right = supports[left], supports[frozenset((right,))]
            if together * orders > with_left * with_right:
                yield _Candidate(left, right, together, with_left, with_right)


def _beyond_chance(found: list[_Candidate], *, orders: int, tests: int) -> list[Rule]:
    """The rules that stand among `tests`, by Fisher's exact test: all asked at once, as one by one costs far more."""
    if not found:
        return []
    together, with_left, with_right = np.array([one[2:] for one in found]).T
    p_values = stats.hypergeom.sf(together - 1, orders, with_left, with_right)
    return [
        Rule(
            tuple(sorted(one.left)),
            one.right,
            one.together,
            orders,
            one.together / one.with_left,
            one.together * orders / (one.with_left * one.with_right),
            float(p_value),
        )
        for one, p_value, stands in zip(found, p_values, survivors(p_values, tests=tests), strict=True)
        if stands
    ]


def _telling(found: list[Rule]) -> Iterator[Rule]:
    """The short rules, and the long ones that say clearly more than every short one inside them."""
    short = {(rule.left[0], rule.right): rule.lift for rule in found if len(rule.left) == 1}
    for rule in found:
        inside = [short.get((one, rule.right), 1.0) for one in rule.left]
        if len(rule.left) == 1 or rule.lift >= BETTER * max(inside):
            yield rule
