"""Which model predicts, if any: the one that foresees the newest known outcomes best, if it beats the simple way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.predictions.contenders import Boosted, Logistic, Model
from insight.predictions.moments import Slice

CONTENDERS: Mapping[str, Callable[[Sequence[Slice]], Model]] = {"logistic": Logistic.fit, "lightgbm": Boosted.fit}
PEER = "gru"  # measured beside them where there are histories; it has no reasons in words
LEAST = 20  # of each outcome, in what is learnt from and in what it is checked on

Measures = dict[str, float]


@dataclass(frozen=True)
class Choice:
    """`model` is fitted on everything; `measured`: how each contender and the simple way did on the newest slice."""

    model: Model
    baseline: str
    measured: Mapping[str, Measures]

    @property
    def beats_baseline(self) -> bool:
        return self.measured[self.model.name]["auc"] > self.measured[self.baseline]["auc"]


def choose(
    slices: Sequence[Slice],
    *,
    baseline: str = "base rate",
    simple: Callable[[pd.DataFrame], np.ndarray] = lambda features: np.zeros(len(features)),
) -> Choice | None:
    """The best of `CONTENDERS` on the newest of `slices` (the first), each fitted on the older ones; beside `PEER`.

    `simple` ranks rows the simple way, by default all alike. None where there are too few outcomes to tell.
    """
    if not (tells(slices[:1]) and tells(slices[1:])):
        return None
    check, *older = slices
    measured = {}
    for name, fit in CONTENDERS.items():
        model = fit(older)
        ranking = model.scores(check.features) if isinstance(model, Boosted) else None
        measured[name] = measure(model.chances(check.features), check.outcome, ranking=ranking)
    best = max(measured, key=lambda name: measured[name]["auc"])
    learnt = [(one.histories, one.outcome) for one in older if one.histories is not None]
    if learnt and check.histories is not None:
        from insight.predictions.sequence import foresee

        measured[PEER] = measure(foresee(learnt, check.histories), check.outcome)
    rate = np.concatenate([one.outcome for one in older]).mean()
    always = np.full(len(check.outcome), rate)
    measured[baseline] = measure(always, check.outcome, ranking=simple(check.features))
    return Choice(CONTENDERS[best](slices), baseline, measured)


def tells(slices: Sequence[Slice]) -> bool:
    """Whether both outcomes are there often enough."""
    came = sum(int(one.outcome.sum()) for one in slices)
    return min(came, sum(len(one.outcome) for one in slices) - came) >= LEAST


def measure(chances: np.ndarray, outcome: np.ndarray, *, ranking: np.ndarray | None = None) -> Measures:
    """`auc`, `ap` and `lift_at_10pct` of the ranking (by default that of the chances), `brier` of the chances."""
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    ranking = chances if ranking is None else ranking
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
