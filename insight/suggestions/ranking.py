"""One ranking of what all sources propose: by hand, or learnt where that was better on what customers bought later.

By hand, a product's score comes from its strongest source, and the others that agree count a tenth. Learnt, it is the
probability of a logistic regression on all of them. Either way the strongest source gives the reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp

from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.suggestions import prices
from insight.suggestions.situation import Situation
from insight.suggestions.sources import SOURCES
from insight.suggestions.values import Candidate, Suggestion
from insight.tables import ResultRow

RESULT = "suggestion_ranker"
AGREEMENT = 0.1
BY_HAND: Mapping[str, float] = {
    "bought_together": 1.0,
    "bundle": 0.95,
    "asked": 0.9,
    "again": 0.85,
    "ease": 0.8,
    "context_category": 0.75,
    "factors": 0.7,
    "content": 0.65,
    "interest": 0.6,
    "alike": 0.5,
    "popular": 0.2,
}


@dataclass(frozen=True)
class Ranker:
    """`weights` by source; `intercept` is that of a learnt one, None: by hand."""

    weights: Mapping[str, float]
    intercept: float | None = None

    def parts(self, strengths: Mapping[str, float]) -> dict[str, float]:
        return {source: self.weights.get(source, 0.0) * strength for source, strength in strengths.items()}

    def score(self, strengths: Mapping[str, float]) -> float:
        """Above 0; of a learnt one a probability."""
        parts = self.parts(strengths)
        if self.intercept is not None:
            return 1.0 / (1.0 + exp(-self.intercept - sum(parts.values())))
        best = max(parts.values())
        return best + AGREEMENT * (sum(parts.values()) - best)


HAND = Ranker(BY_HAND)


def read(session: Session) -> Ranker:
    """The one the last refresh chose."""
    document = session.scalar(select(ResultRow.document).where(ResultRow.name == RESULT))
    if not document or document["intercept"] is None:
        return HAND
    return Ranker(document["weights"], document["intercept"])


def ranked(situation: Situation, ranker: Ranker) -> list[Suggestion]:
    """Everything that fits, best first."""
    usual = prices.usual(situation.profile, situation.catalogue)
    found = []
    for id, candidates in proposed(situation).items():
        strengths = strongest(candidates)
        parts = ranker.parts(strengths)
        first = max(candidates, key=lambda one: (parts[one.source], one.strength, one.reason))
        worth = 1.0 if usual.holds(situation.catalogue[id].price) else prices.OUTSIDE
        score = round(worth * ranker.score(strengths), 4)
        found.append(Suggestion(id, first.reason, first.source, score))
    return sorted(found, key=lambda one: (-one.score, one.product_id))


def proposed(situation: Situation) -> dict[str, list[Candidate]]:
    """What the sources propose of what fits, by product."""
    found: dict[str, list[Candidate]] = {}
    for source in SOURCES:
        for candidate in source(situation):
            if situation.fits(candidate.product_id):
                found.setdefault(candidate.product_id, []).append(candidate)
    return found


def strongest(candidates: Iterable[Candidate]) -> dict[str, float]:
    """Each source's greatest strength."""
    strengths: dict[str, float] = {}
    for one in candidates:
        strengths[one.source] = max(strengths.get(one.source, 0.0), one.strength)
    return strengths
