"""How a number moved against the period of the same length before, and whether chance alone would move it so far.

Tests at 5 %, two-sided: counts by the binomial (as many conversations in either period), shares by Fisher's exact test,
or the normal approximation of it above 10,000 cases, means by Welch's t, times by Mann and Whitney's U.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from insight.report.figures import Count, Durations, Figure, Mean, Share
from insight.report.wording import duration, write

SURE = 0.05
SAME = "no change"
FEW = 10_000


@dataclass(frozen=True)
class Change:
    """`says`: "+12 points"; `before` is the old number in words; `p_value` None when there is nothing to test."""

    says: str
    before: str
    p_value: float | None

    @property
    def sure(self) -> bool:
        return self.p_value is not None and self.p_value < SURE

    @property
    def may_be_chance(self) -> bool:
        return not self.sure and self.says != SAME


def compare(now: Figure, before: Figure) -> Change | None:
    """None where there is no number on one of the sides."""
    match now, before:
        case Count(), Count() if before.number:
            moved, p_value = _times(now.number / before.number), poisson(now.number, before.number)
        case Share(), Share() if now.whole and before.whole:
            moved = _signed(100 * (now.part / now.whole - before.part / before.whole), ".1f", " points")
            p_value = shares(now.part, now.whole, before.part, before.whole)
        case Durations(), Durations() if now.median is not None and before.median is not None:
            more = now.median - before.median
            moved = f"{'-' if more < 0 else '+'}{duration(abs(more))}" if more else SAME
            p_value = _ranks(now, before)
        case Mean(), Mean() if now.mean is not None and before.mean is not None:
            moved, p_value = _signed(now.mean - before.mean, ".2f"), _welch(now, before)
        case _:
            return None
    return Change(moved, f"{write(before).value} before", p_value)


def _signed(more: float, form: str, unit: str = "") -> str:
    said = f"{more:+{form}}"
    return f"{said}{unit}" if float(said) else SAME


def _times(ratio: float) -> str:
    """In per cent up to the double, and as often as a person would say it from there."""
    if 0.995 < ratio < 1.005:
        return SAME
    return f"{ratio - 1:+.0%}" if ratio < 2 else f"{ratio:.1f} times as many".replace(".0 ", " ")


def poisson(now: int, before: int) -> float | None:
    """That two counts come from the same rate: given their sum, one is binomial with a half."""
    return float(stats.binomtest(now, now + before).pvalue) if now + before else None


def shares(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """That two shares are the same; both wholes above zero."""
    if whole + other_whole <= FEW:
        table = [[part, whole - part], [other_part, other_whole - other_part]]
        return float(stats.fisher_exact(table).pvalue)
    pooled = (part + other_part) / (whole + other_whole)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    return float(2 * stats.norm.sf(abs(part / whole - other_part / other_whole) / spread)) if spread else 1.0


def _welch(now: Mean, before: Mean) -> float | None:
    if min(len(now.values), len(before.values)) < 2 or np.ptp(now.values) == np.ptp(before.values) == 0:
        return None
    return float(stats.ttest_ind(now.values, before.values, equal_var=False).pvalue)


def _ranks(now: Durations, before: Durations) -> float:
    return float(stats.mannwhitneyu(now.seconds, before.seconds, method="asymptotic").pvalue)
