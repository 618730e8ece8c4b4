"""Which questions mean the same: average-linkage clusters over the untouched encoder's vectors.

How near is near enough is learnt from the shop's own answers, whose questions are grouped already: another encoder has
other cosines, and nobody has to type a number in. Names are the most telling words by c-TF-IDF.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.metrics.cluster import pair_confusion_matrix

Array = NDArray[np.float32]

WORD = re.compile(r"[^\W\d_]{2,}")
CANDIDATES = tuple(round(0.2 + 0.025 * step, 3) for step in range(27))  # cosines, 0.2 to 0.85
FALLBACK = 0.5  # of a shop without two answers to learn from
NAME_WORDS = 3
DULL = ENGLISH_STOP_WORDS | {
    "does",
    "did",
    "don",
    "doesn",
    "didn",
    "isn",
    "want",
    "need",
    "like",
    "know",
    "please",
    "hi",
    "hello",
}


def nearness(vectors: Array, owners: Sequence[str]) -> float:
    """The mean cosine from which questions belong together, such that `owners` (a label each) come out best.

    Best by the F of pairs with precision counted double (beta = 0.5): what is split can be answered twice, what is
    mixed cannot be answered at all.
    """
    if len(set(owners)) < 2 or len(set(owners)) == len(owners):
        return FALLBACK
    tree = _tree(vectors)
    scored = [(_f_of_pairs(owners, fcluster(tree, 1 - near, "distance")), near) for near in CANDIDATES]
    return max(scored)[1]


def clusters(vectors: Array, near: float) -> list[list[int]]:
    """Row numbers of each cluster whose members' mean cosine is at least `near`; the largest first."""
    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    labels = fcluster(_tree(vectors), 1 - near, "distance")
    found = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return sorted(found, key=lambda rows: (-len(rows), rows[0]))


def joins(vector: Array, centres: Sequence[Array], near: float) -> int | None:
    """The number of the group that a new question belongs to; `centres`: the mean vector of each one's members."""
    if not centres:
        return None
    cosines = np.stack(centres) @ vector
    best = int(cosines.argmax())
    return best if cosines[best] >= near else None


def medoid(vectors: Array) -> int:
    """The row that is nearest to all."""
    return int((vectors @ vectors.mean(axis=0)).argmax())


def names(groups: Sequence[Sequence[str]], examples: Sequence[str]) -> list[str]:
    """A few telling words for each group of texts, in the order of its example; the example where there are none.

    Words that several of its texts share come first, then those of the highest c-TF-IDF: texts with the word times
    log(1 + words a group / times it occurs at all). M. Grootendorst, BERTopic, 2022, section 3.3.
    """
    counts = [Counter(word for text in texts for word in set(telling(text))) for texts in groups]
    total = Counter(word for counted in counts for word in counted.elements())
    mean = sum(total.values()) / max(1, len(groups))
    return [_name(counted, total, mean, example) for counted, example in zip(counts, examples, strict=True)]


def telling(text: str) -> list[str]:
    return [word for word in WORD.findall(text.lower()) if word not in DULL]


def _name(counted: Counter[str], total: Counter[str], mean: float, example: str) -> str:
    weight = {word: count * math.log(1 + mean / total[word]) for word, count in counted.items()}
    order = {word: place for place, word in reversed(list(enumerate(telling(example))))}
    best = sorted(weight, key=lambda word: (counted[word] == 1, -weight[word], order.get(word, len(order)), word))[
        :NAME_WORDS
    ]
    said = " ".join(sorted(best, key=lambda word: (order.get(word, len(order)), word)))
    return said[:1].upper() + said[1:] if said else example


def _f_of_pairs(owners: Sequence[str], labels: NDArray[np.int32], *, beta: float = 0.5) -> float:
    (_, wrong), (missed, right) = pair_confusion_matrix(owners, labels)
    return float((1 + beta**2) * right / max(1, (1 + beta**2) * right + beta**2 * missed + wrong))


def _tree(vectors: Array) -> NDArray[np.float64]:
    distances = np.clip(1 - vectors @ vectors.T, 0, 2).astype(np.float64)
    np.fill_diagonal(distances, 0)
    return np.asarray(linkage(squareform((distances + distances.T) / 2, checks=False), "average"))
