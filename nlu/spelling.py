"""Slips of the finger put right before a message is read, by the words of the training examples.

Only a word that neither the encoder nor any example knows is touched, and only when one of the examples' words is a
slip away: an encoder reads a mistyped word as several pieces that mean something else. Training with mistyped copies
cost accuracy on clean messages, this does not.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.errors import ModelRefused
from nlu.perturb import NEIGHBOURS as KEYS

WORDS_FILE = "words.txt"
WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 3  # letters of a word that is put right
LONG = 6  # letters from which a word may have two slips
LEAST_PART = 2  # letters of a word that lost the space beside it
FREQUENT = 3  # one in so many words is frequent enough to be looked for in others
CACHED = 10_000
CANDIDATES = 10


class Speller:
    """Puts words right by `words`, most frequent first; those in `known` stay."""

    def __init__(self, words: Sequence[str], *, known: Iterable[str]) -> None:
        self.words = tuple(words)
        self._rank = {word: number for number, word in enumerate(self.words)}
        self._frequent = frozenset(self.words[: len(self.words) // FREQUENT])
        self._known = frozenset(known) | self._rank.keys()
        self._right = lru_cache(maxsize=CACHED)(self._corrected)

    def correct(self, text: str) -> str:
        """`text` with its unknown words put right where one of the examples' words is near; other letters stay."""
        return WORD.sub(lambda found: self._put_right(found.group()), text)

    def _put_right(self, word: str) -> str:
        lower = word.lower()
        return word if len(word) < SHORTEST or lower in self._known else self._right(lower) or word

    def _corrected(self, word: str) -> str | None:
        most = 1 if len(word) < LONG else 2
        near = process.extract(word, self.words, scorer=OSA.distance, score_cutoff=most, limit=CANDIDATES)
        fitting: list[tuple[float, int, int, str]] = [
            (distance, _slips(word, other), rank, other)
            for other, distance, rank in near
            if len(other) >= SHORTEST and (distance <= 1 or len(other) == len(word))
        ]
        single = [entry for entry in fitting if entry[0] <= 1]
        if single:
            return min(single)[-1]
        apart = self._split(word)
        if apart or not fitting:
            return apart
        return min(fitting)[-1]

    def _split(self, word: str) -> str | None:
        """Two of the words written as one."""
        places = range(LEAST_PART, len(word) - LEAST_PART + 1)
        pairs = [(word[:place], word[place:]) for place in places]
        whole = [
            (self._rank[one], self._rank[two], f"{one} {two}") for one, two in pairs if {one, two} <= self._frequent
        ]
        return min(whole, key=lambda entry: max(entry[:2]))[-1] if whole else None


def words(texts: Iterable[str]) -> list[str]:
    """The different words of `texts`, most frequent first."""
    counts = Counter(found.group().lower() for text in texts for found in WORD.finditer(text))
    return [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def whole_words(vocabulary: Iterable[str]) -> list[str]:
    """The words that a tokenizer's vocabulary has in one piece."""
    return [piece for piece in vocabulary if WORD.fullmatch(piece)]


def save(found: Sequence[str], folder: Path) -> None:
    (folder / WORDS_FILE).write_text("\n".join(found) + "\n", encoding="utf-8")


def load(folder: Path, *, vocabulary: Iterable[str]) -> Speller:
    """The speller that was saved with a model; raises `ModelRefused`."""
    try:
        found = (folder / WORDS_FILE).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise ModelRefused(
            f"{folder / WORDS_FILE} is missing or broken; train it again with `shopkeeper nlu train`."
        ) from error
    return Speller([word for word in found if word], known=whole_words(vocabulary))


def _slips(word: str, other: str) -> int:
    """How many letters differ that are not beside each other on a keyboard."""
    if len(word) != len(other):
        return 1
    return sum(one != two and two not in KEYS.get(one, "") for one, two in zip(word, other, strict=True))
