"""Bundles: what the association rules say goes with the products asked about, bought or looked at."""

from collections.abc import Iterator

from sqlalchemy import select

from insight.suggestions.situation import Situation
from insight.suggestions.values import Candidate
from insight.tables import BundleRow

NAME = "bundle"


def candidates(situation: Situation) -> Iterator[Candidate]:
    seeds = situation.seeds
    if not seeds:
        return
    columns = (BundleRow.left_id, BundleRow.other_left_id, BundleRow.product_id, BundleRow.confidence)
    both = BundleRow.left_id.in_(seeds) & BundleRow.other_left_id.in_(["", *seeds])
    for left, other_left, id, confidence in situation.session.execute(select(*columns).where(both)):
        seed = seeds[left]
        weight = seed.weight
        reason = f"Goes with {seed}."
        if other_left:
            weight = min(weight, seeds[other_left].weight)
            reason = f"Often bought with the {seed.name} and the {seeds[other_left].name} together."
        yield Candidate(id, NAME, weight * confidence, reason)
