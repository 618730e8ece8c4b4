"""Item-to-item: what was in the same orders as what the customer asked about, bought or looked at."""

from collections.abc import Iterator

from sqlalchemy import select

from insight.suggestions.situation import ASKED_ABOUT, Situation
from insight.suggestions.values import Candidate
from insight.tables import NeighbourRow

NAME = "bought_together"


def candidates(situation: Situation) -> Iterator[Candidate]:
    if not situation.seeds:
        return
    columns = (NeighbourRow.product_id, NeighbourRow.other_id, NeighbourRow.score)
    rows = situation.session.execute(select(*columns).where(NeighbourRow.product_id.in_(situation.seeds))).all()
    best: dict[str, float] = {}
    for id, _, score in rows:
        best[id] = max(best.get(id, 0.0), score)
    for id, other, score in rows:
        seed = situation.seeds[id]
        named = f"the {seed.name}" if seed.why == ASKED_ABOUT else str(seed)
        yield Candidate(other, NAME, seed.weight * score / best[id], f"Often bought together with {named}.")
