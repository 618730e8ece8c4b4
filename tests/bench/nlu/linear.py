"""Two linear peers: a support vector machine on TF-IDF, and logistic regression on the untouched encoder's vectors.

How strongly they are held back is chosen on held-out parts of train (the official validation part where there is one),
and so is the threshold of scope; then they learn from all of train.
"""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union
from sklearn.svm import LinearSVC

from nlu.calibration import KEPT
from nlu.data import OUT_OF_SCOPE
from nlu.encoder import Encoder, model_id
from nlu.metrics import macro_f1, softmax
from nlu.network import Network
from tests.bench.nlu.data import DataSet, folds
from tests.bench.nlu.outcome import Guess, Outcome, Seconds, latency_ms

BATCH = 32
WEIGHTS = (None, "balanced")
Features = Callable[[tuple[str, ...]], Any]
"""Texts to the rows that a linear model reads."""


def svm(data: DataSet, *, seed: int, folder: Path, base: Path | str, device: str) -> Outcome:
    """Words and pairs of words, character n-grams within words; LIBLINEAR."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    started = Seconds.now()
    features = make_union(words, letters).fit([example.text for example in data.train])
    grid = [LinearSVC(C=c, class_weight=weight) for c, weight in product((0.3, 1.0), WEIGHTS)]
    return _measured(data, features.transform, grid, seed=seed, kept=features, started=started)


def logistic_regression(data: DataSet, *, seed: int, folder: Path, base: Path | str, device: str) -> Outcome:
    """On frozen sentence vectors of length 1, float32."""
    Encoder.load(base, cache=folder)
    encoder = folder / model_id(base)
    started = Seconds.now()
    grid = [LogisticRegression(C=c, class_weight=weight, max_iter=1000) for c, weight in product((3.0, 30.0), WEIGHTS)]
    outcome = _measured(data, partial(_vectors, encoder), grid, seed=seed, kept=None, started=started)
    weights = sum(file.stat().st_size for file in encoder.iterdir() if "int8" not in file.name)
    return replace(outcome, size_mb=outcome.size_mb + weights / 1e6)


def _measured(
    data: DataSet, features: Features, grid: Sequence[Any], *, seed: int, kept: object, started: Seconds
) -> Outcome:
    rows, labels = features(_texts(data.train)), np.array([example.label for example in data.train])
    if data.validation:
        parts = [(rows, labels, features(_texts(data.validation)), [example.label for example in data.validation])]
    else:
        splits = [(part, np.setdiff1d(np.arange(len(labels)), part)) for part in folds(data.train, seed=seed)]
        parts = [(rows[rest], labels[rest], rows[part], labels[part].tolist()) for part, rest in splits]
    tried = [_tried(model, parts) for model in grid]
    best = max(range(len(grid)), key=lambda place: tried[place][0])
    model = grid[best].fit(rows, labels)
    training = started.since()
    return Outcome(
        guesses={name: guesses(model, features(_texts(test))) for name, test in data.tests.items()},
        threshold=tried[best][1],
        calibrated=isinstance(model, LogisticRegression),
        training=training,
        ms_per_message=latency_ms(
            lambda texts: guesses(model, features(tuple(texts))), next(iter(data.tests.values()))
        ),
        size_mb=len(pickle.dumps((kept, model))) / 1e6,
    )


def _tried(model: Any, parts: Sequence[tuple[Any, Any, Any, list[str]]]) -> tuple[float, float]:
    """(macro-F1, threshold) of what each part says about rows it has not seen."""
    found: list[Guess] = []
    truth: list[str] = []
    for rows, labels, unseen, expected in parts:
        found += guesses(clone(model).fit(rows, labels), unseen)
        truth += expected
    return macro_f1(truth, [guess.label for guess in found]), threshold(found, truth)


def guesses(model: Any, rows: Any) -> list[Guess]:
    """The best in-scope label, its share of theirs; out of scope is what it leaves (margins through a softmax)."""
    probabilities = model.predict_proba(rows) if hasattr(model, "predict_proba") else softmax(_margins(model, rows))
    inside = [place for place, label in enumerate(model.classes_) if label != OUT_OF_SCOPE]
    labels = model.classes_[inside]
    return [
        Guess(str(labels[row.argmax()]), float(row.max() / row.sum()), 1.0 - float(row.max()))
        for row in probabilities[:, inside]
    ]


def threshold(found: Sequence[Guess], truth: Sequence[str]) -> float:
    """Of those that keep as many in-scope rows as ours does, the one that tells both sides best; else the lowest."""
    scores = np.array([guess.oos_score for guess in found])
    outside = np.array([label == OUT_OF_SCOPE for label in truth])
    lowest = float(np.nextafter(np.quantile(scores[~outside], KEPT), 2.0))
    cuts = [lowest, *(cut for cut in np.unique(scores).tolist() if cut > lowest)]
    if not outside.any():
        return lowest
    return max(cuts, key=lambda cut: float(np.mean(scores[outside] >= cut) + np.mean(scores[~outside] < cut)))


def _margins(model: Any, rows: Any) -> NDArray[np.float64]:
    margins = model.decision_function(rows)
    return margins if margins.ndim == 2 else np.stack([-margins, margins], axis=1)


def _texts(examples: Sequence[Any]) -> tuple[str, ...]:
    return tuple(example.text for example in examples)


@lru_cache(maxsize=1)
def _network(folder: Path) -> Network:
    return Network.load(folder, threads=1, device="cpu", exact=True)


def _vectors(folder: Path, texts: tuple[str, ...]) -> NDArray[np.float32]:
    """Large parts are remembered: the seeds of a data set have their test in common."""
    return _encoded(folder, texts) if len(texts) > BATCH else _network(folder).run(texts)[0]


@lru_cache(maxsize=4)
def _encoded(folder: Path, texts: tuple[str, ...]) -> NDArray[np.float32]:
    starts = range(0, len(texts), BATCH)
    return np.concatenate([_network(folder).run(texts[start : start + BATCH])[0] for start in starts])
