"""Words in common: BM25 over short texts, as the share of the query's weight that a text covers.

BM25's raw scores cannot be compared between queries; divided by what the query would score against itself they can, and
then a threshold means something. Words that no text has count as rare ones, so an alien question scores low.
"""

import logging
import math
import re
from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[a-z0-9]+")
APOSTROPHE = re.compile(r"['’`]")
K1, B = 1.2, 0.75
LONGEST_QUERY = 200


def words(text: str) -> list[str]:
    """Lower-case words without apostrophes and plural endings."""
    return [singular(word) for word in WORD.findall(APOSTROPHE.sub("", text.lower()))]


def singular(word: str) -> str:
    """The `s` stemmer of D. Harman, How effective is suffixing? (JASIS 42(1), 1991), table 1."""
    if word.endswith("ies") and len(word) > 4 and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and len(word) > 3 and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


class Lexicon:
    """BM25 over `texts`; at least one must have a word."""

    def __init__(self, texts: Sequence[str]) -> None:
        tokens = [words(text) for text in texts]
        self.mean_length = sum(map(len, tokens)) / max(1, len(tokens))
        frequency = Counter(word for text in tokens for word in set(text))
        self.unseen = idf(0, len(tokens))
        self.weight = {word: idf(count, len(tokens)) for word, count in frequency.items()}
        self.count = len(tokens)
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # on import it sets itself to DEBUG
        self.bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
        if frequency:
            self.bm25.index(tokens, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """For each text, how much of the query it covers: 0 to 1."""
        asked = words(query)[:LONGEST_QUERY]
        known = [word for word in asked if word in self.weight]
        if not known:
            return np.zeros(self.count, dtype=np.float32)
        length = K1 * (1 - B + B * len(asked) / self.mean_length)
        counts = Counter(asked)
        ideal = sum(n * self.weight.get(word, self.unseen) / (1 + length) for word, n in counts.items())
        return np.minimum(self.bm25.get_scores(known) / ideal, 1).astype(np.float32)


def idf(containing: int, total: int) -> float:
    """Lucene's inverse document frequency."""
    return math.log(1 + (total - containing + 0.5) / (containing + 0.5))
