"""When a product is bought again by who buys it again, and what is due now.

The days between two purchases of a product are taken as log-normal over all who bought it twice. A product is due while
its time is neither to come for most of them nor long past.

Source: R. Bhagat, S. Muralidharan, A. Lobzhanidze, S. Vishwanath, "Buy It Again: Modeling Repeat Purchase
Recommendations", KDD 2018: the share of buyers who buy again times the distribution of their time.
"""

from collections.abc import Mapping
from datetime import datetime
from math import erf, exp, log, sqrt

from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.tables import CycleRow

LOOKED_UP = 200  # the latest purchases
EARLIEST, LATEST = 0.25, 0.95  # of those who buy again, how many have done so by now
DAY_S = 86_400.0


def due(session: Session, bought: Mapping[str, datetime], *, now: datetime) -> dict[str, float]:
    """Of the products bought (and when last), those due at `now`: the likeliest has 1."""
    latest = sorted(bought, key=lambda id: (bought[id], id), reverse=True)[:LOOKED_UP]
    chances = {}
    for cycle in session.scalars(select(CycleRow).where(CycleRow.product_id.in_(latest))) if latest else ():
        days = (now - bought[cycle.product_id]).total_seconds() / DAY_S
        if days > 0 and (chance := _chance(cycle, days)) > 0:
            chances[cycle.product_id] = chance
    best = max(chances.values(), default=1.0)
    return {id: chance / best for id, chance in chances.items()}


def _chance(cycle: CycleRow, days: float) -> float:
    """How likely the product is bought again about now, up to a factor; 0 when it is not due."""
    deviations = (log(days) - cycle.mean_log_days) / cycle.sd_log_days
    passed = (1.0 + erf(deviations / sqrt(2.0))) / 2.0
    return cycle.share * exp(-(deviations**2) / 2.0) if EARLIEST <= passed <= LATEST else 0.0
