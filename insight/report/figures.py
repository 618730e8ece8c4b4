"""The kinds of numbers a report prints; each knows its denominator and its 95 % interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

Z95 = 1.959964


@dataclass(frozen=True)
class Count:
    """A plain number of things."""

    number: int
    of_what: str


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, the denominator."""

    part: int
    whole: int
    of_what: str

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.part, self.whole) if self.whole else None


@dataclass(frozen=True)
class Durations:
    """Times in seconds; the denominator is how many there are."""

    seconds: Sequence[float] | np.ndarray
    of_what: str

    @property
    def median(self) -> float | None:
        return _quantile(self.seconds, 0.5)

    @property
    def p90(self) -> float | None:
        return _quantile(self.seconds, 0.9)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the median, by order statistics, without assuming a shape; None below six, which cannot have one."""
        n = len(self.seconds)
        low = int(stats.binom.ppf(0.025, n, 0.5)) if n else 0
        if low < 1:
            return None
        ordered = np.sort(np.asarray(self.seconds, dtype=float))
        return float(ordered[low - 1]), float(ordered[n - low])


@dataclass(frozen=True)
class Mean:
    """The mean of `values`, none of them outside `bounds`."""

    values: Sequence[float] | np.ndarray
    of_what: str
    bounds: tuple[float, float] = (-2.0, 2.0)

    @property
    def mean(self) -> float | None:
        return float(np.mean(self.values)) if len(self.values) else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """By Student's t, kept inside the bounds; None below two values."""
        n = len(self.values)
        if self.mean is None or n < 2:
            return None
        margin = float(stats.t.ppf(0.975, n - 1) * np.std(self.values, ddof=1) / math.sqrt(n))
        return max(self.bounds[0], self.mean - margin), min(self.bounds[1], self.mean + margin)


Figure = Count | Share | Durations | Mean


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (E. B. Wilson, JASA 22, 1927, p. 209); `whole` above zero."""
    rate, z2 = part / whole, Z95**2
    centre = (rate + z2 / (2 * whole)) / (1 + z2 / whole)
    margin = Z95 * math.sqrt(rate * (1 - rate) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return max(0.0, centre - margin), min(1.0, centre + margin)


def _quantile(values: Sequence[float] | np.ndarray, share: float) -> float | None:
    """Linear interpolation between the two nearest ranks."""
    return float(np.quantile(np.asarray(values, dtype=float), share)) if len(values) else None


def size(figure: Figure) -> int:
    """The denominator."""
    match figure:
        case Count(number):
            return number
        case Share(_, whole):
            return whole
        case Durations(seconds):
            return len(seconds)
        case Mean(values):
            return len(values)
