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
from typing import Any

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray
from scipy.sparse import csc_array

WORD = re.compile(r"[a-z0-9]+")
APOSTROPHE = re.compile(r"['’`]")
K1, B = 1.2, 0.75
GRAM = 4
LONGEST_QUERY = 200  # words
LIKELY = 200  # texts
MOST_READ = 5_000  # texts that a query's rare tokens are in, those of each counted
Scores = NDArray[np.float32]
Places = NDArray[np.int64]


def words(text: str) -> list[str]:
    """Stems (Snowball's for English) of the lower-case words, apostrophes left out."""
    return [str(stem) for stem in Stemmer.Stemmer("english").stemWords(bare(text))]


def grams(text: str) -> list[str]:
    """Every run of four letters within a word and its two edges."""
    return [f" {word} "[start : start + GRAM] for word in bare(text) for start in range(max(1, len(word) + 3 - GRAM))]


def bare(text: str) -> list[str]:
    return WORD.findall(APOSTROPHE.sub("", text.lower()))[:LONGEST_QUERY]


class Lexicon:
    """Scores of texts for a query, 0 to 1. Each text keeps its place, and later ones get the next. Not thread-safe."""

    def __init__(self, texts: Sequence[str]) -> None:
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # on import it sets itself to DEBUG
        self.parts = [Cover(texts, words), Cover(texts, grams)]

    def add(self, texts: Sequence[str]) -> None:
        """Behind those that are there."""
        for part in self.parts:
            part.add(texts)

    def scores(self, query: str, places: Places) -> Scores:
        """For the text at each of `places`, which are in order, how much of the query it covers."""
        covered: Scores = np.mean([part.scores(query, places) for part in self.parts], axis=0, dtype=np.float32)
        return covered

    def likely(self, query: str) -> Places:
        """Where those are, some twice, that cover most of the query's rare words; few, however many texts there are."""
        return np.concatenate([part.likely(query) for part in self.parts])


class Cover:
    """BM25 over the tokens of texts: the library's over the first, whose statistics hold; later ones by its formula."""

    def __init__(self, texts: Sequence[str], tokens_of: Callable[[str], list[str]]) -> None:
        self.tokens_of = tokens_of
        tokens = [tokens_of(text) for text in texts]
        self.built = self.count = len(tokens)
        self.mean_length = sum(map(len, tokens)) / max(1, self.built) or 1.0
        self.by_token, self.column = weighed(tokens)
        self.by_text = self.by_token.tocsr()
        self.containing = np.diff(self.by_token.indptr)
        self.later: dict[str, list[tuple[int, float]]] = {}  # by token: place of a text, and its share of the weight
        self._rare = np.zeros(self.built, dtype=np.float32)  # what `likely` adds up, all 0 before and after

    def add(self, texts: Sequence[str]) -> None:
        """Takes as long as these texts are, however many there are already."""
        for place, text in enumerate(texts, self.count):
            tokens = self.tokens_of(text)
            for token, times in Counter(tokens).items():
                share = times / (times + self._saturation(len(tokens)))
                self.later.setdefault(token, []).append((place, share))
        self.count += len(texts)

    def scores(self, query: str, places: Places) -> Scores:
        asked = Counter(self.tokens_of(query))
        times_of = np.zeros(self.by_token.shape[1], dtype=np.float32)
        later = np.zeros(self.count - self.built, dtype=np.float32)
        ideal = 0.0
        for token, times in asked.items():
            weight = times * self._weight(token)
            ideal += weight / (1 + self._saturation(asked.total()))
            if token in self.column:
                times_of[self.column[token]] = times
            for place, share in self.later.get(token, ()):
                later[place - self.built] += weight * share
        first = int(np.searchsorted(places, self.built))
        built = self.by_text if first == self.built else self.by_text[places[:first]]
        found = np.concatenate([built @ times_of, later[places[first:] - self.built]])
        return np.minimum(found / (ideal or 1.0), 1)

    def likely(self, query: str) -> Places:
        """At most `LIKELY` texts of the first build; only the shortest lists of the query's tokens are read."""
        asked = set(self.tokens_of(query))
        later = [place for token in asked for place, _ in self.later.get(token, ())]
        met: list[NDArray[np.int32]] = []
        left = MOST_READ
        for column in sorted((self.column[token] for token in asked if token in self.column), key=self.containing.item):
            start = self.by_token.indptr[column]
            end = min(self.by_token.indptr[column + 1], start + left)
            texts = self.by_token.indices[start:end]
            met.append(texts[self._rare[texts] == 0])
            self._rare[texts] += self.by_token.data[start:end]
            left -= len(texts)
        places = np.concatenate([*met, np.zeros(0, dtype=np.int32)])
        covered = self._rare[places]
        self._rare[places] = 0
        best = np.argpartition(-covered, LIKELY)[:LIKELY] if len(places) > LIKELY else slice(None)
        return np.concatenate([places[best], np.array(later, dtype=np.int64)])

    def _weight(self, token: str) -> float:
        containing = int(self.containing[self.column[token]]) if token in self.column else 0
        return idf(containing, self.built)

    def _saturation(self, length: int) -> float:
        """What a token's occurrences in a text of so many tokens are weighed against."""
        return K1 * (1 - B + B * length / self.mean_length)


def weighed(tokens: Sequence[Sequence[str]]) -> tuple[Any, dict[str, int]]:
    """The weight of each token in each text, a sparse array (texts, tokens) by column, and the column of each token."""
    if not any(tokens):
        return csc_array((len(tokens), 0), dtype=np.float32), {}
    bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
    bm25.index(tokens, create_empty_token=False, show_progress=False)
    columns = {str(token): int(column) for token, column in bm25.vocab_dict.items()}
    parts = tuple(bm25.scores[name] for name in ("data", "indices", "indptr"))
    return csc_array(parts, shape=(len(tokens), len(columns))), columns


def idf(containing: int, total: int) -> float:
    """Lucene's inverse document frequency."""
    return math.log(1 + (total - containing + 0.5) / (containing + 0.5))
