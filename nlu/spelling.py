"""Slips of the finger put right before a message is read: what was meant, by the letters and by the words around.

A noisy channel (Kernighan, Church and Gale 1990): of the words that a mistyped one may have been, the likeliest is
taken, by how fingers slip (`nlu.slips`), by which words follow each other in the training examples and by how common
they are in the language, which their places in an encoder's vocabulary tell. A word that nobody knows stays where its
letters follow each other as in other words. What is written together with digits is left alone, and so is a
message all of whose words are known, or most of whose words are not.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.errors import ModelRefused
from nlu.slips import log_chance

WORDS_FILE = "words.txt"
WORD = re.compile(r"(?<![\w@/-])[^\W\d_]+(?![\w@/-])")
SURE = 4  # letters of a word that is never doubted when it is known
SHORT = 0.5  # what a shorter one counts among the doubted: many are abbreviations
FAMILIAR = 3  # times a word is in the examples from which it is kept, however short it is
ENDINGS = frozenset(("t", "s", "m", "d", "re", "ve", "ll"))  # of contractions, whose apostrophe many leave out
GENERAL = 12_000  # words of the vocabulary that are common enough to be meant
COMMON = 3_000  # … and never to be doubted
OWN = 0.7  # share of the examples in how likely a word is, against the language as a whole
UNKNOWN = 0.3  # chance that a word is one that nobody knows; which one is a matter of its letters
LEAST = 1e-200  # of any chance
LETTERS = 30
FEW = 5.0  # times that two letters must have been seen for what follows them to count half
LEAST_RATE, TYPICAL_RATE, MOST_RATE = 0.003, 0.05, 0.12  # letters that slip
NAMED = 3.0  # what a capital within a sentence says for a word as it is, in log chance
SPARED, MORE = 0.8, 30  # doubted words without a slip, and letters, that a message is given on top of its own
NOTHING = "·"  # stands before a word of which the one before is not known
LONG, LONGER, LONGEST = 4, 8, 24  # letters from which a word may have two slips, three; is no word any more
FOREIGN, FOREIGN_SHARE = 4, 0.7  # doubted words, and share of them, from which a message is of another language
MOST_DOUBTED = 30  # words that are looked up, which bounds what a message can cost
SPACE_LOST = 0.02
LEAST_PART = 2  # letters of a word that lost the space beside it
CANDIDATES = 12
CACHED = 10_000


@dataclass(frozen=True)
class Counts:
    """How often words, and pairs of words in a row, are in the examples."""

    words: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Meant:
    """What one written word may have been: one word or several, what the writing says for it, and its slips."""

    words: tuple[str, ...]
    writing: float  # log chance of the slips' kinds
    slips: int


class Speller:
    """Puts words right by the examples' `counts` and the `general` words, most common first."""

    def __init__(self, counts: Counts, *, general: Sequence[str]) -> None:
        self.counts = counts
        self._total = max(1, sum(counts.words.values()))
        self._general = {word: place for place, word in enumerate(general)}
        contracted = {one + ending for one, ending in counts.pairs if ending in ENDINGS}
        self._known = counts.words.keys() | contracted | set(general[:COMMON])
        self._choices = list(dict.fromkeys([*counts.words, *general[:GENERAL]]))
        self._letters = Letters(self._choices)
        self._followers = Counter(one for one, _ in counts.pairs)
        self._meant = lru_cache(maxsize=CACHED)(self._candidates)

    def correct(self, text: str) -> str:
        """`text` with its mistyped words put right where that is likelier than that they were meant so."""
        found = list(WORD.finditer(text))
        words = [match.group().lower() for match in found]
        names = [_is_name(match, text) for match in found]
        doubted = sum(
            1.0 if len(word) >= SURE else SHORT
            for word, name in zip(words, names, strict=True)
            if len(word) > 1 and word not in self._known and not name
        )
        if not SPARED < doubted <= max(FOREIGN, FOREIGN_SHARE * len(words)) or doubted > MOST_DOUBTED:
            return text
        rate = min(MOST_RATE, max(LEAST_RATE, (doubted - SPARED) / (sum(map(len, words)) + MORE)))
        parts, end = [], 0
        choices = [
            [Meant((word,), NAMED, 0), *self._meant(word)[1:]] if name else self._meant(word)
            for word, name in zip(words, names, strict=True)
        ]
        for match, word, meant in zip(found, words, self._likeliest(choices, rate), strict=True):
            parts += [text[end : match.start()], match.group() if meant == (word,) else " ".join(meant)]
            end = match.end()
        return "".join([*parts, text[end:]])

    def _likeliest(self, choices: Sequence[Sequence[Meant]], rate: float) -> list[tuple[str, ...]]:
        """The likeliest row of meanings (Viterbi): of all that end in the same word the best is kept."""
        best: dict[str, tuple[float, list[tuple[str, ...]]]] = {"": (0.0, [])}
        for choice in choices:
            reached: dict[str, tuple[float, list[tuple[str, ...]]]] = {}
            for meant in choice:
                written = meant.writing + meant.slips * math.log(rate)
                for last, (so_far, row) in best.items():
                    value = so_far + written + self._log_chances((last, *meant.words))
                    if meant.words[-1] not in reached or value > reached[meant.words[-1]][0]:
                        reached[meant.words[-1]] = value, [*row, meant.words]
            best = reached
        return max(best.values(), key=lambda entry: entry[0])[1]

    def _log_chances(self, words: Sequence[str]) -> float:
        return sum(math.log(self._chance(word, after)) for after, word in pairwise(words))

    def _chance(self, word: str, after: str) -> float:
        seen = self.counts.words.get(word, 0)
        place = self._general.get(word)
        alone = OWN * seen / self._total + (1 - OWN) * (0.1 / (place + 10) if place is not None else 0.0)
        alone = alone or max(LEAST, UNKNOWN * self._letters.chance(word))
        followers = 1 + self._followers[after]  # the more different ones, the likelier a new one (Witten and Bell)
        total = self.counts.words.get(after, 0) + followers
        return (self.counts.pairs.get((after, word), 0) + followers * alone) / total

    def _candidates(self, word: str) -> list[Meant]:
        """What `word` may have been, itself first."""
        itself = Meant((word,), 0.0, 0)
        if (
            not 1 < len(word) <= LONGEST
            or self.counts.words.get(word, 0) >= FAMILIAR
            or (word in self._known and len(word) >= SURE)
        ):
            return [itself]
        most = 1 + (len(word) >= LONG) + (len(word) >= LONGER)
        near = process.extract(word, self._choices, scorer=OSA.distance, score_cutoff=most, limit=None)
        found = [
            Meant((other,), log_chance(word, meant=other), int(distance))
            for other, distance, _ in near
            if other != word and len(other) > 1
        ]
        apart = self._apart(word)
        found = sorted(found, key=self._alone, reverse=True)[:CANDIDATES]
        return [itself, *found, *([Meant(apart, math.log(SPACE_LOST), 0)] if apart else [])]

    def _alone(self, meant: Meant) -> float:
        """How likely a meaning is without the words around it."""
        return meant.slips * math.log(TYPICAL_RATE) + meant.writing + math.log(self._chance(meant.words[0], NOTHING))

    def _apart(self, word: str) -> tuple[str, ...] | None:
        """The likeliest words that were written as one `word`, if there are any."""
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
        for end in range(LEAST_PART, len(word) + 1):
            for start in range(end - LEAST_PART + 1):
                before, part = best[start], word[start:end]
                if before is None or not self._may_follow(before[1], part):
                    continue
                value = before[0] + self._log_chances((before[1][-1] if before[1] else NOTHING, part))
                kept = best[end]
                if kept is None or value > kept[0]:
                    best[end] = value, (*before[1], part)
        whole = best[-1]
        return whole[1] if whole is not None and len(whole[1]) > 1 else None

    def _may_follow(self, words: tuple[str, ...], word: str) -> bool:
        """Most compounds ("outdated") are no two words: those follow each other in the examples, or are often there."""
        if words and (words[-1], word) in self.counts.pairs:
            return True
        if self.counts.words.get(word, 0) >= FAMILIAR:
            return not words or self.counts.words.get(words[-1], 0) >= FAMILIAR
        return not words and self._general.get(word, COMMON) < COMMON


class Letters:
    """How letters follow each other in `words`, each word counting once."""

    def __init__(self, words: Iterable[str]) -> None:
        self._after: dict[str, Counter[str]] = defaultdict(Counter)
        for word in words:
            for before, letter in _steps(word):
                for known in (before, before[-1:]):
                    self._after[known][letter] += 1

    def chance(self, word: str) -> float:
        """Of `word` among all there could be."""
        return math.prod(self._step(before, letter) for before, letter in _steps(word))

    def _step(self, before: str, letter: str) -> float:
        pair, single = self._after.get(before, Counter()), self._after.get(before[-1:], Counter())
        rough = (single[letter] + FEW / LETTERS) / (single.total() + FEW)
        return (pair[letter] + FEW * rough) / (pair.total() + FEW)


def _steps(word: str) -> Iterable[tuple[str, str]]:
    """(the two letters before, letter) for each letter and the end of `word`."""
    framed = f"  {word}$"
    return ((framed[place - 2 : place], framed[place]) for place in range(2, len(framed)))


def _is_name(match: re.Match[str], text: str) -> bool:
    """Whether a word is written as names are: a capital within a sentence that has small letters too."""
    before = text[: match.start()].rstrip()
    return match.group()[:1].isupper() and match.group()[1:].islower() and bool(before) and before[-1] not in ".!?:\n"


def count(texts: Iterable[str]) -> Counts:
    """The words of `texts` and their pairs; a pair with "" before it stands at the beginning of a text."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        row = [found.group().lower() for found in WORD.finditer(text)]
        words.update(["", *row])
        pairs.update(pairwise(["", *row]))
    return Counts(dict(words), dict(pairs))


def whole_words(vocabulary: Mapping[str, int]) -> list[str]:
    """The words that a tokenizer's vocabulary has in one piece, in its order: about that of how common they are."""
    pieces = [piece for piece in vocabulary if len(piece) > 1 and WORD.fullmatch(piece)]
    return sorted(pieces, key=lambda piece: vocabulary[piece])


def save(counts: Counts, folder: Path) -> None:
    """One line a word and a pair: words and number, with tabs."""
    lines = [f"{word}\t{number}" for word, number in counts.words.items()]
    lines += [f"{one}\t{two}\t{number}" for (one, two), number in counts.pairs.items()]
    (folder / WORDS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def load(folder: Path, *, vocabulary: Mapping[str, int]) -> Speller:
    """The speller that was saved with a model; raises `ModelRefused`.

    Of a model that kept words without numbers each counts as a familiar one.
    """
    words: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    try:
        for line in (folder / WORDS_FILE).read_text(encoding="utf-8").splitlines():
            match line.split("\t"):
                case [word]:
                    words[word] = FAMILIAR
                case [word, number]:
                    words[word] = int(number)
                case [one, two, number]:
                    pairs[one, two] = int(number)
    except (OSError, ValueError) as error:
        raise ModelRefused(
            f"{folder / WORDS_FILE} is missing or broken; train it again with `shopkeeper nlu train`."
        ) from error
    return Speller(Counts(words, pairs), general=whole_words(vocabulary))
