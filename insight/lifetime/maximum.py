"""Maximum likelihood over positive parameters, from several starting points, with convergence checked.

Parameters are searched as logarithms within `LIMITS`: a heterogeneity that the data do not show sends a parameter to a
limit, which is an answer; a slope that has not vanished is none.
"""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from insight.lifetime.errors import FitError

LIMITS = (-9.0, 9.0)  # of a logarithm: 1.2e-4 to 8.1e3
ALIKE = 1e-9  # two starts that lead as high as this have found the maximum; the others are not tried
LARGEST_SLOPE = 1e-3  # of the mean log-likelihood, by the logarithm of a parameter

Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]


def maximise(likelihood: Likelihood, starts: Iterable[tuple[float, ...]], *, name: str) -> tuple[np.ndarray, float]:
    """The best parameters and the mean log-likelihood there; FitError when no start converges.

    `likelihood` gives the mean log-likelihood and its slope by each parameter.
    """

    def downhill(logs: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = np.exp(logs)
        value, slope = likelihood(parameters)
        return -value, -slope * parameters

    found = []
    with threadpool_limits(1, user_api="blas"):  # a handful of parameters: a second thread would only spin
        for start in starts:
            logs = np.clip(np.log(start), *LIMITS)
            result = minimize(
                downhill,
                logs,
                jac=True,
                method="L-BFGS-B",
                bounds=[LIMITS] * len(logs),
                options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 2_000},
            )
            if np.isfinite(result.fun) and _steepness(result.x, result.jac) <= LARGEST_SLOPE:
                found.append(result)
            if len(found) > 1 and abs(found[0].fun - found[1].fun) <= ALIKE:
                break
    if not found:
        raise FitError(f"{name} could not be fitted: no starting point led to a maximum; check the purchases' dates")
    best = min(found, key=lambda result: float(result.fun))
    return np.exp(best.x), -float(best.fun)


def _steepness(logs: np.ndarray, slope: np.ndarray) -> float:
    """The largest slope that is not pushing against a limit."""
    low, high = LIMITS
    stuck = ((logs <= low) & (slope > 0)) | ((logs >= high) & (slope < 0))
    return float(np.max(np.where(stuck, 0.0, np.abs(slope))))
