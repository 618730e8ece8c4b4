"""What a way of choosing would have earned, from what another one showed: judged before it ever acts.

Each showing has a reward and the probability (propensity) with which it was chosen from its slate; the judged policy
would have chosen it with another one. All estimates come with a 95 % interval from the spread of their terms.

Sources: inverse propensity scoring, D. Horvitz, D. Thompson, JASA 47, 1952; self-normalised, A. Swaminathan,
T. Joachims, "The Self-Normalized Estimator for Counterfactual Learning", NIPS 2015, equation 6 (its variance by the
delta method); doubly robust, M. Dudík, J. Langford, L. Li, "Doubly Robust Policy Evaluation and Learning", ICML 2011,
equation 2.
"""

import math
from dataclasses import dataclass

import numpy as np

Z95 = 1.959964


@dataclass(frozen=True)
class Estimate:
    """The mean reward a showing, and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Showings:
    """An element a showing: its reward, how probable it was, and how probable it would be under the judged policy."""

    rewards: np.ndarray
    logged: np.ndarray
    judged: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        return self.judged / self.logged

    @property
    def effective(self) -> float:
        """How many showings of the judged policy itself these are worth (L. Kish, "Survey Sampling", 1965)."""
        squares = float((self.weights**2).sum())
        return float(self.weights.sum()) ** 2 / squares if squares else 0.0


def ips(showings: Showings) -> Estimate:
    """Unbiased; its spread is large where the policies differ."""
    return _of_terms(showings.weights * showings.rewards)


def snips(showings: Showings) -> Estimate:
    """Nearly unbiased, with less spread; never outside the rewards that were seen."""
    weights = showings.weights
    if not weights.any():
        return Estimate(0.0, -math.inf, math.inf)
    value = float((weights * showings.rewards).sum() / weights.sum())
    error = math.sqrt(float((weights**2 * (showings.rewards - value) ** 2).sum())) / float(weights.sum())
    return Estimate(value, value - Z95 * error, value + Z95 * error)


def doubly_robust(showings: Showings, *, predicted: np.ndarray, expected: np.ndarray) -> Estimate:
    """Unbiased whatever the rewards predicted, and of little spread where they are right.

    `predicted`: the reward foreseen for what was shown; `expected`: for the judged policy's choice, over the slate.
    """
    return _of_terms(terms(showings, predicted=predicted, expected=expected))


def terms(showings: Showings, *, predicted: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The doubly robust value of each showing, whose mean is the estimate."""
    return np.asarray(expected + showings.weights * (showings.rewards - predicted))


def gain(ours: np.ndarray, theirs: np.ndarray) -> Estimate:
    """How much more one policy earns a showing than another, from the `terms` of both on the same showings."""
    return _of_terms(ours - theirs)


def _of_terms(values: np.ndarray) -> Estimate:
    if len(values) < 2:
        return Estimate(float(values.sum()), -math.inf, math.inf)
    value, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(value, value - Z95 * error, value + Z95 * error)
