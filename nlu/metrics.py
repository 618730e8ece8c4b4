"""The numbers a classifier is judged by, in numpy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 15


def macro_f1(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Mean F1 over the labels that occur in `truth`."""
    real, guess = np.asarray(truth), np.asarray(predicted)
    scores = []
    for label in np.unique(real):
        hits = np.sum((real == label) & (guess == label))
        scores.append(2 * hits / (np.sum(real == label) + np.sum(guess == label)))
    return float(np.mean(scores))


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """The chance that a positive scores above a negative; ties count half (Mann and Whitney's U)."""
    scores = np.concatenate([np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)])
    count = len(np.asarray(positive))
    ranks = _ranks(scores)
    above = ranks[:count].sum() - count * (count + 1) / 2
    return float(above / (count * (len(scores) - count)))


def expected_calibration_error(confidences: ArrayLike, correct: ArrayLike) -> float:
    """Mean distance of confidence and accuracy over 15 bins of equal width, weighted by their size (Guo 2017)."""
    sure, right = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * np.sum(bins == b) for b in np.unique(bins)]
    return float(np.sum(gaps) / len(sure))


def interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of `count`."""
    z = 1.96
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return float(centre - half), float(centre + half)


def softmax(logits: NDArray[np.floating], *, temperature: float = 1.0) -> NDArray[np.float64]:
    scaled = logits.astype(np.float64) / temperature
    exponents = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def places(labels: Sequence[str], names: Sequence[str]) -> list[int]:
    """The place of each label in `names`."""
    place = {name: number for number, name in enumerate(names)}
    return [place[label] for label in labels]


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
