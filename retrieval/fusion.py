"""How evidence becomes a score, and a score a decision; the weights are chosen by `retrieval.tuning`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
EVIDENCE = ("nearest", "joint", "centre", "lexical", "intent")  # the columns of evidence, in this order


@dataclass(frozen=True)
class Signs:
    """What the question itself tells about whether anything answers it.

    `unanswered`: cosine to the nearest question known to have no answer. `known`: how likely it means anything the
    shop deals with, as the classifier sees it; 1 without one.
    """

    unanswered: float = 0.0
    known: float = 1.0


@dataclass(frozen=True)
class Fusion:
    """The weights of the evidence sum to 1. The rest is for the decision, added to the score it is compared with.

    `lead`: of the distance between the best template and the next. `threshold`: of a fit.
    """

    nearest: float
    centre: float
    lexical: float
    intent: float
    unanswered: float
    threshold: float
    joint: float = 0.0
    lead: float = 0.0
    known: float = 0.0

    @property
    def weights(self) -> Array:
        return np.array([getattr(self, name) for name in EVIDENCE], dtype=np.float32)

    def scores(self, evidence: Array) -> Array:
        """Scores (…, templates) of evidence (…, templates, 5)."""
        return evidence @ self.weights

    def certainty(self, scores: Array, signs: Signs) -> Array:
        """What is compared with the threshold, for each template: its score, and what speaks for or against a fit."""
        certain = scores - self.unanswered * signs.unanswered + self.known * signs.known
        if self.lead and len(scores) > 1:
            best = int(scores.argmax())
            certain[best] += self.lead * (scores[best] - np.partition(scores, -2)[-2])
        return certain
