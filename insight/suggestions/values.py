"""What suggestions are made of: what may be said to a customer, and what a source proposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Suggestion:
    """`reason` is one plain sentence for the customer; `source` names the rule for the log."""

    product_id: str
    reason: str
    source: str
    score: float


@dataclass(frozen=True)
class Candidate:
    """What one source proposes; `strength` is from 0 to 1 among that source's own."""

    product_id: str
    source: str
    strength: float
    reason: str


@dataclass(frozen=True)
class Said:
    """What the customer wrote of products in this conversation, and its vector by the encoder of the refresh."""

    text: str
    vector: Sequence[float]


@dataclass(frozen=True)
class Prices:
    """A range in the shop's currency, both ends inside it."""

    least: float = 0.0
    most: float = inf

    def holds(self, price: float) -> bool:
        return self.least <= price <= self.most


ANY_PRICE = Prices()
