"""What customers write of: topics, found by clustering what they wrote and named by the words that tell them apart.

Source: M. Grootendorst, "BERTopic", arXiv 2203.05794, 2022, with k-means in place of HDBSCAN, so that every text has a
topic. A text's vector is taken less the mean of its category's, or the topics would be the catalogue's. Without an
encoder a message's topic is its intent.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from insight.batch.means import k_means, nearest
from insight.topics.words import telling_words

FEWEST = 60  # texts, below which nothing is clustered
A_TOPIC = 40  # texts at least, on average
MOST = 30
DIMENSIONS = 24
FEWEST_OF_A_CATEGORY = 20
WORDS = 4
SEED = 11


@dataclass(frozen=True)
class Topic:
    """`name` is its first words, or the intent it stands for."""

    name: str
    words: tuple[str, ...]
    texts: int


def find(texts: pd.DataFrame, vectors: np.ndarray | None) -> tuple[list[Topic], pd.Series]:
    """The topics of `texts` (text, person_id, intent, category), and the name of each text's, empty where it has none.

    `vectors` (n, d): in the same order.
    """
    if vectors is None or len(texts) < FEWEST:
        named = texts["intent"].fillna("").map(lambda intent: intent.replace("_", " "))
        labels, names = pd.factorize(named, sort=True)
        words = _words(texts, labels)
        topics = [Topic(str(name), words[number], int((labels == number).sum())) for number, name in enumerate(names)]
        return [topic for topic in topics if topic.name], named
    labels = _clustered(vectors, texts["category"])
    words = _words(texts, labels)
    names = _names(words)
    topics = [Topic(names[number], words[number], int((labels == number).sum())) for number in sorted(names)]
    return topics, pd.Series([names.get(int(label), "") for label in labels], index=texts.index)


def _clustered(vectors: np.ndarray, categories: pd.Series) -> np.ndarray:
    """The number of each text's cluster; int64 (n,)."""
    from sklearn.decomposition import PCA

    about = vectors.astype(np.float64)
    about -= about.mean(axis=0)
    for rows in categories.groupby(categories).indices.values():
        if len(rows) >= FEWEST_OF_A_CATEGORY:
            about[rows] -= about[rows].mean(axis=0)
    size = min(DIMENSIONS, about.shape[1], len(about) - 1)
    points = PCA(size, svd_solver="full").fit_transform(about)
    k = min(MOST, max(2, round(len(points) / A_TOPIC)))
    with threadpool_limits(1):
        centres, _ = k_means(points, k, tries=3, random=np.random.default_rng(SEED))
    return nearest(points, centres)


def _words(texts: pd.DataFrame, labels: np.ndarray) -> dict[int, tuple[str, ...]]:
    found = telling_words(list(texts["text"]), list(labels), list(texts["person_id"]), count=WORDS)
    return {int(number): words for number, words in found.items()}


def _names(words: dict[int, tuple[str, ...]]) -> dict[int, str]:
    """A name for each cluster that has words; two with the same are one topic."""
    return {number: ", ".join(some[:3]) for number, some in words.items() if some}
