"""Which visits to a shop end with a purchase: 5-fold, on a file of visits in the columns of UCI Online Shoppers.

Given twice, with and without `PageValues`: that column is worked out from purchases, so it leaks what is asked for.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from insight import boosting
from insight.errors import FileError
from insight.evaluate.orders import Block
from insight.predictions.choosing import measure

OUTCOME, LEAKS = "Revenue", "PageValues"
FOLDS = 5
LEAST = 50  # visits of each outcome
ROUNDS = 300
SETTINGS = {
    "num_leaves": 15,
    "learning_rate": 0.03,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "lambda_l2": 10.0,
}


def read(path: Path) -> pd.DataFrame:
    """The visits of a CSV file; FileError when it is none."""
    try:
        visits = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be read as a CSV file of visits: {str(error).splitlines()[0]}") from error
    if OUTCOME not in visits:
        raise FileError(f"{path}: there is no column {OUTCOME!r} that says whether a visit ended with a purchase")
    came = visits[OUTCOME].astype(str).str.strip().str.lower().isin(["true", "1", "yes"])
    if min(came.sum(), (~came).sum()) < LEAST:
        raise FileError(f"{path}: at least {LEAST} visits with a purchase and {LEAST} without are needed")
    return visits.assign(**{OUTCOME: came})


def purchase_intent(visits: pd.DataFrame) -> dict[str, Block]:
    """`purchase_intent` and `purchase_intent_without_page_values`, each ours beside logistic regression."""
    without = [name for name in visits.columns if name not in (OUTCOME, LEAKS)]
    blocks = {"purchase_intent_without_page_values": _block(visits, without)}
    if LEAKS in visits:
        blocks = {"purchase_intent": _block(visits, [*without, LEAKS]), **blocks}
    return blocks


def _block(visits: pd.DataFrame, columns: list[str]) -> Block:
    """Chances of every visit from a model that has not seen it, all folds together."""
    from sklearn.model_selection import StratifiedKFold

    came = visits[OUTCOME].to_numpy(dtype=bool)
    inputs = pd.get_dummies(visits[columns], dtype=float).fillna(0.0).to_numpy(dtype=float)
    found = {name: np.zeros(len(came)) for name in ("ours", "logistic", "base_rate")}
    areas: dict[str, list[float]] = {name: [] for name in found}
    for known, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(inputs, came):
        found["ours"][asked] = _boosted(inputs[known], came[known], inputs[asked])
        found["logistic"][asked] = _logistic(inputs[known], came[known], inputs[asked])
        found["base_rate"][asked] = came[known].mean()
        for name, chances in found.items():
            areas[name].append(measure(chances[asked], came[asked])["auc"])
    block = {}
    for name, chances in found.items():
        whole = measure(chances, came)
        visits_measured = {"visits": whole.pop("customers"), "purchases": whole.pop("positives")}
        block[name] = {**whole, "auc": round(float(np.mean(areas[name])), 4), **visits_measured}
    return block


def _boosted(known: np.ndarray, came: np.ndarray, asked: np.ndarray) -> np.ndarray:
    return np.asarray(boosting.fit(known, came, rounds=ROUNDS, **SETTINGS).predict(asked))


def _logistic(known: np.ndarray, came: np.ndarray, asked: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000)).fit(known, came)
    return np.asarray(model.predict_proba(asked)[:, 1])
