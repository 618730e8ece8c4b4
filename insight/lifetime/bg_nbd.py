"""BG/NBD: how many purchases are to come, and whether a customer is still one.

Source: P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24(2), 2005. While active a customer buys at a rate that varies by Gamma(r, alpha), and after each
purchase leaves with a probability that varies by Beta(a, b). Somebody without a repeat is active by construction.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaincinv, expit, gammaln, hyp2f1, psi

from insight.lifetime.errors import FitError
from insight.lifetime.maximum import maximise

STARTS = ((0.3, 0.1, 0.8, 2.5), (1.0, 0.5, 1.0, 1.0), (0.5, 0.3, 0.1, 5.0))  # alpha in units of the longest age
LEAST_REPEATERS = 10
NEAR = 1e-5
NEARLY_ALIKE = 50.0
NODES = 64
LEAST_CHANCE = 1e-12


@dataclass(frozen=True)
class BgNbd:
    """`alpha` is in weeks; `log_likelihood` is the sum over the customers of the fit."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    @classmethod
    def fit(cls, known: pd.DataFrame) -> "BgNbd":
        """By maximum likelihood on the repeats, recency and age that `histories` gives; FitError when impossible."""
        if int((known["repeats"] > 0).sum()) < LEAST_REPEATERS:
            raise FitError(f"BG/NBD needs at least {LEAST_REPEATERS} customers who bought on two days or more")
        counts = known.groupby(["repeats", "recency", "age"]).size()
        weights = counts.to_numpy(dtype=float) / len(known)
        repeats, recency, age = (counts.index.get_level_values(level).to_numpy(dtype=float) for level in range(3))
        unit = float(age.max())

        def likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            values, slopes = _log_likelihood(parameters, repeats, recency / unit, age / unit)
            return float(weights @ values), slopes @ weights

        (r, alpha, a, b), _ = maximise(likelihood, STARTS, name="BG/NBD")
        values, _ = _log_likelihood(np.array([r, alpha * unit, a, b]), repeats, recency, age)
        return cls(float(r), float(alpha * unit), float(a), float(b), float(weights @ values) * len(known))

    def log_likelihoods(self, known: pd.DataFrame) -> np.ndarray:
        """Of each customer (the paper's equation 6, in logarithms)."""
        return _log_likelihood(np.array([self.r, self.alpha, self.a, self.b]), *_arrays(known))[0]

    def alive(self, known: pd.DataFrame) -> np.ndarray:
        """The chance that each customer will buy again at all; 1 without a repeat."""
        repeats, recency, age = _arrays(known)
        left = np.log(self.a) - np.log(self.b + np.maximum(repeats, 1.0) - 1.0)
        left += (self.r + repeats) * (np.log(self.alpha + age) - np.log(self.alpha + recency))
        return np.where(repeats > 0, expit(-left), 1.0)

    def expected(self, known: pd.DataFrame, *, weeks: float) -> np.ndarray:
        """Purchases of each customer in the next `weeks` (the paper's equation 10).

        Euler's transformation leaves 2F1 only small parameters, so that nothing overflows for frequent buyers.
        """
        repeats, _, age = _arrays(known)
        if not self._has_closed_form():
            return np.asarray(self._integrated(repeats, weeks / (self.alpha + age)) * self.alive(known))
        total = self.a + self.b + repeats - 1.0
        passed = weeks / (self.alpha + age + weeks)
        kept = hyp2f1(self.a + self.b - 1.0 - self.r, self.a - 1.0, total, passed) * (1.0 - passed) ** (self.a - 1.0)
        return np.asarray(np.maximum(total / (self.a - 1.0) * (1.0 - kept), 0.0) * self.alive(known))

    def _has_closed_form(self) -> bool:
        """Not where the formula is 0/0 (a = 1), nor where scipy's 2F1 fails: a - r whole, or customers nearly alike."""
        singular = min(abs(self.a - 1.0), abs(math.remainder(self.a - self.r, 1.0)))
        return singular > NEAR and max(self.r, self.a, self.b) < NEARLY_ALIKE

    def _integrated(self, repeats: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        """The same for a customer who is active: the mean of (1 - (1 + p ahead)^-(r + x)) / p over the Beta of p.

        Gauss-Legendre over the quantiles of p; good to 1e-3 at worst and 1e-6 as a rule.
        """
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        distinct, which = np.unique(repeats, return_inverse=True)
        leaves = np.maximum(betaincinv(self.a, self.b + distinct[:, None], (nodes + 1.0) / 2.0), LEAST_CHANCE)[which]
        bought = -np.expm1(-(self.r + repeats[:, None]) * np.log1p(leaves * ahead[:, None])) / leaves
        return np.asarray(bought @ weights / 2.0)


def _arrays(known: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    repeats, recency, age = (known[name].to_numpy(dtype=float) for name in ("repeats", "recency", "age"))
    return repeats, recency, age


def _log_likelihood(
    parameters: np.ndarray, repeats: np.ndarray, recency: np.ndarray, age: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each customer's log-likelihood, and its slopes by r, alpha, a and b (4 rows).

    The two ways to have been silent since the last purchase, still active or gone, are added in log space.
    """
    r, alpha, a, b = parameters
    after = b + np.maximum(repeats, 1.0) - 1.0
    active = -(r + repeats) * np.log(alpha + age)
    gone = np.where(repeats > 0, np.log(a) - np.log(after) - (r + repeats) * np.log(alpha + recency), -np.inf)
    silent = np.logaddexp(active, gone)
    values = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    values += gammaln(a + b) + gammaln(b + repeats) - gammaln(b) - gammaln(a + b + repeats) + silent
    stay, leave = np.exp(active - silent), np.exp(gone - silent)
    fewer = psi(a + b) - psi(a + b + repeats)
    slopes = np.array(
        [
            psi(r + repeats) - psi(r) + np.log(alpha) - stay * np.log(alpha + age) - leave * np.log(alpha + recency),
            r / alpha - (r + repeats) * (stay / (alpha + age) + leave / (alpha + recency)),
            fewer + leave / a,
            fewer + psi(b + repeats) - psi(b) - leave / after,
        ]
    )
    return values, slopes
