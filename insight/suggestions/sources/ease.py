"""EASE: what all the products foretell together that the customer asked about, bought or looked at."""

from collections.abc import Iterator

from insight.suggestions.situation import ASKED_ABOUT, Seed, Situation
from insight.suggestions.sources.similar import summed
from insight.suggestions.values import Candidate

NAME = METHOD = "ease"


def candidates(situation: Situation) -> Iterator[Candidate]:
    for id, strength, seed in summed(situation, situation.alike.get(METHOD, {})):
        yield Candidate(id, NAME, strength, _reason(seed))


def _reason(seed: Seed) -> str:
    if seed.why == ASKED_ABOUT:
        return f"Customers who bought the {seed.name} bought this, too."
    return f"Because {seed.why} the {seed.name}."
