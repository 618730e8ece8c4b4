"""How far outside the shop's intents a message is: one score from the head's doubt and the nearest examples.

A softmax alone is sure of itself on texts like nothing it was trained on. So the odds that the head gives to being
outside (the trained class `out_of_scope` where there is one, else whatever the best intent leaves) rise with the
distance to the training examples (Sun and others 2022, deep nearest neighbours).
"""

import numpy as np
from numpy.typing import NDArray

from nlu.data import OUT_OF_SCOPE
from nlu.metrics import softmax

NEAREST = 5
WEIGHT = 4.0  # of similarity against log odds; chosen on validation examples and ones of another origin
TYPICAL = 0.6  # similarity that changes nothing
SMALLEST = 1e-9


def oos_scores(
    logits: NDArray[np.float32],
    vectors: NDArray[np.float32],
    *,
    labels: tuple[str, ...],
    neighbours: NDArray[np.float32],
    temperature: float,
) -> NDArray[np.float64]:
    """(n,) between 0 and 1, higher is further outside; `neighbours`: (m, d) vectors of in-scope training examples."""
    probabilities = softmax(logits, temperature=temperature)
    trained = OUT_OF_SCOPE in labels
    outside = probabilities[:, labels.index(OUT_OF_SCOPE)] if trained else 1.0 - probabilities.max(axis=1)
    odds = np.log(np.maximum(outside, SMALLEST)) - np.log(np.maximum(1.0 - outside, SMALLEST))
    return 1.0 / (1.0 + np.exp(-(odds + WEIGHT * (TYPICAL - similarity(vectors, neighbours)))))


def similarity(vectors: NDArray[np.float32], neighbours: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) mean cosine to the nearest training examples."""
    nearest = min(NEAREST, len(neighbours))
    cosines = np.partition(vectors @ neighbours.T, -nearest, axis=1)[:, -nearest:]
    return cosines.mean(axis=1).astype(np.float64)
