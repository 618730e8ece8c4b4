"""What a report says in words, ranked by what it costs; a new kind of finding is a file here and a line in `DETECTORS`.

What something costs, in the shop's money, is what can be counted of it: refunds and returned goods at their price,
cancelled orders at their total, and the time of people: conversations with a person x their median time from taking to
resolving (10 minutes where none was resolved) x `HOURLY`. Good news costs less than nothing; it is ranked by its size.

So many things are looked at that some will look special by chance. Each detector gives the probability that chance did
it, and over all of them Benjamini and Hochberg's rule (JRSS B 57, 1995, p. 289) keeps the share of false alarms
at `FALSE_ALARMS`.
"""

from collections.abc import Callable, Iterable
from datetime import tzinfo

from insight.report.facts import Facts
from insight.report.findings import changes, gaps, intents, moves, products, returns, suggestions
from insight.report.findings.finding import Candidate, Finding

__all__ = ["Finding", "find"]

FALSE_ALARMS = 0.05
Detector = Callable[[Facts, Facts, tzinfo], Iterable[Candidate]]
DETECTORS: tuple[Detector, ...] = (
    returns.more_returned,
    intents.more_asked,
    intents.failing,
    gaps.unanswered,
    products.souring,
    changes.found,
    moves.moving,
    suggestions.paying,
    suggestions.uplift,
)


def find(now: Facts, before: Facts, zone: tzinfo) -> tuple[Finding, ...]:
    """The findings of a period beside the one before, the dearest first."""
    found = [candidate for detector in DETECTORS for candidate in detector(now, before, zone)]
    kept = [one.finding for one in _not_by_chance(found)]
    return tuple(sorted(kept, key=lambda one: (-abs(one.cost), one.kind, one.title)))


def _not_by_chance(candidates: list[Candidate]) -> list[Candidate]:
    tested = sorted(one.p_value for one in candidates if one.p_value is not None)
    passed = [p for rank, p in enumerate(tested, start=1) if p <= FALSE_ALARMS * rank / len(tested)]
    limit = max(passed, default=-1.0)
    return [one for one in candidates if one.p_value is None or one.p_value <= limit]
