"""What actions work with, made once in the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.answers import Answers
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
    items: Callable[[], Mapping[str, Item]]
    send: Send | None = None

    def fact(self, name: str) -> int:
        """A fact of the shop that is a number, for instance `return_days`."""
        return int(Decimal(str(self.facts[name].value)))


def make_context(
    settings: Settings,
    database: Database,
    shop: Shop,
    *,
    items: Callable[[], Mapping[str, Item]],
    send: Send | None = None,
) -> Context:
    """Without a `send` only the demo, whose page shows the codes, can confirm."""
    answers = Answers(settings, database)
    return Context(
        settings=settings,
        database=database,
        shop=shop,
        templates=answers,
        facts=answers.facts,
        items=items,
        send=send or (_shown_on_the_page if settings.shows_demo else None),
    )


def _shown_on_the_page(email: str, code: str) -> None:
    """The demo sends nothing: its page asks `verification.latest_demo_code`."""
