"""Repeat purchase: what this customer bought and may want again about now."""

from collections.abc import Iterator

from insight.suggestions.situation import Situation
from insight.suggestions.values import Candidate

NAME = "again"


def candidates(situation: Situation) -> Iterator[Candidate]:
    if situation.profile is None:
        return
    for id, strength in situation.due.items():
        days = (situation.now - situation.profile.bought[id]).days
        yield Candidate(id, NAME, strength, f"Because you bought it {days} days ago and may need it again.")
