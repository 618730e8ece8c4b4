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
EARLIEST, LATEST = 0.25, 0.85  # of those who buy again, how many have done so by now
LONGEST_DAYS = 365.0
DAY_S = 86_400.0


def due(session: Session, bought: Mapping[str, datetime], *, now: datetime) -> dict[str, float]:
    """Of the products bought (and when last), those due at `now`, up to 1 for the likeliest at its very time."""
    latest = sorted(bought, key=lambda id: (bought[id], id), reverse=True)[:LOOKED_UP]
    wanted = select(CycleRow).where(CycleRow.product_id.in_(latest))
    timely: dict[str, tuple[float, float]] = {}
    for cycle in session.scalars(wanted) if latest else ():
        days = (now - bought[cycle.product_id]).total_seconds() / DAY_S
        if 0 < days <= LONGEST_DAYS and (timing := _timing(cycle, days)) > 0:
            timely[cycle.product_id] = cycle.share, timing
    most = max((share for share, _ in timely.values()), default=1.0)
    return {id: share / most * timing for id, (share, timing) in timely.items()}


def _timing(cycle: CycleRow, days: float) -> float:
    """How near it is to the time when most buy the product again, 1 at it; 0 when it is not due."""
    deviations = (log(days) - cycle.mean_log_days) / cycle.sd_log_days
    passed = (1.0 + erf(deviations / sqrt(2.0))) / 2.0
    return exp(-(deviations**2) / 2.0) if EARLIEST <= passed <= LATEST else 0.0
