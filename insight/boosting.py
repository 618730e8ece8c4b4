"""Gradient boosting of yes or no as all of insight fits it: on one thread, and the same twice."""

from typing import Any

import numpy as np

SETTINGS = {
    "objective": "binary",
    "bagging_freq": 1,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def fit(features: np.ndarray, outcome: np.ndarray, *, rounds: int, **settings: float) -> Any:
    """A LightGBM booster; `settings` are its own, beside `SETTINGS`."""
    import lightgbm  # only batch work has it

    return lightgbm.train({**SETTINGS, **settings}, lightgbm.Dataset(features, outcome), rounds)
