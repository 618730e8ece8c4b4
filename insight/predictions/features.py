"""What is known of every customer at one moment, as numbers in the units that people use.

`features` is the only place where the past is read for a prediction about customers, so that one test shows that no
number in it sees the future.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from insight.lifetime import BgNbd, histories
from insight.lifetime.histories import DAYS_A_WEEK

RECENT_DAYS = (30, 90)
ACTS = {  # the name of what people do -> a column, how many days back it counts
    "Product Viewed": ("viewed", 30),
    "Product Added": ("added", 30),
    "Live Chat Message Sent": ("messages", 30),
    "Return Requested": ("returns", 90),
    "Complaint Opened": ("complaints", 90),
}
LONGEST_DAYS = max(days for _, days in ACTS.values())


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({"customer": pd.Series(dtype="str"), "at": pd.Series(dtype="datetime64[us]"), "name": []})


@dataclass(frozen=True)
class Known:
    """The log as tables: `purchases` (customer, day, spend; a row a customer and day), `acts` (customer, at, name)."""

    purchases: pd.DataFrame
    acts: pd.DataFrame = field(default_factory=_nothing)


def features(known: Known, *, as_of: pd.Timestamp, days: int) -> pd.DataFrame:
    """One row a customer who bought up to and including the day `as_of`; nothing later is looked at.

    Days: `silence` since the last purchase, `age` since the first, `gap` between two. `overdue` is silence in gaps.
    `spent` in all and `spend` a purchase in money; `alive` and `expected` (purchases in the next `days`) by BG/NBD.
    FitError when BG/NBD cannot be fitted.
    """
    before = known.purchases[known.purchases["day"] <= as_of]
    seen = histories(before, until=as_of)
    model = BgNbd.fit(seen)
    repeats = seen["repeats"].to_numpy(dtype=float)
    age, silence = seen["age"] * DAYS_A_WEEK, (seen["age"] - seen["recency"]) * DAYS_A_WEEK
    gap = (seen["recency"] * DAYS_A_WEEK / np.maximum(repeats, 1.0)).where(repeats > 0, age)
    spent = before.groupby("customer", observed=True)["spend"].sum().reindex(seen.index).clip(lower=0.0)
    found = pd.DataFrame(
        {
            "silence": silence,
            "purchases": repeats + 1.0,
            "age": age,
            "gap": gap,
            "overdue": (silence + 1.0) / (gap + 1.0),
            "once": (repeats == 0).astype(float),
            "spent": spent,
            "spend": spent / (repeats + 1.0),
            "alive": model.alive(seen),
            "expected": model.expected(seen, weeks=days / DAYS_A_WEEK),
        }
    )
    for recent in RECENT_DAYS:
        count = before[before["day"] > as_of - pd.Timedelta(days=recent)].groupby("customer", observed=True).size()
        found[f"bought_{recent}"] = count.reindex(seen.index, fill_value=0).astype(float)
    return found.join(_acts(known.acts, seen.index, as_of=as_of + pd.Timedelta(days=1)))


def _acts(acts: pd.DataFrame, customers: pd.Index, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """How often each customer did each of `ACTS` before the moment `as_of`."""
    counted = pd.DataFrame(index=customers)
    recent = acts[(acts["at"] < as_of) & (acts["at"] >= as_of - pd.Timedelta(days=LONGEST_DAYS))]
    for name, (column, days) in ACTS.items():
        near = recent[(recent["at"] >= as_of - pd.Timedelta(days=days)) & (recent["name"] == name)]
        count = near.groupby("customer").size()
        counted[column] = count.reindex(customers, fill_value=0).astype(float)
    return counted
