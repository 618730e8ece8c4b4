"""Gamma-gamma: what a customer spends on a purchase, on average and yet to come.

Source: P. Fader, B. Hardie, "The Gamma-Gamma Model of Monetary Value", 2013 (brucehardie.com/notes/025). Each purchase
varies by Gamma(p, ·) about the customer's own mean, and the means vary between customers. Few purchases are drawn
towards the mean of all. The mean of all exists only for q > 1, so q is searched above 1.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln, psi

from insight.lifetime.errors import FitError
from insight.lifetime.maximum import maximise

STARTS = ((2.0, 2.0, 1.0), (6.0, 3.0, 0.5), (1.0, 0.5, 1.0))  # p, q - 1, and gamma in units of the mean spend
LEAST_REPEATERS = 10


@dataclass(frozen=True)
class GammaGamma:
    """`gamma` is in money; `log_likelihood` is the sum over the customers of the fit."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    @classmethod
    def fit(cls, known: pd.DataFrame) -> "GammaGamma":
        """By maximum likelihood on the customers with a repeat purchase that cost something; FitError when few."""
        paid = known[(known["repeats"] > 0) & (known["spend"] > 0)]
        if len(paid) < LEAST_REPEATERS:
            raise FitError(f"gamma-gamma needs at least {LEAST_REPEATERS} customers with a repeat purchase")
        repeats, spend = paid["repeats"].to_numpy(dtype=float), paid["spend"].to_numpy(dtype=float)
        unit = float(spend.mean())

        def likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            p, above_one, gamma = parameters
            values, slopes = _log_likelihood(np.array([p, 1.0 + above_one, gamma]), repeats, spend / unit)
            return float(values.mean()), slopes.mean(axis=1)

        (p, above_one, gamma), _ = maximise(likelihood, STARTS, name="gamma-gamma")
        values, _ = _log_likelihood(np.array([p, 1.0 + above_one, gamma * unit]), repeats, spend)
        return cls(float(p), float(1.0 + above_one), float(gamma * unit), float(values.sum()))

    def expected(self, known: pd.DataFrame) -> np.ndarray:
        """The mean spend of each customer's future purchases; the mean of all without a repeat (equation 5)."""
        repeats, spend = known["repeats"].to_numpy(dtype=float), known["spend"].to_numpy(dtype=float)
        return np.asarray(self.p * (self.gamma + repeats * spend) / (self.p * repeats + self.q - 1.0))


def _log_likelihood(parameters: np.ndarray, repeats: np.ndarray, spend: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each customer's log-likelihood (equation 1a), and its slopes by p, q and gamma (3 rows)."""
    p, q, gamma = parameters
    shape, total = p * repeats, repeats * spend
    values = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma) - (shape + q) * np.log(gamma + total)
    values += (shape - 1.0) * np.log(spend) + shape * np.log(repeats)
    slopes = np.array(
        [
            repeats * (psi(shape + q) - psi(shape) + np.log(total) - np.log(gamma + total)),
            psi(shape + q) - psi(q) + np.log(gamma) - np.log(gamma + total),
            q / gamma - (shape + q) / (gamma + total),
        ]
    )
    return values, slopes
