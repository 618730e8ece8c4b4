"""How far outside the shop's intents a message is: one score from the head's doubt and the nearest examples.

A softmax alone is sure of itself on texts like nothing it was trained on, so its odds rise with the distance to the
training examples (Sun and others 2022, deep nearest neighbours). Whether the trained class `out_of_scope` or what the
best intent leaves tells more, and how much the distance counts, depends on the examples: validation decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from nlu.data import OUT_OF_SCOPE
from nlu.metrics import auroc, softmax
from nlu.neighbours import Near

WEIGHTS = (4.0, 8.0, 16.0)
TYPICAL = 0.6  # similarity that changes nothing
SMALLEST = 1e-9
ENOUGH = 20  # out-of-scope examples, to choose by


@dataclass(frozen=True)
class Scope:
    """What the score is made of."""

    trained: bool = False  # the odds of the class `out_of_scope`, else of all but the best intent
    weight: float = 8.0  # of similarity against log odds


def oos_scores(
    logits: NDArray[np.float32], near: Near, *, labels: tuple[str, ...], temperature: float, scope: Scope = Scope()
) -> NDArray[np.float64]:
    """(n,) between 0 and 1, higher is further outside."""
    probabilities = softmax(logits, temperature=temperature)
    inside = [number for number, label in enumerate(labels) if label != OUT_OF_SCOPE]
    best = probabilities[:, inside].max(axis=1)
    outside = probabilities[:, labels.index(OUT_OF_SCOPE)] if scope.trained else 1.0 - best
    odds = np.log(np.maximum(outside, SMALLEST)) - np.log(np.maximum(1.0 - outside, SMALLEST))
    return 1.0 / (1.0 + np.exp(-(odds + scope.weight * (TYPICAL - near.similar))))


def choose(
    logits: NDArray[np.float32], near: Near, truth: Sequence[str], *, labels: tuple[str, ...], temperature: float
) -> Scope:
    """What tells the out-of-scope examples in `truth` best from the others; the default with fewer than `ENOUGH`."""
    outside = np.array([label == OUT_OF_SCOPE for label in truth])
    if outside.sum() < ENOUGH or outside.all():
        return Scope()

    def quality(scope: Scope) -> float:
        scores = oos_scores(logits, near, labels=labels, temperature=temperature, scope=scope)
        return auroc(scores[outside], scores[~outside])

    trained = (False, True) if OUT_OF_SCOPE in labels else (False,)
    return max((Scope(*pair) for pair in product(trained, WEIGHTS)), key=quality)
