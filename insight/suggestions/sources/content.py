"""Content: what is described like the products the customer asked about, bought or looked at; also what is new."""

from collections.abc import Iterator

from insight.suggestions.situation import Situation
from insight.suggestions.sources.similar import strongest
from insight.suggestions.values import Candidate

NAME = METHOD = "content"


def candidates(situation: Situation) -> Iterator[Candidate]:
    for id, strength, seed in strongest(situation, situation.alike.get(METHOD, {})):
        yield Candidate(id, NAME, strength, f"Similar to {seed}.")
