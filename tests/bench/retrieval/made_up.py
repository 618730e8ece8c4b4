"""Many templates around the real ones: vectors with neighbours that mean something, and texts.

Each generation makes three of one: a vector with noise as large as 0.6 of what tells the real passages of one template
apart, in the same directions (a draw from their covariance). So a vector has siblings, cousins and strangers, as
questions of shops have. A question is a vector with the whole of that noise. Texts change three words in ten, likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.build import BATCH, Embed
from retrieval.search import said, searchable
from retrieval.templates import Template

GENERATION = 3
NOISE = 0.6
ASKED_NOISE = 1.0
CHANGED_WORDS = 0.3
SEED = 7
CHUNK = 20_000
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Real:
    """The passages of the shop's answers: text, vector of length 1, number of the template."""

    texts: Sequence[str]
    vectors: Vectors
    owner: NDArray[np.int64]


@dataclass(frozen=True)
class MadeUp:
    """Templates and questions: vectors of length 1 and texts. Of the questions, `tuning` are not for measuring."""

    vectors: Vectors
    texts: Sequence[str]
    asked: Vectors
    asked_texts: Sequence[str]
    measured: range
    tuning: range


def real_passages(templates: Sequence[Template], embed: Embed) -> Real:
    """The questions and wordings of the templates that can be searched. `embed`: texts to (n, d) of length 1."""
    texts_of = [[*template.questions, *said(template)] for template in searchable(templates)]
    texts = [text for texts in texts_of for text in texts]
    vectors = np.vstack([embed(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])
    return Real(
        texts, vectors.astype(np.float32), np.repeat(np.arange(len(texts_of)), [len(part) for part in texts_of])
    )


def make(real: Real, count: int, *, questions: int, tuning: int) -> MadeUp:
    """`count` templates and questions to them; the same every time."""
    random = np.random.default_rng(SEED)
    directions = within_templates(real)
    vectors, origin = real.vectors, np.arange(len(real.vectors))
    while len(vectors) < count:
        parents = np.arange(min(count, GENERATION * len(vectors))) % len(vectors)
        vectors, origin = noisy(vectors, parents, NOISE, directions, random), origin[parents]
    order = random.permutation(len(vectors))[:count]
    vectors, origin = vectors[order], origin[order]
    picked = random.integers(count, size=questions + tuning)
    vocabulary = sorted({word for text in real.texts for word in text.split()})
    texts = [reworded(real.texts[place], vocabulary, random) for place in origin]
    return MadeUp(
        vectors,
        texts,
        noisy(vectors, picked, ASKED_NOISE, directions, random),
        [reworded(texts[place], vocabulary, random) for place in picked],
        range(questions),
        range(questions, questions + tuning),
    )


def within_templates(real: Real) -> Vectors:
    """A matrix whose product with standard normal rows is the noise between passages of one template."""
    centres = np.stack([real.vectors[real.owner == owner].mean(axis=0) for owner in range(real.owner.max() + 1)])
    covariance = np.cov((real.vectors - centres[real.owner]).T)
    return np.linalg.cholesky(covariance + 1e-8 * np.eye(len(covariance))).T.astype(np.float32)


def noisy(
    vectors: Vectors, picked: NDArray[np.int64], scale: float, directions: Vectors, random: np.random.Generator
) -> Vectors:
    """The picked vectors with noise, of length 1 again."""
    changed = np.empty((len(picked), vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(picked), CHUNK):
        part = vectors[picked[start : start + CHUNK]]
        part += scale * random.standard_normal(part.shape, dtype=np.float32) @ directions
        changed[start : start + CHUNK] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return changed


def reworded(text: str, vocabulary: Sequence[str], random: np.random.Generator) -> str:
    words = text.split()
    for place in np.flatnonzero(random.random(len(words)) < CHANGED_WORDS):
        words[place] = vocabulary[int(random.random() * len(vocabulary))]
    return " ".join(words)
