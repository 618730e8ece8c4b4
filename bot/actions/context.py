"""What actions work with, made once in the composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.database import Database
from bot.settings import Settings
from bot.shop.port import Shop
from insight.catalogue import Item
from retrieval.templates import Slot, Template

Send = Callable[[str, str], None]  # (e-mail address, code)


@dataclass(frozen=True)
class Context:
    """Services of the actions.

    `items()` gives the catalogue as insight wants it; `facts` are the shop's from `data/answers/facts.yml`; `send`
    brings a confirmation code to an e-mail address, None: this installation cannot.
    """

    settings: Settings
    database: Database
    shop: Shop
    templates: Mapping[str, Template]
    facts: Mapping[str, Slot]
    items: Callable[[], Sequence[Item]]
    send: Send | None = None

    def fact(self, name: str) -> int:
        """A fact of the shop that is a number, for instance `return_days`."""
        return int(Decimal(str(self.facts[name].value)))
