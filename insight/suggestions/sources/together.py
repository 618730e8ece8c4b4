"""Item-to-item: what was in the same orders as what the customer asked about, bought or looked at."""

from collections.abc import Iterator

from sqlalchemy import select

from insight.suggestions.situation import ASKED_ABOUT, Others, Situation
from insight.suggestions.sources.similar import strongest
from insight.suggestions.values import Candidate
from insight.tables import NeighbourRow

NAME = "bought_together"


def candidates(situation: Situation) -> Iterator[Candidate]:
    if not situation.seeds:
        return
    columns = (NeighbourRow.product_id, NeighbourRow.other_id, NeighbourRow.score)
    rows = situation.session.execute(select(*columns).where(NeighbourRow.product_id.in_(situation.seeds))).all()
    others: dict[str, list[tuple[str, float]]] = {}
    for id, other, score in rows:
        others.setdefault(id, []).append((other, score))
    shares = {id: _shares(found) for id, found in others.items()}
    for id, strength, seed in strongest(situation, shares):
        named = f"the {seed.name}" if seed.why == ASKED_ABOUT else str(seed)
        yield Candidate(id, NAME, strength, f"Often bought together with {named}.")


def _shares(others: Others) -> Others:
    """Scores as shares of the best one."""
    best = max(score for _, score in others)
    return [(other, score / best) for other, score in others]
