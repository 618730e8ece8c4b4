"""Who buys again in 30 days, and who of those that bought in the last 90 days stays away for 90.

The outcome is the end of the file. `ours` is what the refresh would use (`insight.predictions`), chosen and fitted on
earlier moments whose outcomes were all known when the last part began. The peers get the same help: a regression on
their one number turns it into a chance for the Brier score, while their ranking stays as it is.

A file that is too short for those days is measured over the longest that it allows; `days` says how many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from insight.errors import FileError
from insight.evaluate.orders import Block, Orders
from insight.predictions.choosing import choose, measure
from insight.predictions.contenders import Boosted, Logistic, Model
from insight.predictions.features import Known
from insight.predictions.moments import CHURN, REPURCHASE, Slice, Target, moments

FLAGGED = 10  # one in so many counts as warned of
STRETCHES = 3  # of a target's days: the last, one to learn from, and what was known before that
SHORTEST_DAYS, SHORTER = 7, 0.8
LEARNT_FROM = 2  # of each outcome


def repurchase(orders: Orders) -> Block:
    """Of all customers known 30 days before the end, who bought in those days."""
    return _compare(orders.purchases, REPURCHASE)


def churn(orders: Orders) -> Block:
    """Of the customers who bought in the 90 days before, who did not in the last 90 days of the file.

    `lead_days`: how many days before their silence reaches 90 days those of the worst tenth who did not come back were
    named, in the middle.
    """
    return _compare(orders.purchases, CHURN)


def _windows(target: Target, days: int) -> Iterator[Target]:
    """The target itself, if a file of so many days allows it, else the longest one; then shorter and shorter ones."""
    some = min(target.days, days // STRETCHES)
    while some >= SHORTEST_DAYS:
        yield replace(target, days=some, active=target.active and some)
        some = int(some * SHORTER)


def _compare(bought: pd.DataFrame, wanted: Target) -> Block:
    known, end = Known(bought), bought["day"].max()
    for target in _windows(wanted, (end - bought["day"].min()).days):
        found = moments(known, target, end=end)
        if _least(found[:1]) >= 1 and _least(found[1:]) >= LEARNT_FROM:
            return _block(bought, found, target)
    raise FileError(f"too few days or returning customers to foresee {wanted.days} days from earlier ones, or fewer")


def _block(bought: pd.DataFrame, found: Sequence[Slice], target: Target) -> Block:
    last, *earlier = found
    block = {"logistic": _measured(Logistic.fit(earlier), last, target)}
    block["lightgbm"] = _measured(Boosted.fit(earlier), last, target)
    block["gru"] = _sequence(bought, earlier, last, target)
    simple = {name: _simple(earlier, last, target, *column) for name, column in _columns(target).items()}
    chosen = _chosen(earlier, target)
    ours = simple[_simplest(earlier, target)] if chosen is None else _measured(chosen, last, target)
    return {"ours": ours} | block | simple


def _columns(target: Target) -> dict[str, tuple[str, bool]]:
    """Each simple way's feature, and whether more of it makes the outcome likelier."""
    return {"recency": ("silence", target.away), "bg_nbd": ("alive", not target.away)}


def _simplest(earlier: Sequence[Slice], target: Target) -> str:
    """The simple way that ranked the newest earlier outcomes best; recency where these tell nothing."""
    newest = earlier[0]
    if not _least([newest]):
        return "recency"
    ranked = {name: _ranking(newest, *column) for name, column in _columns(target).items()}
    areas = {
        name: measure(np.zeros(len(ranking)), newest.outcome, ranking=ranking)["auc"]
        for name, ranking in ranked.items()
    }
    return max(areas, key=lambda name: areas[name])


def _ranking(rows: Slice, column: str, upwards: bool) -> np.ndarray:
    return np.asarray(rows.features[column].to_numpy() * (1.0 if upwards else -1.0))


def _simple(earlier: Sequence[Slice], last: Slice, target: Target, column: str, upwards: bool) -> dict[str, float]:
    chances = Logistic.fit(earlier, columns=[column]).chances(last.features)
    ranking = _ranking(last, column, upwards)
    return _told(measure(chances, last.outcome, ranking=ranking), ranking, last, target)


def _chosen(earlier: Sequence[Slice], target: Target) -> Model | None:
    """What the refresh would use; None where nothing beats recency, or where too few outcomes are known to tell."""
    choice = choose(earlier, baseline="recency", simple=lambda rows: rows["silence"].to_numpy() * _sign(target))
    return choice.model if choice is not None and choice.beats_baseline else None


def _measured(model: Model, last: Slice, target: Target) -> dict[str, float]:
    ranking = model.scores(last.features) if isinstance(model, Boosted) else model.chances(last.features)
    return _told(measure(model.chances(last.features), last.outcome, ranking=ranking), ranking, last, target)


def _sequence(bought: pd.DataFrame, earlier: Sequence[Slice], last: Slice, target: Target) -> dict[str, float]:
    from insight.predictions.sequence import foresee, sequences

    end = bought["day"].max()
    days = [end - pd.Timedelta(days=steps * target.days) for steps in range(1, len(earlier) + 2)]
    read = [sequences(bought, one.features.index, as_of=day) for one, day in zip([last, *earlier], days, strict=True)]
    learnt = [(steps, one.outcome) for steps, one in zip(read[1:], earlier, strict=True)]
    chances = foresee(learnt, read[0])
    return _told(measure(chances, last.outcome), chances, last, target)


def _told(found: dict[str, float], ranking: np.ndarray, last: Slice, target: Target) -> dict[str, float]:
    """With how many days were foreseen, and how early those were named who did not come back."""
    found = {**found, "days": target.days}
    if target.active is None:
        return found
    named = np.argsort(-ranking, kind="stable")[: max(1, len(ranking) // FLAGGED)]
    gone = last.features["silence"].to_numpy()[named[last.outcome[named]]]
    return {**found, "lead_days": round(float(target.active - np.median(gone)), 1) if len(gone) else 0.0}


def _sign(target: Target) -> float:
    return 1.0 if target.away else -1.0


def _least(slices: Sequence[Slice]) -> int:
    """How often the rarer outcome is there."""
    came = sum(int(one.outcome.sum()) for one in slices)
    return min(came, sum(len(one.outcome) for one in slices) - came)
