"""The best neighbours of each product, from vectors or from scores."""

import numpy as np

NEIGHBOURS = 20
AT_ONCE = 512

Neighbours = dict[str, list[tuple[str, float]]]  # by product, the best first


def nearest(vectors: np.ndarray, names: np.ndarray) -> Neighbours:
    """Each row's best others by cosine, of rows of length 1; those that are not alike at all are left out."""
    found: Neighbours = {}
    for start in range(0, len(vectors), AT_ONCE):
        cosines = vectors[start : start + AT_ONCE] @ vectors.T
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = 0.0
        found |= of_scores(cosines, names[start : start + AT_ONCE], names)
    return found


def of_scores(scores: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> Neighbours:
    """The best `NEIGHBOURS` columns of each row with a score above 0."""
    most = min(NEIGHBOURS, scores.shape[1])
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    values = np.take_along_axis(scores, best, axis=1)
    order = np.lexsort((best, -values), axis=1)
    best, values = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
    return {
        str(rows[row]): [
            (str(columns[place]), float(value))
            for place, value in zip(best[row], values[row], strict=True)
            if value > 0
        ]
        for row in range(len(rows))
        if values[row, 0] > 0
    }
