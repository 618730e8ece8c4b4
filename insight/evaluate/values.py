"""What each customer still buys and spends: the first half of the file's days foresees the second half.

`clv` counts purchases, as the published comparisons do; `clv_spend` is money. `ours` is BG/NBD with what
the first half itself teaches (`insight.lifetime.forecast`), for money times gamma-gamma.
"""

from collections.abc import Mapping

import numpy as np

from insight.evaluate.orders import Block, Orders
from insight.lifetime import BgNbd, GammaGamma, forecast, halves
from insight.lifetime.histories import DAYS_A_WEEK


def clv(orders: Orders) -> Block:
    """Purchases of the second half, for customers of the first; InsightError when nothing can be fitted."""
    bought = orders.purchases
    known, later, middle, weeks = halves(bought)
    age = np.maximum(known["age"].to_numpy(), 1 / DAYS_A_WEEK)
    repeats = known["repeats"].to_numpy(dtype=float)
    foreseen = {
        "ours": forecast(bought, until=middle, weeks=weeks),
        "bg_nbd": BgNbd.fit(known).expected(known, weeks=weeks),
        "rate_times_horizon": repeats / age * weeks,
        "repeat_count": repeats,
        "mean": np.full(len(known), repeats.sum() / age.sum() * weeks),
    }
    return _measure(foreseen, later.groupby("customer").size().reindex(known.index, fill_value=0).to_numpy(dtype=float))


def clv_spend(orders: Orders) -> Block:
    """Money of the second half, for customers of the first; the peers count the spend of repeat purchases."""
    bought = orders.purchases
    known, later, middle, weeks = halves(bought)
    age = np.maximum(known["age"].to_numpy(), 1 / DAYS_A_WEEK)
    spent = (known["repeats"] * known["spend"]).to_numpy()
    spend = GammaGamma.fit(known).expected(known)
    foreseen = {
        "ours": forecast(bought, until=middle, weeks=weeks) * spend,
        "bg_nbd": BgNbd.fit(known).expected(known, weeks=weeks) * spend,
        "rate_times_horizon": spent / age * weeks,
        "repeat_spend": spent,
        "mean": np.full(len(known), spent.sum() / age.sum() * weeks),
    }
    return _measure(foreseen, later.groupby("customer")["spend"].sum().reindex(known.index, fill_value=0.0).to_numpy())


def _measure(foreseen: Mapping[str, np.ndarray], came: np.ndarray) -> Block:
    return {
        name: {
            "mae": round(float(np.abs(values - came).mean()), 4),
            "rmse": round(float(np.sqrt(((values - came) ** 2).mean())), 4),
            "corr": round(_correlation(values, came), 4),
            "customers": len(came),
        }
        for name, values in foreseen.items()
    }


def _correlation(values: np.ndarray, came: np.ndarray) -> float:
    """Pearson's; 0 where one side is the same for all."""
    if np.ptp(values) == 0 or np.ptp(came) == 0:
        return 0.0
    return float(np.corrcoef(values, came)[0, 1])
