"""Which of the best few is shown: usually the first, or what a contextual bandit expects most of; never always.

Every choice is by chance with probabilities that are known and logged, none of them 0, so that any other way of
choosing can be judged from the log (`judging`) and learnt (`learning.bandit`).

The bandit is Thompson sampling over a linear model of the reward from a fixed number of draws of its weights, so that
each choice has a probability that is known: X. Lu, B. Van Roy, "Ensemble Sampling", NIPS 2017. A little is left to
chance, so that none is 0.
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
LEFT_TO_CHANCE = 0.02  # of the showings of what was learnt, beside what it explores itself
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
    """Draws of the `weights` that foresee the reward from the features, a row a draw."""

    weights: np.ndarray
    name: str = LEARNT

    def expected(self, moment: Moment) -> np.ndarray:
        return np.asarray(moment.features() @ self.weights.mean(axis=0))

    def chances(self, moment: Moment) -> np.ndarray:
        """In how many draws each product is the best."""
        count = len(moment.sources)
        best = np.argmax(moment.features() @ self.weights.T, axis=0)
        shares = np.bincount(best, minlength=count) / len(self.weights)
        return np.asarray((1.0 - LEFT_TO_CHANCE) * shares + LEFT_TO_CHANCE / count)

    def as_document(self) -> dict[str, Any]:
        return {"weights": np.round(self.weights, 6).tolist()}


def of_document(document: Mapping[str, Any] | None) -> Policy:
    """The policy that acts after the refresh that wrote `document`; by rank where none does."""
    if not document or not document["acts"]:
        return ByRank()
    weights = np.array(document["weights"])
    return Learnt(weights) if weights.ndim == 2 and weights.shape[1] == FEATURES else ByRank()


def read(session: Session) -> Policy:
    return of_document(session.scalar(select(ResultRow.document).where(ResultRow.name == RESULT)))
