"""Which suggestions to show, chosen by a policy; and the customers whose replies get none, so that it can be told what
suggestions are worth.

One customer in twenty is held back, always the same ones. What they would have been shown is logged as `Suggestion
Withheld` at the moment it would have been: so both groups are looked at from the same moment on, and differ in nothing
but the suggestion. Who asks for a recommendation gets one in either group.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Unpack

from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.profile import Profile
from insight.suggestions import policy, ranking
from insight.suggestions.diversity import diverse
from insight.suggestions.policy import SLATE, Moment, Policy
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
    return next(iter(choose_several(session, person_id, items, limit=1, draw=draw, **told)), None)


def choose_several(
    session: Session,
    person_id: str,
    items: Iterable[Item] | Mapping[str, Item],
    *,
    limit: int,
    draw: Callable[[], float] = random.random,
    **told: Unpack[Told],
) -> list[Choice]:
    """Up to `limit` of the best five, one after the other: the slate of each is what those before it left."""
    situation = situate(session, person_id, items, told)
    slate = diverse(ranking.ranked(situation, ranking.read(session)), situation.catalogue, SLATE)
    acting, shown, chosen = policy.read(session), not _held_back(person_id, situation.seen), list[Choice]()
    while slate and len(chosen) < limit:
        place, facts = _drawn(slate, acting, draw(), asked=bool(situation.context))
        chosen.append(Choice(slate.pop(place), shown, facts))
    return chosen


def _drawn(slate: Sequence[Suggestion], acting: Policy, drawn: float, *, asked: bool) -> tuple[int, dict[str, Any]]:
    """The place of the one that is shown, and what the log keeps of how it was chosen."""
    moment = Moment([one.source for one in slate], [one.score for one in slate], asked=asked)
    chances = acting.chances(moment)
    place = next((n for n, total in enumerate(chances.cumsum()) if drawn < total), 0)
    return place, {
        "source": slate[place].source,
        "policy": acting.name,
        "propensity": float(chances[place]),
        "place": place,
        "asked": asked,
        "slate": [{"product_id": one.product_id, "source": one.source, "score": one.score} for one in slate],
    }


def held_back(person_id: str) -> bool:
    """Whether somebody who was shown nothing yet gets no suggestions, so that the others can be compared; a hash."""
    number = int.from_bytes(sha256(f"hold-out {person_id}".encode()).digest()[:8], "big")
    return number < HELD_BACK * 2**64


def _held_back(person_id: str, seen: Profile | None) -> bool:
    """As the first time: a visitor who turns out to be a customer stays what they were."""
    known = seen.held_back if seen is not None else None
    return held_back(person_id) if known is None else known
