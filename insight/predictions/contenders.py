"""The models that may predict: logistic regression, and gradient boosting with calibrated chances.

Each has `fit(slices)` (the newest first), `chances(features)` and `pushes(features)`: how far each feature moves a row
from the usual, the SHAP values of that model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from insight import boosting
from insight.predictions.moments import Slice

ISOTONIC_FROM = 1_000  # examples to calibrate on; fewer give Platt's curve
ROUNDS = 120
SETTINGS = {
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "lambda_l2": 5.0,
}
ODDS = 1e-6  # chances nearer to 0 or 1 have these log-odds


@dataclass(frozen=True)
class Logistic:
    """`mean` and `scale` are of the features as `legible` gives them."""

    columns: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: float
    name: str = "logistic"

    @classmethod
    def fit(cls, slices: Sequence[Slice], *, columns: Sequence[str] | None = None) -> "Logistic":
        """On all slices together; `columns`: on these features alone."""
        from sklearn.linear_model import LogisticRegression

        columns = tuple(slices[0].features.columns if columns is None else columns)
        read = np.concatenate([legible(one.features, columns) for one in slices])
        mean, scale = read.mean(axis=0), read.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        model = LogisticRegression(max_iter=1_000).fit((read - mean) / scale, _outcomes(slices))
        return cls(columns, mean, scale, model.coef_[0], float(model.intercept_[0]))

    def chances(self, features: pd.DataFrame) -> np.ndarray:
        return _chance(self.pushes(features).sum(axis=1) + self.bias)

    def pushes(self, features: pd.DataFrame) -> np.ndarray:
        """Exact for a linear model: weight times distance from the mean (Lundberg and Lee, NIPS 2017, section 4.1)."""
        return np.asarray((legible(features, self.columns) - self.mean) / self.scale * self.weights)


@dataclass(frozen=True)
class Boosted:
    """Gradient boosting whose scores a curve turns into chances; the curve is fitted on the newest slice."""

    columns: tuple[str, ...]
    booster: Any
    curve: Any
    name: str = "lightgbm"

    @classmethod
    def fit(cls, slices: Sequence[Slice]) -> "Boosted":
        """With one slice, or a newest one where all ended alike, every second row is for the curve."""
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression

        newest, *older = slices if len(slices) > 1 and _both(slices[0].outcome) else _halves(slices)
        columns = tuple(newest.features.columns)
        rows = np.concatenate([one.features.to_numpy() for one in older])
        booster = boosting.fit(rows, _outcomes(older), rounds=ROUNDS, **SETTINGS)
        scores = np.asarray(booster.predict(newest.features.to_numpy(), raw_score=True))
        if len(scores) >= ISOTONIC_FROM:
            curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, newest.outcome)
        else:
            curve = LogisticRegression().fit(scores[:, None], newest.outcome)
        return cls(columns, booster, curve)

    def chances(self, features: pd.DataFrame) -> np.ndarray:
        return self.calibrated(self.scores(features))

    def calibrated(self, scores: np.ndarray) -> np.ndarray:
        """The chances that belong to log-odds."""
        if hasattr(self.curve, "predict_proba"):
            return np.asarray(self.curve.predict_proba(scores[:, None])[:, 1])
        return np.asarray(self.curve.predict(scores))

    def scores(self, features: pd.DataFrame) -> np.ndarray:
        """Log-odds before the curve: they rank the rows that a step of the curve makes alike."""
        return np.asarray(self.booster.predict(features[list(self.columns)].to_numpy(), raw_score=True))

    def pushes(self, features: pd.DataFrame) -> np.ndarray:
        """TreeSHAP as LightGBM computes it (Lundberg and others, Nature Machine Intelligence 2, 2020)."""
        found = self.booster.predict(features[list(self.columns)].to_numpy(), pred_contrib=True)
        return np.asarray(found)[:, :-1]


Model = Logistic | Boosted


def legible(features: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """The features as a linear model can use them: logarithms of counts and amounts, log-odds of chances."""
    read = []
    for name in columns:
        values = features[name].to_numpy(dtype=float)
        if name == "alive":
            inside = np.clip(values, ODDS, 1.0 - ODDS)
            read.append(np.log(inside / (1.0 - inside)))
        elif name in ("expected", "overdue"):
            read.append(np.log(values + ODDS))
        else:
            read.append(np.log1p(np.maximum(values, 0.0)))
    return np.column_stack(read)


def _chance(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -500, 500))))


def _outcomes(slices: Sequence[Slice]) -> np.ndarray:
    return np.concatenate([one.outcome for one in slices])


def _both(outcome: np.ndarray) -> bool:
    return bool(outcome.any() and not outcome.all())


def _halves(slices: Sequence[Slice]) -> tuple[Slice, Slice]:
    """Every second row of all slices; of each outcome, where that is needed for both halves to have both."""
    features, outcome = pd.concat([one.features for one in slices]), _outcomes(slices)
    order = np.arange(len(outcome))
    if not (_both(outcome[::2]) and _both(outcome[1::2])):
        order = np.argsort(outcome, kind="stable")
    first, second = order[::2], order[1::2]
    return Slice(features.iloc[first], outcome[first]), Slice(features.iloc[second], outcome[second])
