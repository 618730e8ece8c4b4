"""What a customer wants to spend: "under £30", "between 20 and 40", "about 40 euros", "at least 100".

An amount alone is taken as "about"; which currency is named does not matter, since a shop has one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf

from insight.suggestions import Prices

NUMBER = r"[£$€]?\s?(\d+(?:\.\d+)?)\s?(?:£|€|\$|gbp|eur|usd|euros?|pounds?|quid|dollars?|bucks?)?"
BETWEEN = re.compile(rf"\b(?:between|from)\s*{NUMBER}\s*(?:and|to|-|–)\s*{NUMBER}", re.IGNORECASE)
MOST = re.compile(
    r"\b(?:under|below|less than|up to|at most|max(?:imum)?(?: of)?|no more than|not more than|within|cheaper than)"
    rf"\s*{NUMBER}",
    re.IGNORECASE,
)
LEAST = re.compile(rf"\b(?:over|above|more than|at least|min(?:imum)?(?: of)?|from)\s*{NUMBER}", re.IGNORECASE)
ABOUT = re.compile(rf"\b(?:about|around|roughly|approximately|circa|ca\.?|some)\s*{NUMBER}(?!\w)", re.IGNORECASE)
SAID = (BETWEEN, MOST, LEAST, ABOUT)
NEAR = (Decimal("0.6"), Decimal("1.15"))  # "about 40" is nothing for 10 and hardly anything for 50


@dataclass(frozen=True)
class Budget:
    """A price range in the shop's currency; an end that is None is open."""

    least: Decimal | None = None
    most: Decimal | None = None

    def holds(self, price: Decimal | float) -> bool:
        worth = Decimal(str(price))
        return (self.least is None or worth >= self.least) and (self.most is None or worth <= self.most)

    def prices(self) -> Prices:
        """The same for `insight.suggestions`."""
        most = inf if self.most is None else float(self.most)
        return Prices(float(self.least or 0), most)


def budget_of(text: str, entities: tuple[Mapping[str, object], ...] = ()) -> Budget:
    """The range that `text` names; without words for it, the neighbourhood of its first `amount` among `entities`."""
    if found := BETWEEN.search(text):
        low, high = sorted((Decimal(found[1]), Decimal(found[2])))
        return Budget(low, high)
    if found := MOST.search(text):
        return Budget(most=Decimal(found[1]))
    if found := ABOUT.search(text):
        return _near(Decimal(found[1]))
    if found := LEAST.search(text):
        return Budget(least=Decimal(found[1]))
    amount = next((entity["value"] for entity in entities if entity.get("entity") == "amount"), None)
    return Budget() if amount is None else _near(Decimal(str(amount)))


def without_budget(text: str) -> str:
    """`text` without the words that name a price range."""
    for said in SAID:
        text = said.sub(" ", text)
    return text


def _near(amount: Decimal) -> Budget:
    return Budget(NEAR[0] * amount, NEAR[1] * amount)
