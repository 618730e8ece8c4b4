"""The vectors by which the shop's answers are found: those of both encoders in one, whose cosine is the mean of theirs.

The untouched encoder knows the language, the tuned one the shop; together they find more than either
(docs/retrieval-experiments.md). An index holds the tuned vectors of one classifier and says whose. What another one
understood, as while models change, is compared by the untouched encoder alone, never by vectors of two models.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Manifest

SHARE = 0.7  # of the untouched encoder in a cosine, the best on the answers' own questions; a change needs a new index
AND = " + "

Vector = NDArray[np.float32]


def model_of(encoder: str, classifier: str) -> str:
    """The model of an index by these two; `classifier`: empty without one."""
    return f"{encoder}{AND}{classifier}" if classifier else encoder


def encoder_of(model: str) -> str:
    return model.partition(AND)[0]


def of_answer(untouched: Vector, tuned: Vector | None, *, classifier: str, index: Manifest) -> Vector:
    """How a passage of an answer is kept in `index`; `tuned`: its vector by `classifier`."""
    return _joined(untouched, tuned, 1.0, classifier, index)


def of_question(untouched: Vector, tuned: Vector | None, *, classifier: str, index: Manifest) -> Vector:
    """What to search `index` with; the cosines of the untouched encoder where `tuned` is of another classifier."""
    return _joined(untouched, tuned, 1 / SHARE, classifier, index)


def joined(untouched: Vector, tuned: Vector) -> Vector:
    """Of vectors or rows of length 1."""
    return np.concatenate([sqrt(SHARE) * untouched, sqrt(1 - SHARE) * tuned], axis=-1, dtype=np.float32)


def _joined(untouched: Vector, tuned: Vector | None, alone: float, classifier: str, index: Manifest) -> Vector:
    """`alone`: what the untouched half counts times where nothing is known of the other."""
    if AND not in index.model:
        return untouched
    if tuned is not None and index.model == model_of(encoder_of(index.model), classifier):
        return joined(untouched, tuned)
    return joined(alone * untouched, np.zeros(index.dimension - len(untouched), dtype=np.float32))
