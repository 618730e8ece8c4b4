"""Who buys again in 30 days, and who of those that bought in the last 90 days stays away for 90.

The outcome is the end of the file. `ours` is a logistic regression on recency, frequency, money and BG/NBD, fitted on
earlier moments whose outcomes were all known when the last part began. The peers get the same help: a regression on
their one number turns it into a chance for the Brier score, while their ranking stays as it is.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insight.errors import FileError
from insight.lifetime import BgNbd, FitError, histories, purchases
from insight.lifetime.histories import DAYS_A_WEEK

REPURCHASE_DAYS = 30
CHURN_DAYS = 90
EARLIER_MOMENTS = 4
ALIVE_LIMITS = (1e-6, 1 - 1e-6)

Block = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Moment:
    """Customers as they were known on one day, and whether each bought in the days after it."""

    features: pd.DataFrame
    bought: np.ndarray


def repurchase(lines: pd.DataFrame) -> Block:
    """Of all customers known 30 days before the end, who bought in those days."""
    earlier, last = _moments(purchases(lines), days=REPURCHASE_DAYS)
    return _compare(earlier, last, churned=False)


def churn(lines: pd.DataFrame) -> Block:
    """Of the customers who bought in the 90 days before, who did not in the last 90 days of the file."""
    earlier, last = _moments(purchases(lines), days=CHURN_DAYS, active_days=CHURN_DAYS)
    return _compare(earlier, last, churned=True)


def moment(bought: pd.DataFrame, *, day: pd.Timestamp, days: int, active_days: int | None = None) -> Moment:
    """What `bought` (rows of `purchases`) says on `day`, and the outcome in the `days` after it.

    Features see nothing after `day`; with `active_days` only customers with a purchase in as many days are looked at.
    """
    known = histories(bought, until=day)
    before = bought[bought["day"] <= day]
    model = BgNbd.fit(known)
    silence = known["age"] - known["recency"]
    gap = known["recency"] / known["repeats"].clip(lower=1)
    total = before.groupby("customer")["spend"].sum().reindex(known.index).clip(lower=0.0)
    features = pd.DataFrame(
        {
            "silence": np.log1p(silence),
            "repeats": np.log1p(known["repeats"]),
            "age": np.log1p(known["age"]),
            "gap": np.log1p(gap),
            "overdue": np.log1p(silence) - np.log1p(gap.where(known["repeats"] > 0, known["age"])),
            "once": (known["repeats"] == 0).astype(float),
            "spent": np.log1p(total),
            "spend": np.log1p(total / (known["repeats"] + 1)),
            "alive": model.alive(known),
            "expected": np.log(model.expected(known, weeks=days / DAYS_A_WEEK) + 1e-6),
        }
    )
    for recent in (30, 90):
        count = before[before["day"] > day - pd.Timedelta(days=recent)].groupby("customer").size()
        features[f"last_{recent}_days"] = np.log1p(count.reindex(known.index, fill_value=0))
    after = bought[(bought["day"] > day) & (bought["day"] <= day + pd.Timedelta(days=days))]
    came = known.index.isin(after["customer"])
    watched = np.ones(len(known), dtype=bool)
    if active_days is not None:
        watched = (silence * DAYS_A_WEEK < active_days).to_numpy()
    return Moment(features[watched], came[watched])


def _moments(bought: pd.DataFrame, *, days: int, active_days: int | None = None) -> tuple[list[Moment], Moment]:
    """The earlier moments, which are fitted on, and the last one; no outcome of the former is in the latter's."""
    if bought.empty:
        raise FileError("no line of this file is a sale to a known customer")
    first, last_day = bought["day"].min(), bought["day"].max()
    found = []
    for steps in range(1, EARLIER_MOMENTS + 2):
        day = last_day - pd.Timedelta(days=steps * days)
        if day < first + pd.Timedelta(days=days):
            break
        try:
            found.append(moment(bought, day=day, days=days, active_days=active_days))
        except FitError:
            break
    if len(found) < 2 or any(len(set(some)) < 2 for some in (_outcomes(found[1:]), found[0].bought)):
        raise FileError(f"too few days or returning customers to foresee {days} days from earlier ones")
    return found[1:], found[0]


def _outcomes(moments: list[Moment]) -> np.ndarray:
    return np.concatenate([one.bought for one in moments])


def _compare(earlier: list[Moment], last: Moment, *, churned: bool) -> Block:
    fitted_on = pd.concat([one.features for one in earlier])
    known, outcome = (_outcomes(earlier) ^ churned), last.bought ^ churned
    sign = -1.0 if churned else 1.0
    methods = {
        "ours": (list(last.features), None),
        "recency": (["silence"], -sign * last.features["silence"].to_numpy()),
        "bg_nbd": (["alive"], sign * last.features["alive"].to_numpy()),
    }
    block = {}
    for name, (columns, ranking) in methods.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
        chances = model.fit(_read(fitted_on, columns), known).predict_proba(_read(last.features, columns))[:, 1]
        block[name] = measure(chances if ranking is None else ranking, chances, outcome)
    return block


def _read(features: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """P(alive) goes in as its log-odds, which a logistic regression can take as they are."""
    alive = features["alive"].clip(*ALIVE_LIMITS)
    return features.assign(alive=np.log(alive / (1 - alive)))[columns].to_numpy()


def measure(ranking: np.ndarray, chances: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """`auc`, `ap` and `lift_at_10pct` of the ranking, `brier` of the chances."""
    return {
        "auc": round(float(roc_auc_score(outcome, ranking)), 4),
        "ap": round(float(average_precision_score(outcome, ranking)), 4),
        "brier": round(float(brier_score_loss(outcome, chances)), 4),
        "lift_at_10pct": round(_lift(ranking, outcome), 4),
        "customers": len(outcome),
        "positives": int(outcome.sum()),
    }


def _lift(ranking: np.ndarray, outcome: np.ndarray) -> float:
    """The rate in the best tenth over the rate of all; of those who tie at its edge, the part that fits in counts."""
    size = max(len(ranking) // 10, 1)
    edge = np.sort(ranking)[-size]
    above, tied = ranking > edge, ranking == edge
    found = outcome[above].sum() + outcome[tied].mean() * (size - above.sum())
    return float(found / size / outcome.mean())
