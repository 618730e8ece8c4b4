"""What the sources share that start from products and the likeness of others to them."""

from collections.abc import Iterator, Mapping

from insight.suggestions.situation import Others, Seed


def summed(alike: Mapping[str, Others], seeds: Mapping[str, Seed]) -> Iterator[tuple[str, float, Seed]]:
    """Each product that is like some seed, its likeness to all of them together and the seed that counts most in it.

    The most alike has the weight of its seed; it is 1 only for what the customer asked about.
    """
    totals: dict[str, float] = {}
    most: dict[str, tuple[float, str]] = {}
    for id, others in alike.items():
        for other, likeness in others:
            part = seeds[id].weight * likeness
            totals[other] = totals.get(other, 0.0) + part
            most[other] = max(most.get(other, (0.0, id)), (part, id))
    best = max(totals.values(), default=1.0)
    for other, total in totals.items():
        seed = seeds[most[other][1]]
        yield other, seed.weight * total / best, seed
