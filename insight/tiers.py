"""Value tiers, high / mid / low, from recency, frequency and money: two points for each, by thresholds in one place.

The thresholds are the terciles of all customers with an order. `refresh` fits them and records them in the log
(`Tiers Refreshed`), so that a replay knows the same ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

EVENT = "Tiers Refreshed"
HIGH_FROM, MID_FROM = 5, 3  # points, of six


@dataclass(frozen=True)
class Thresholds:
    """For each, the limit of the middle and of the best third; `recency_days` the fewer the better."""

    recency_days: tuple[float, float] = (180.0, 60.0)
    orders: tuple[float, float] = (2.0, 5.0)
    spent: tuple[float, float] = (100.0, 500.0)

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> "Thresholds":
        """Reads what `as_document` made; before the first refresh the thresholds of a small shop."""
        if document is None:
            return cls()
        return cls(**{name: (float(document[name][0]), float(document[name][1])) for name in asdict(cls())})

    def as_document(self) -> dict[str, Any]:
        return {name: list(limits) for name, limits in asdict(self).items()}


def fit(*, recency_days: Sequence[float], orders: Sequence[float], spent: Sequence[float]) -> Thresholds:
    """Terciles of the population; each sequence has one number a customer. Without customers the defaults."""
    if not len(orders):
        return Thresholds()
    return Thresholds(
        recency_days=_limits(recency_days, 2 / 3, 1 / 3),
        orders=_limits(orders, 1 / 3, 2 / 3),
        spent=_limits(spent, 1 / 3, 2 / 3),
    )


def tier(thresholds: Thresholds, *, recency_days: float | None, orders: int, spent: float) -> str:
    """`high`, `mid` or `low`; somebody without an order is `low`."""
    if orders == 0 or recency_days is None:
        return "low"
    points = sum(recency_days <= limit for limit in thresholds.recency_days)
    points += sum(orders >= limit for limit in thresholds.orders)
    points += sum(spent >= limit for limit in thresholds.spent)
    return "high" if points >= HIGH_FROM else "mid" if points >= MID_FROM else "low"


def _limits(values: Sequence[float], middle: float, best: float) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(values, dtype=float), [middle, best])
    return round(float(low), 2), round(float(high), 2)
