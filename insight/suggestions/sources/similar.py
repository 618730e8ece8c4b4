"""What the sources share that start from products and the likeness of others to them: the best few of what fits."""

from collections.abc import Iterator, Mapping
from heapq import nlargest

from insight.suggestions.situation import Others, Seed, Situation

MOST = 40  # candidates of a source


def summed(situation: Situation, alike: Mapping[str, Others]) -> Iterator[tuple[str, float, Seed]]:
    """Products by their likeness to all seeds together, each with the seed that counts most in it.

    The most alike has the weight of its seed; it is 1 only for what the customer asked about.
    """
    totals: dict[str, float] = {}
    most: dict[str, tuple[float, str]] = {}
    for id, others in alike.items():
        weight = situation.seeds[id].weight
        for other, likeness in others:
            part = weight * likeness
            totals[other] = totals.get(other, 0.0) + part
            if other not in most or part > most[other][0]:
                most[other] = part, id
    best = _best(situation, totals)
    for other, total in best:
        seed = situation.seeds[most[other][1]]
        yield other, seed.weight * total / best[0][1], seed


def strongest(situation: Situation, alike: Mapping[str, Others]) -> Iterator[tuple[str, float, Seed]]:
    """Products by their likeness to the one seed that they are most like."""
    most: dict[str, float] = {}
    of: dict[str, str] = {}
    for id, others in alike.items():
        weight = situation.seeds[id].weight
        for other, likeness in others:
            if weight * likeness > most.get(other, 0.0):
                most[other], of[other] = weight * likeness, id
    for other, strength in _best(situation, most):
        yield other, strength, situation.seeds[of[other]]


def _best(situation: Situation, strengths: Mapping[str, float]) -> list[tuple[str, float]]:
    fitting = ((id, strength) for id, strength in strengths.items() if situation.fits(id))
    return nlargest(MOST, fitting, key=lambda one: (one[1], one[0]))
