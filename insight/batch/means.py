"""k-means in numpy, for some thousand points many times over: no thread pool to start, nothing to check each time."""

import numpy as np

ROUNDS = 100


def k_means(points: np.ndarray, k: int, *, tries: int, random: np.random.Generator) -> tuple[np.ndarray, float]:
    """The centres (k, d) of k-means, and the sum of squares around them: the best of some tries."""
    return min((_descend(points, _scattered(points, k, random)) for _ in range(tries)), key=lambda found: found[1])


def nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The number of the nearest centre of each point; int64 (n,)."""
    return ((centres**2).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def _scattered(points: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """First centres far apart: k-means++ (D. Arthur, S. Vassilvitskii, SODA 2007, p. 1029)."""
    chosen = [points[random.integers(len(points))]]
    away = ((points - chosen[0]) ** 2).sum(axis=1)
    while len(chosen) < k:
        total = away.sum()
        place = random.choice(len(points), p=away / total) if total > 0 else random.integers(len(points))
        chosen.append(points[place])
        away = np.minimum(away, ((points - points[place]) ** 2).sum(axis=1))
    return np.array(chosen)


def _descend(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, float]:
    labels = nearest(points, centres)
    for _ in range(ROUNDS):
        members = np.eye(len(centres))[labels]
        sizes = members.sum(axis=0)[:, None]
        centres = np.where(sizes > 0, members.T @ points / np.maximum(sizes, 1), centres)
        before, labels = labels, nearest(points, centres)
        if np.array_equal(before, labels):
            break
    return centres, float(((points - centres[labels]) ** 2).sum())
