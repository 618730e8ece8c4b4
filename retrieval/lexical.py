"""Words in common: BM25 over short texts, as the share of the query's weight that a text covers.

BM25's raw scores cannot be compared between queries; divided by what the query would score against itself they can, and
then a threshold means something. Words that no text has count as rare ones, so an alien question scores low. The score
is the mean of two: over stems, and over runs of four letters, which a typing error leaves partly whole.
"""

import logging
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

WORD = re.compile(r"[a-z0-9]+")
APOSTROPHE = re.compile(r"['’`]")
K1, B = 1.2, 0.75
GRAM = 4
LONGEST_QUERY = 200  # words
Scores = NDArray[np.float32]


def words(text: str) -> list[str]:
    """Stems (Snowball's for English) of the lower-case words, apostrophes left out."""
    return [str(stem) for stem in Stemmer.Stemmer("english").stemWords(bare(text))]


def grams(text: str) -> list[str]:
    """Every run of four letters within a word and its two edges."""
    return [f" {word} "[start : start + GRAM] for word in bare(text) for start in range(max(1, len(word) + 3 - GRAM))]


def bare(text: str) -> list[str]:
    return WORD.findall(APOSTROPHE.sub("", text.lower()))[:LONGEST_QUERY]


class Lexicon:
    """Scores of `texts` for a query, 0 to 1; at least one text must have a word."""

    def __init__(self, texts: Sequence[str]) -> None:
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # on import it sets itself to DEBUG
        self.parts = [Cover(texts, words), Cover(texts, grams)]

    def scores(self, query: str) -> Scores:
        """For each text, how much of the query it covers."""
        return np.mean([part.scores(query) for part in self.parts], axis=0, dtype=np.float32)


class Cover:
    """BM25 over the tokens of `texts`."""

    def __init__(self, texts: Sequence[str], tokens_of: Callable[[str], list[str]]) -> None:
        self.tokens_of = tokens_of
        tokens = [tokens_of(text) for text in texts]
        self.count = len(tokens)
        self.mean_length = sum(map(len, tokens)) / max(1, self.count)
        frequency = Counter(token for text in tokens for token in set(text))
        self.unseen = idf(0, self.count)
        self.weight = {token: idf(number, self.count) for token, number in frequency.items()}
        self.bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
        if frequency:
            self.bm25.index(tokens, show_progress=False)

    def scores(self, query: str) -> Scores:
        asked = self.tokens_of(query)
        known = [token for token in asked if token in self.weight]
        if not known:
            return np.zeros(self.count, dtype=np.float32)
        length = K1 * (1 - B + B * len(asked) / self.mean_length)
        ideal = sum(n * self.weight.get(token, self.unseen) / (1 + length) for token, n in Counter(asked).items())
        return np.minimum(self.bm25.get_scores(known) / ideal, 1).astype(np.float32)


def idf(containing: int, total: int) -> float:
    """Lucene's inverse document frequency."""
    return math.log(1 + (total - containing + 0.5) / (containing + 0.5))
