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
    """Scores of texts for a query, 0 to 1; texts can come and go, each later one has the next place."""

    def __init__(self, texts: Sequence[str]) -> None:
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # on import it sets itself to DEBUG
        self.parts = [Cover(texts, words), Cover(texts, grams)]
        self.there = np.arange(len(texts))

    def add(self, texts: Sequence[str]) -> None:
        """Behind those that are there."""
        first = self.parts[0].count
        for part in self.parts:
            part.add(texts)
        self.there = np.append(self.there, np.arange(first, first + len(texts)))

    def remove(self, places: Sequence[int]) -> None:
        """Those behind move up."""
        self.there = np.delete(self.there, places)

    def scores(self, query: str) -> Scores:
        """For each text that is there, how much of the query it covers."""
        covered: Scores = np.mean([part.scores(query) for part in self.parts], axis=0, dtype=np.float32)
        return covered[self.there]


class Cover:
    """BM25 over the tokens of texts: the library's over the first, whose statistics hold; later ones by its formula."""

    def __init__(self, texts: Sequence[str], tokens_of: Callable[[str], list[str]]) -> None:
        self.tokens_of = tokens_of
        tokens = [tokens_of(text) for text in texts]
        self.built = self.count = len(tokens)
        self.mean_length = sum(map(len, tokens)) / max(1, self.built) or 1.0
        frequency = Counter(token for text in tokens for token in set(text))
        self.unseen = idf(0, self.built)
        self.weight = {token: idf(number, self.built) for token, number in frequency.items()}
        self.later: dict[str, list[tuple[int, float]]] = {}  # by token: place of a text, and its share of the weight
        self.bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
        if frequency:
            self.bm25.index(tokens, show_progress=False)

    def add(self, texts: Sequence[str]) -> None:
        """Takes as long as these texts are, however many there are already."""
        for place, text in enumerate(texts, self.count):
            tokens = self.tokens_of(text)
            for token, times in Counter(tokens).items():
                share = times / (times + self._saturation(len(tokens)))
                self.later.setdefault(token, []).append((place, share))
        self.count += len(texts)

    def scores(self, query: str) -> Scores:
        asked = Counter(self.tokens_of(query))
        found = np.zeros(self.count, dtype=np.float32)
        if known := [token for token in asked.elements() if token in self.weight]:
            found[: self.built] = self.bm25.get_scores(known)
        ideal = 0.0
        for token, times in asked.items():
            weight = times * self.weight.get(token, self.unseen)
            ideal += weight / (1 + self._saturation(asked.total()))
            for place, share in self.later.get(token, ()):
                found[place] += weight * share
        return np.minimum(found / (ideal or 1.0), 1)

    def _saturation(self, length: int) -> float:
        """What a token's occurrences in a text of so many tokens are weighed against."""
        return K1 * (1 - B + B * length / self.mean_length)


def idf(containing: int, total: int) -> float:
    """Lucene's inverse document frequency."""
    return math.log(1 + (total - containing + 0.5) / (containing + 0.5))
