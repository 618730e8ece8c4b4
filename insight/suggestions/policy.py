"""Which of the best few is shown: usually the first, or what a contextual bandit expects most of; never always.

Every choice is by chance with probabilities that are known and logged, none of them 0, so that any other way of
choosing can be judged from the log (`judging`) and learnt (`learning.bandit`).

The bandit is inverse gap weighting over a ridge regression of the reward: D. Foster, A. Rakhlin, "Beyond UCB: Optimal
and Efficient Contextual Bandits with Regression Oracles", ICML 2020, algorithm 1. Unlike Thompson sampling it gives its
probabilities in closed form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.suggestions.ranking import BY_HAND
from insight.tables import ResultRow

RESULT = "suggestion_policy"
RANKED, LEARNT = "ranked", "learnt"
SLATE = 5  # the best ones, among which is chosen
EXPLORED = 0.1  # of the showings by rank are by chance
SOURCES = tuple(sorted(BY_HAND))
FEATURES = 3 + 2 * len(SOURCES)


@dataclass(frozen=True)
class Moment:
    """What the choice is about: sources and scores of the slate, best first, and what the conversation is about."""

    sources: Sequence[str]
    scores: Sequence[float]
    asked: bool  # a product is being talked about

    def features(self) -> np.ndarray:
        """A row a product of the slate: 1, its place and share of the best score, its source, its source if asked."""
        rows = np.zeros((len(self.sources), FEATURES))
        rows[:, 0] = 1.0
        rows[:, 1] = 1.0 / np.arange(1, len(rows) + 1)
        rows[:, 2] = np.asarray(self.scores) / max(*self.scores, 1e-9)
        for row, source in zip(rows, self.sources, strict=True):
            if source in SOURCES:
                place = 3 + SOURCES.index(source)
                row[place] = 1.0
                row[place + len(SOURCES)] = float(self.asked)
        return rows


class Policy(Protocol):
    @property
    def name(self) -> str: ...

    def chances(self, moment: Moment) -> np.ndarray:
        """A probability above 0 for each product of the slate; they sum to 1."""
        ...


@dataclass(frozen=True)
class ByRank:
    """The first one, but for `EXPLORED`."""

    name: str = RANKED

    def chances(self, moment: Moment) -> np.ndarray:
        count = len(moment.sources)
        chances = np.full(count, EXPLORED / count)
        chances[0] += 1.0 - EXPLORED
        return chances


@dataclass(frozen=True)
class Learnt:
    """`weights` foresee the reward from the features; the larger `sharpness`, the less is left to chance."""

    weights: np.ndarray
    sharpness: float
    name: str = LEARNT

    def expected(self, moment: Moment) -> np.ndarray:
        return np.asarray(moment.features() @ self.weights)

    def chances(self, moment: Moment) -> np.ndarray:
        return by_gaps(self.expected(moment), self.sharpness)

    def as_document(self) -> dict[str, Any]:
        return {"weights": [round(float(one), 6) for one in self.weights], "sharpness": round(self.sharpness, 3)}


def by_gaps(foreseen: np.ndarray, sharpness: float) -> np.ndarray:
    """The less, the further below the best a product's reward is foreseen; what is left over goes to the best."""
    best = int(np.argmax(foreseen))
    chances = 1.0 / (len(foreseen) + sharpness * (foreseen[best] - foreseen))
    chances[best] = 0.0
    chances[best] = 1.0 - chances.sum()
    return np.asarray(chances)


def of_document(document: Mapping[str, Any] | None) -> Policy:
    """The policy that acts after the refresh that wrote `document`; by rank where none does."""
    if not document or not document["acts"] or len(document["weights"]) != FEATURES:
        return ByRank()
    return Learnt(np.array(document["weights"]), document["sharpness"])


def read(session: Session) -> Policy:
    return of_document(session.scalar(select(ResultRow.document).where(ResultRow.name == RESULT)))
