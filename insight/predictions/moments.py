"""Customers as they were known on earlier days, with what they did next: what predictions are learnt from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.lifetime import FitError
from insight.predictions.features import Known, features

MOST_MOMENTS = 5


@dataclass(frozen=True)
class Slice:
    """Examples of one stretch of time: a row of features each, whether it came true, and perhaps what led to it.

    `histories`: as the function of that name makes them.
    """

    features: pd.DataFrame
    outcome: np.ndarray
    histories: np.ndarray | None = None


@dataclass(frozen=True)
class Target:
    """Whether a customer buys (or, `away`, does not) in the next `days`; asked of who bought in the last `active`."""

    name: str
    days: int
    says: str  # "buys again in 30 days"
    away: bool = False
    active: int | None = None

    def asked(self, found: pd.DataFrame) -> pd.DataFrame:
        """The customers that it is asked of."""
        return found if self.active is None else found[found["silence"] < self.active]


REPURCHASE = Target("repurchase_30d", 30, "buys again in 30 days")
CHURN = Target("churn_90d", 90, "stays away for 90 days", away=True, active=90)


def moment(known: Known, target: Target, *, as_of: pd.Timestamp) -> Slice:
    """What is known on the day `as_of`, and the outcome in the days after it; FitError as `features`."""
    found = target.asked(features(known, as_of=as_of, days=target.days))
    day = known.purchases["day"]
    after = known.purchases[(day > as_of) & (day <= as_of + pd.Timedelta(days=target.days))]
    return Slice(found, found.index.isin(after["customer"]) ^ target.away)


def moments(known: Known, target: Target, *, end: pd.Timestamp) -> list[Slice]:
    """The moments whose outcomes are known on the day `end`, the newest first; none sees another's outcome."""
    if known.purchases.empty:
        return []
    first, found = known.purchases["day"].min(), []
    for steps in range(1, MOST_MOMENTS + 1):
        day = end - pd.Timedelta(days=steps * target.days)
        if day < first + pd.Timedelta(days=target.days):
            break
        try:
            found.append(moment(known, target, as_of=day))
        except FitError:
            break
    return found
