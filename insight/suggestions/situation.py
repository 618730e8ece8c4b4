"""Everything that the sources may know when something is to be suggested, each read at most once.

Nothing in here is about the person where that is not allowed: then `profile` is None, whatever is known.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.profile import Profile
from insight.suggestions import cycles
from insight.suggestions.values import Prices, Said
from insight.tables import LikenessRow

SEEDS = 20  # products whose neighbours are candidates
STILL_IN_MIND = timedelta(days=365)  # a purchase whose neighbours are worth suggesting
NOT_AGAIN_AFTER_BUYING = timedelta(days=90)
NOT_AGAIN_AFTER_SHOWING = timedelta(days=7)
ASKED_ABOUT, BOUGHT, LOOKED_AT = "you asked about", "you bought", "you looked at"
WEIGHTS = {ASKED_ABOUT: 1.0, BOUGHT: 0.7, LOOKED_AT: 0.65}

Others = Sequence[tuple[str, float]]  # (product, how alike), the most alike first


@dataclass(frozen=True)
class Seed:
    """A product that others are suggested for; `why` says what the customer has to do with it."""

    name: str
    why: str

    @property
    def weight(self) -> float:
        return WEIGHTS[self.why]

    def __str__(self) -> str:
        return f"the {self.name} {self.why}"


@dataclass(frozen=True)
class Situation:
    """`seen` is the profile for what may not be suggested; `profile` the same for what may, None where not allowed."""

    session: Session
    now: datetime
    catalogue: Mapping[str, Item]
    seen: Profile | None
    profile: Profile | None
    context: Sequence[str]
    exclude: Collection[str]
    said: Said | None
    prices: Prices

    def fits(self, product_id: str) -> bool:
        """Whether it is there, can be bought, costs what it may, and nothing speaks against it."""
        if product_id not in self._fitting:
            item = self.catalogue.get(product_id)
            there = item is not None and item.in_stock and self.prices.holds(item.price)
            self._fitting[product_id] = there and product_id not in self.refused
        return self._fitting[product_id]

    @cached_property
    def _fitting(self) -> dict[str, bool]:
        return {}

    @cached_property
    def refused(self) -> frozenset[str]:
        """Talked about already, excluded, declined, shown in the last 7 days, or bought in the last 90 and not due."""
        refused = {*self.context, *self.exclude}
        if self.seen is not None:
            bought, shown = self.seen.bought, self.seen.shown
            refused.update(self.seen.declined)
            refused.update(id for id, at in shown.items() if self.now - at < NOT_AGAIN_AFTER_SHOWING)
            just = {id for id, at in bought.items() if self.now - at < NOT_AGAIN_AFTER_BUYING}
            refused.update(just - self.due.keys())
        return frozenset(refused)

    @cached_property
    def due(self) -> Mapping[str, float]:
        """What the customer may want again now, with how likely that is; see `cycles`."""
        return cycles.due(self.session, self.profile.bought, now=self.now) if self.profile else {}

    @cached_property
    def seeds(self) -> Mapping[str, Seed]:
        """By product id; what the conversation is about comes before what was bought, and that before what was seen."""
        why: dict[str, str] = {}
        if self.profile is not None:
            fresh = {id: at for id, at in self.profile.bought.items() if self.now - at < STILL_IN_MIND}
            latest = sorted(fresh, key=lambda id: (fresh[id], id), reverse=True)[:SEEDS]
            looked_at = (interest.name for interest in self.profile.products[: SEEDS // 2])
            why = dict.fromkeys(looked_at, LOOKED_AT) | dict.fromkeys(latest, BOUGHT)
        why = dict.fromkeys(self.context, ASKED_ABOUT) | {id: why[id] for id in why if id not in self.context}
        known = [id for id in sorted(why, key=lambda id: -WEIGHTS[why[id]]) if id in self.catalogue]
        return {id: Seed(self.catalogue[id].name, why[id]) for id in known[:SEEDS]}

    @cached_property
    def alike(self) -> Mapping[str, Mapping[str, Others]]:
        """By method and seed, what `refresh` found to be like it."""
        found: dict[str, dict[str, Others]] = {}
        if self.seeds:
            columns = (LikenessRow.method, LikenessRow.product_id, LikenessRow.others)
            rows = self.session.execute(select(*columns).where(LikenessRow.product_id.in_(self.seeds)))
            for method, product_id, others in rows:
                found.setdefault(method, {})[product_id] = others
        return found
