"""Customer life-time value: the discounted sum of expected purchases times expected spend, period by period.

Source: P. Fader, B. Hardie, K. L. Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of
Marketing Research 42(4), 2005, with the sum taken over weeks up to a horizon instead of without end.
"""

import numpy as np
import pandas as pd

from insight.lifetime.bg_nbd import BgNbd
from insight.lifetime.gamma_gamma import GammaGamma

WEEKS_A_YEAR = 365.25 / 7
YEARLY_DISCOUNT = 0.1


def lifetime_value(
    known: pd.DataFrame,
    *,
    buying: BgNbd,
    spending: GammaGamma,
    weeks: float = WEEKS_A_YEAR,
    yearly_discount: float = YEARLY_DISCOUNT,
) -> np.ndarray:
    """Money that each customer brings in the next `weeks`, worth what it is today; spend is revenue, not margin.

    A purchase is discounted from the middle of the week that it is expected in.
    """
    ends = np.append(np.arange(1.0, weeks), weeks)
    purchases, before, value = np.zeros(len(known)), 0.0, np.zeros(len(known))
    for end in ends:
        so_far = buying.expected(known, weeks=float(end))
        value += (so_far - purchases) / (1.0 + yearly_discount) ** ((before + end) / 2 / WEEKS_A_YEAR)
        purchases, before = so_far, float(end)
    return np.asarray(value * spending.expected(known))
