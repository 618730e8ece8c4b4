"""The one suggestion to add to a reply, chosen by a policy; and the customers who get none, so that it can be told
what suggestions are worth.

One customer in twenty is held back, always the same ones. What they would have been shown is logged as `Suggestion
Withheld` at the moment it would have been: so both groups are looked at from the same moment on, and differ in nothing
but the suggestion. Who asks for a recommendation gets one in either group.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Unpack

from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.suggestions import policy, ranking
from insight.suggestions.diversity import diverse
from insight.suggestions.policy import SLATE, Moment
from insight.suggestions.situating import Told, situate
from insight.suggestions.values import Suggestion

HELD_BACK = 0.05


@dataclass(frozen=True)
class Choice:
    """`shown`: False for a customer who is held back; `facts` are what the log keeps of how it was chosen."""

    suggestion: Suggestion
    shown: bool
    facts: Mapping[str, Any]


def choose(
    session: Session,
    person_id: str,
    items: Iterable[Item] | Mapping[str, Item],
    *,
    draw: Callable[[], float] = random.random,
    **told: Unpack[Told],
) -> Choice | None:
    """As `suggest`, but one of the best five by the policy that acts; `draw` gives a number from 0 to below 1."""
    situation = situate(session, person_id, items, told)
    slate = diverse(ranking.ranked(situation, ranking.read(session)), situation.catalogue, SLATE)
    if not slate:
        return None
    moment = Moment([one.source for one in slate], [one.score for one in slate], asked=bool(situation.context))
    acting = policy.read(session)
    chances = acting.chances(moment)
    drawn = draw()
    place = next((n for n, total in enumerate(chances.cumsum()) if drawn < total), 0)
    facts = {
        "policy": acting.name,
        "propensity": float(chances[place]),
        "place": place,
        "asked": moment.asked,
        "slate": [{"product_id": one.product_id, "source": one.source, "score": one.score} for one in slate],
    }
    return Choice(slate[place], not held_back(person_id), facts)


def held_back(person_id: str) -> bool:
    """Whether this customer gets no suggestions, so that those who do can be compared; by a hash, so for good."""
    number = int.from_bytes(sha256(f"hold-out {person_id}".encode()).digest()[:8], "big")
    return number < HELD_BACK * 2**64
