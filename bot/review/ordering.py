"""In which order to look at messages, and which of them are so alike that one decision covers them.

Uncertain first: a decision about a message the model was sure of teaches it little (Settles 2009, "Active Learning
Literature Survey", 2.1). Diverse: each next one is far from all before it (Gonzalez 1985, farthest-first traversal).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.models.understand import FAQ
from bot.review.gathering import Candidate
from nlu.data import OUT_OF_SCOPE
from nlu.parse import NLU_FALLBACK, RANKING

SIMILAR = 0.85  # cosine of the untouched encoder: 94 % of such pairs in banking77's training part share their intent
OUTCOMES = RANKING + 2  # the ranking, out of scope, and all the rest


@dataclass(frozen=True)
class Group:
    """Messages that one decision may cover; the first stands for all."""

    members: tuple[Candidate, ...]
    uncertainty: float

    @property
    def first(self) -> Candidate:
        return self.members[0]


def uncertainty(candidate: Candidate) -> float:
    """Entropy of what the model thought, from 0 (sure) to 1 (anything is as likely)."""
    inside = [score for name, score in candidate.ranking if name not in (OUT_OF_SCOPE, NLU_FALLBACK, FAQ)]
    outside = next((score for name, score in candidate.ranking if name == OUT_OF_SCOPE), 0.0)
    rest = max(0.0, 1.0 - sum(inside))
    outcomes = [outside, *((1.0 - outside) * score for score in (*inside, rest))]
    entropy = -sum(score * math.log(score) for score in outcomes if score > 0)
    return min(1.0, max(0.0, entropy / math.log(OUTCOMES)))


def grouped(candidates: Sequence[Candidate], vectors: NDArray[np.float32]) -> list[Group]:
    """Groups in the order to look at them; `vectors`: (n, d), rows of length 1, one for each candidate.

    What an agent corrected comes first: it waits for a yes only.
    """
    if not candidates:
        return []
    doubts = np.array([uncertainty(candidate) for candidate in candidates])
    likeness = vectors @ vectors.T
    urgent = np.array([candidate.proposed is not None for candidate in candidates])
    left = list(np.lexsort((-doubts, ~urgent)))
    heads, groups = [], {}
    while left:
        head = int(left[0])
        alike = [int(row) for row in left if row == head or _alike(candidates, likeness, head, int(row))]
        left = [row for row in left if row not in alike]
        groups[head] = Group(tuple(candidates[row] for row in alike), float(doubts[head]))
        heads.append(head)
    return [groups[head] for head in _spread(heads, doubts, likeness, urgent)]


def _alike(candidates: Sequence[Candidate], likeness: NDArray[np.float32], one: int, other: int) -> bool:
    return candidates[one].proposed == candidates[other].proposed and bool(likeness[one, other] >= SIMILAR)


def _spread(
    heads: list[int], doubts: NDArray[np.float64], likeness: NDArray[np.float32], urgent: NDArray[np.bool_]
) -> list[int]:
    """Each next head has the most of doubt times distance to the nearest head before it; the urgent ones first."""
    order = [head for head in heads if urgent[head]]
    left = [head for head in heads if not urgent[head]]
    distance = np.ones(len(doubts))
    for head in order:
        distance = np.minimum(distance, 1.0 - likeness[head])
    while left:
        head = max(left, key=lambda row: (doubts[row] + 0.01) * distance[row])
        order.append(head)
        left.remove(head)
        distance = np.minimum(distance, 1.0 - likeness[head])
    return order
