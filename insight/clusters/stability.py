"""How many groups there are: as many as come back in samples of the customers, or none.

k-means on bootstrap samples; a group is stable when the mean Jaccard likeness of it to the most similar group of each
sample is at least `STABLE`. Source: C. Hennig, "Cluster-wise assessment of cluster stability", CSDA 52, 2007, p. 258
(.75 and more: a valid, stable group; below .6: do not trust it). Halves of one long cloud are stable too, so k groups
must also be tighter than k groups of clouds that have k - 1 (a parametric bootstrap; for k = 2: Y. Liu, D. N. Hayes, A.
Nobel, J. S. Marron, "Statistical Significance of Clustering", JASA 103, 2008, p. 1281).
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

STABLE, STILL_STABLE = 0.75, 0.6  # the second for a number of groups that is in force already
LARGEST = 8
SAMPLES, CLOUDS = 20, 19  # tighter than all of 19: chance is one in 20
AT_ONCE = 2_000  # customers that samples are drawn from
SMALLEST_SHARE, SMALLEST = 0.02, 10  # of all customers, and people; a smaller group is no segment
ROUNDS = 100
SEED = 7


@dataclass(frozen=True)
class Groups:
    """`labels` (n,): each customer's group; `centres` (k, d); `stability`: each group's mean Jaccard likeness."""

    labels: np.ndarray
    centres: np.ndarray
    stability: tuple[float, ...]


def find_groups(points: np.ndarray, *, before: int = 0, seed: int = SEED) -> Groups | None:
    """The most groups of `points` (n, d) that are all stable and no chance; None when there are none.

    `before`: the number of groups in force, which is kept while it is still stable.
    """
    random = np.random.default_rng(seed)
    some = points[np.sort(random.choice(len(points), min(AT_ONCE, len(points)), replace=False))]
    with threadpool_limits(1):  # small products; a second thread only waits
        for k in sorted(range(2, LARGEST + 1), key=lambda k: (k != before, -k)):
            found = _stable(some, k, limit=STILL_STABLE if k == before else STABLE, random=random)
            if found is not None:
                centres, stability = found
                return Groups(nearest(points, centres), centres, stability)
    return None


def nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The number of the nearest centre of each point; int64 (n,)."""
    return ((centres**2).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def _stable(
    points: np.ndarray, k: int, *, limit: float, random: np.random.Generator
) -> tuple[np.ndarray, tuple[float, ...]] | None:
    centres, spread = _means(points, k, tries=5, random=random)
    labels = nearest(points, centres)
    if np.bincount(labels, minlength=k).min() < max(SMALLEST, SMALLEST_SHARE * len(points)):
        return None
    likeness = np.zeros(k)
    for done in range(1, SAMPLES + 1):
        likeness += _likeness(points, labels, k, random)
        if (likeness + (SAMPLES - done)).min() / SAMPLES < limit:
            return None  # not even if all other samples were perfect
    fewer, _ = _means(points, k - 1, tries=5, random=random)
    for _ in range(CLOUDS):
        clouds = _clouds(points, nearest(points, fewer), random)
        if _means(clouds, k, tries=3, random=random)[1] <= spread:
            return None
    return centres, tuple(float(one) for one in likeness / SAMPLES)


def _likeness(points: np.ndarray, labels: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """The Jaccard likeness of each group to the most similar one of a bootstrap sample, on the people in it."""
    drawn = random.integers(len(points), size=len(points))
    centres, _ = _means(points[drawn], k, tries=2, random=random)
    here = np.unique(drawn)
    both = np.eye(k)[labels[here]].T @ np.eye(k)[nearest(points[here], centres)]
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    return (both / np.maximum(either, 1)).max(axis=1)


def _clouds(points: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """For each group a Gaussian cloud as large, and as wide in each direction."""
    return np.vstack([_cloud(points[labels == label], random) for label in np.unique(labels)])


def _cloud(points: np.ndarray, random: np.random.Generator) -> np.ndarray:
    middle = points.mean(axis=0)
    _, widths, directions = np.linalg.svd((points - middle) / np.sqrt(len(points)), full_matrices=False)
    return middle + (random.standard_normal((len(points), len(widths))) * widths) @ directions


def _means(points: np.ndarray, k: int, *, tries: int, random: np.random.Generator) -> tuple[np.ndarray, float]:
    """The centres (k, d) of k-means, and the sum of squares around them: the best of some tries."""
    return min((_descend(points, _scattered(points, k, random)) for _ in range(tries)), key=lambda found: found[1])


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
