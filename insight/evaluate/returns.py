"""Who buys again in 30 days, and who of those that bought in the last 90 days stays away for 90.

The outcome is the end of the file. `ours` is what the refresh would use (`insight.predictions`), chosen and fitted on
earlier moments whose outcomes were all known when the last part began. The peers get the same help: a regression on
their one number turns it into a chance for the Brier score, while their ranking stays as it is.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from insight.errors import FileError
from insight.evaluate.orders import Block, Orders
from insight.predictions.choosing import choose, measure
from insight.predictions.contenders import Boosted, Logistic, Model
from insight.predictions.features import Known
from insight.predictions.moments import CHURN, REPURCHASE, Slice, Target, moments

FLAGGED = 10  # one in so many counts as warned of


def repurchase(orders: Orders) -> Block:
    """Of all customers known 30 days before the end, who bought in those days."""
    return _compare(orders.purchases, REPURCHASE)


def churn(orders: Orders) -> Block:
    """Of the customers who bought in the 90 days before, who did not in the last 90 days of the file.

    `lead_days`: how many days before their silence reaches 90 days those of the worst tenth who did not come back were
    named, in the middle.
    """
    return _compare(orders.purchases, CHURN)


def _compare(bought: pd.DataFrame, target: Target) -> Block:
    known = Known(bought)
    found = moments(known, target, end=bought["day"].max())
    if any(_one_sided(some) for some in (found[:1], found[1:])):
        raise FileError(f"too few days or returning customers to foresee {target.days} days from earlier ones")
    last, *earlier = found
    columns = {"recency": ("silence", target.away), "bg_nbd": ("alive", not target.away)}
    simple = {name: _simple(earlier, last, target, *column) for name, column in columns.items()}
    chosen = _chosen(earlier, target)
    block = {"ours": simple["recency"] if chosen is None else _measured(chosen, last, target)}
    block["logistic"] = _measured(Logistic.fit(earlier), last, target)
    block["lightgbm"] = _measured(Boosted.fit(earlier), last, target)
    block["gru"] = _sequence(bought, earlier, last, target)
    return block | simple


def _simple(earlier: Sequence[Slice], last: Slice, target: Target, column: str, upwards: bool) -> dict[str, float]:
    chances = Logistic.fit(earlier, columns=[column]).chances(last.features)
    ranking = last.features[column].to_numpy() * (1.0 if upwards else -1.0)
    return _with_lead(measure(chances, last.outcome, ranking=ranking), ranking, last, target)


def _chosen(earlier: Sequence[Slice], target: Target) -> Model | None:
    """What the refresh would use; None where nothing beats recency, or where too few outcomes are known to tell."""
    choice = choose(earlier, baseline="recency", simple=lambda rows: rows["silence"].to_numpy() * _sign(target))
    return choice.model if choice is not None and choice.beats_baseline else None


def _measured(model: Model, last: Slice, target: Target) -> dict[str, float]:
    ranking = model.scores(last.features) if isinstance(model, Boosted) else model.chances(last.features)
    return _with_lead(measure(model.chances(last.features), last.outcome, ranking=ranking), ranking, last, target)


def _sequence(bought: pd.DataFrame, earlier: Sequence[Slice], last: Slice, target: Target) -> dict[str, float]:
    from insight.predictions.sequence import foresee, sequences

    end = bought["day"].max()
    days = [end - pd.Timedelta(days=steps * target.days) for steps in range(1, len(earlier) + 2)]
    read = [sequences(bought, one.features.index, as_of=day) for one, day in zip([last, *earlier], days, strict=True)]
    learnt = [(steps, one.outcome) for steps, one in zip(read[1:], earlier, strict=True)]
    chances = foresee(learnt, read[0])
    return _with_lead(measure(chances, last.outcome), chances, last, target)


def _with_lead(found: dict[str, float], ranking: np.ndarray, last: Slice, target: Target) -> dict[str, float]:
    if target.active is None:
        return found
    named = np.argsort(-ranking, kind="stable")[: max(1, len(ranking) // FLAGGED)]
    gone = last.features["silence"].to_numpy()[named[last.outcome[named]]]
    return {**found, "lead_days": round(float(target.active - np.median(gone)), 1) if len(gone) else 0.0}


def _sign(target: Target) -> float:
    return 1.0 if target.away else -1.0


def _one_sided(slices: Sequence[Slice]) -> bool:
    return len({bool(came) for one in slices for came in one.outcome}) < 2
