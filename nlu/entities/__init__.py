"""The things a message names: order number, product, e-mail, date, amount, quantity; by rules and the catalogue.

Rules, because their values must be exact and a shop changes its catalogue daily. Each kind has a function
`find(text, …) -> list[Entity]`; where two overlap, the one that `EntityFinder.find` asks first wins.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from nlu.entities import amounts, dates, orders, quantities
from nlu.entities.products import Catalogue
from nlu.parse import Entity

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
LONGEST = 2_000


class EntityFinder:
    """Finds entities; `products`: (id, name) of the catalogue. `today` gives the day that "yesterday" refers to."""

    def __init__(self, products: Iterable[tuple[str, str]], *, today: Callable[[], date] = date.today) -> None:
        self._catalogue = Catalogue(products)
        self._today = today

    def find(self, text: str) -> list[Entity]:
        """Entities of `text` (its first 2,000 characters) in order, none overlapping."""
        read = text[:LONGEST]
        found: list[Entity] = []
        for kind in (
            emails(read),
            orders.find(read),
            dates.find(read, today=self._today()),
            amounts.find(read),
            orders.find_bare(read),
            self._catalogue.find(read),
        ):
            found += _apart(kind, found)
        starts = [entity.start for entity in found if entity.entity == "product"]
        found += _apart(quantities.find(read, products=starts), found)
        return sorted(found, key=lambda entity: entity.start)


def emails(text: str) -> list[Entity]:
    return [
        Entity(
            "email", match.group().rstrip(".").lower(), match.start(), match.start() + len(match.group().rstrip("."))
        )
        for match in EMAIL.finditer(text)
    ]


def _apart(candidates: Sequence[Entity], found: Sequence[Entity]) -> list[Entity]:
    """Those of `candidates` that overlap none of `found`, nor an earlier candidate."""
    kept: list[Entity] = []
    for candidate in candidates:
        if all(candidate.end <= other.start or other.end <= candidate.start for other in (*found, *kept)):
            kept.append(candidate)
    return kept
