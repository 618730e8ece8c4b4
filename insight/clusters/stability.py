"""How many groups there are: as many as come back in samples of the customers, or none.

k-means on bootstrap samples; a group is stable when the mean Jaccard likeness of it to the most similar group of each
sample is at least `STABLE`. Source: C. Hennig, "Cluster-wise assessment of cluster stability", CSDA 52, 2007, p. 258
(.75 and more: a valid, stable group; .85: highly stable; below .6: do not trust it).

Halves of one long cloud come back too: a useful cut, but no gap. So groups are called natural only when they are
tighter than k groups of clouds that have k - 1 (a parametric bootstrap; for k = 2: Y. Liu, D. N. Hayes, A. Nobel, J. S.
Marron, "Statistical Significance of Clustering", JASA 103, 2008, p. 1281), and others must be highly stable. The two
kinds are S. Dolnicar's and F. Leisch's "natural" and "reproducible" segments, Marketing Letters 21, 2010, p. 83.
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from insight.batch.means import k_means, nearest

STABLE, HIGHLY_STABLE, STILL_STABLE = 0.75, 0.85, 0.6  # the last for a number of groups that is in force already
LARGEST = 8
SAMPLES, CLOUDS = 20, 19  # tighter than all of 19: chance is one in 20
AT_ONCE = 2_000  # customers that samples are drawn from
SMALLEST_SHARE, SMALLEST = 0.02, 10  # of all customers, and people; a smaller group is no segment
SEED = 7


@dataclass(frozen=True)
class Groups:
    """`labels` (n,): each customer's group; `centres` (k, d); `stability`: each group's mean Jaccard likeness."""

    labels: np.ndarray
    centres: np.ndarray
    stability: tuple[float, ...]
    natural: bool


def find_groups(points: np.ndarray, *, before: int = 0, seed: int = SEED) -> Groups | None:
    """The groups of `points` (n, d): the most that are stable and natural, else the most that are highly stable.

    `before`: the number of groups in force, which is kept while it is still stable. None when nothing is.
    """
    random = np.random.default_rng(seed)
    some = points[np.sort(random.choice(len(points), min(AT_ONCE, len(points)), replace=False))]
    cut: Groups | None = None
    with threadpool_limits(1):  # small products; a second thread only waits
        for k in sorted(range(2, LARGEST + 1), key=lambda k: (k != before, -k)):
            found = _stable(some, k, limit=STILL_STABLE if k == before else STABLE, random=random)
            if found is None:
                continue
            groups = Groups(nearest(points, found.centres), found.centres, found.stability, found.natural)
            if k == before or found.natural:
                return groups
            if cut is None and min(found.stability) >= HIGHLY_STABLE:
                cut = groups
    return cut


def _stable(points: np.ndarray, k: int, *, limit: float, random: np.random.Generator) -> Groups | None:
    centres, spread = k_means(points, k, tries=5, random=random)
    labels = nearest(points, centres)
    if np.bincount(labels, minlength=k).min() < max(SMALLEST, SMALLEST_SHARE * len(points)):
        return None
    likeness = np.zeros(k)
    for done in range(1, SAMPLES + 1):
        likeness += _likeness(points, labels, k, random)
        if (likeness + (SAMPLES - done)).min() / SAMPLES < limit:
            return None  # not even if all other samples were perfect
    stability = tuple(float(one) for one in likeness / SAMPLES)
    return Groups(labels, centres, stability, _is_natural(points, k, spread, random))


def _is_natural(points: np.ndarray, k: int, spread: float, random: np.random.Generator) -> bool:
    fewer, _ = k_means(points, k - 1, tries=5, random=random)
    clouds = (_clouds(points, nearest(points, fewer), random) for _ in range(CLOUDS))
    return all(k_means(one, k, tries=3, random=random)[1] > spread for one in clouds)


def _likeness(points: np.ndarray, labels: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """The Jaccard likeness of each group to the most similar one of a bootstrap sample, on the people in it."""
    drawn = random.integers(len(points), size=len(points))
    centres, _ = k_means(points[drawn], k, tries=2, random=random)
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
