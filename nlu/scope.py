"""How far outside the shop's intents a message is: one score from the trained class, the head's doubt and neighbours.

A softmax alone is sure of itself on texts like nothing it was trained on. So the probability of `out_of_scope` (a
class where a shop has such examples), the best in-scope probability and the similarity to the nearest training
examples (Sun and others 2022, deep nearest neighbours) are multiplied: to be in scope a message must pass all three.
"""

import numpy as np
from numpy.typing import NDArray

from nlu.data import OUT_OF_SCOPE
from nlu.metrics import softmax

NEAREST = 5


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
    if OUT_OF_SCOPE in labels:
        probabilities = np.delete(probabilities, labels.index(OUT_OF_SCOPE), axis=1)
    return 1.0 - probabilities.max(axis=1) * similarity(vectors, neighbours)


def similarity(vectors: NDArray[np.float32], neighbours: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) mean cosine to the nearest training examples, negative ones as 0."""
    nearest = min(NEAREST, len(neighbours))
    cosines = np.partition(vectors @ neighbours.T, -nearest, axis=1)[:, -nearest:]
    return np.clip(cosines.mean(axis=1), 0.0, 1.0).astype(np.float64)
