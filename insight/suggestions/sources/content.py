"""Content: what is described like the products the customer asked about, bought or looked at; also what is new."""

from collections.abc import Iterator

from insight.suggestions.situation import Situation
from insight.suggestions.values import Candidate

NAME = METHOD = "content"


def candidates(situation: Situation) -> Iterator[Candidate]:
    for id, others in situation.alike.get(METHOD, {}).items():
        seed = situation.seeds[id]
        for other, likeness in others:
            yield Candidate(other, NAME, seed.weight * likeness, f"Similar to {seed}.")
