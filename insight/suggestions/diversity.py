"""Several suggestions are not all of one category: maximal marginal relevance.

Source: J. Carbonell, J. Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
Summaries", SIGIR 1998; two products are alike (1) in the same category and not (0) in different ones.
"""

from collections.abc import Mapping, Sequence

from insight.catalogue import Item
from insight.suggestions.values import Suggestion

RELEVANCE = 0.7  # how much the score counts against being unlike those chosen before


def diverse(ranked: Sequence[Suggestion], catalogue: Mapping[str, Item], limit: int) -> list[Suggestion]:
    """Up to `limit` of `ranked` (best first), the first one first."""
    best = ranked[0].score if ranked else 1.0
    left, chosen, categories = list(ranked), list[Suggestion](), set[str]()
    while left and len(chosen) < limit:

        def marginal(one: Suggestion) -> float:
            same = catalogue[one.product_id].category in categories
            return RELEVANCE * one.score / best - (1.0 - RELEVANCE) * same

        following = max(left, key=marginal)
        left.remove(following)
        chosen.append(following)
        if category := catalogue[following.product_id].category:
            categories.add(category)
    return chosen
