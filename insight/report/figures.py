"""The kinds of numbers a report prints; each knows its denominator and its 95 % interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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

    seconds: tuple[float, ...]
    of_what: str

    @property
    def median(self) -> float | None:
        return quantile(self.seconds, 0.5) if self.seconds else None

    @property
    def p90(self) -> float | None:
        return quantile(self.seconds, 0.9) if self.seconds else None


@dataclass(frozen=True)
class Mean:
    """The mean of `values`, each between -1 and 1 (or a difference of such)."""

    values: tuple[float, ...]
    of_what: str

    @property
    def mean(self) -> float | None:
        return math.fsum(self.values) / len(self.values) if self.values else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """By the normal approximation; None below two values."""
        if self.mean is None or len(self.values) < 2:
            return None
        mean = self.mean
        variance = math.fsum((value - mean) ** 2 for value in self.values) / (len(self.values) - 1)
        margin = Z95 * math.sqrt(variance / len(self.values))
        return mean - margin, mean + margin


Figure = Count | Share | Durations | Mean


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (E. B. Wilson, JASA 22, 1927, p. 209); `whole` above zero."""
    rate, z2 = part / whole, Z95**2
    centre = (rate + z2 / (2 * whole)) / (1 + z2 / whole)
    margin = Z95 * math.sqrt(rate * (1 - rate) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return max(0.0, centre - margin), min(1.0, centre + margin)


def quantile(values: Sequence[float], share: float) -> float:
    """Linear interpolation between the two nearest ranks; `values` must not be empty."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
