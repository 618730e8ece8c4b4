"""What a text for one customer may say, and which are for them: the shop's live facts, their name, the order they talk
about, and what the conditions of answers are about.

The dialogue asks for the conditions of one answer; an agent has a whole conversation at hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from bot import conversations
from bot.database import Database
from bot.shop.port import Order, OrderStatus, Shop
from bot.tables import Message
from bot.workshop import personal
from insight import profile
from retrieval.fill import fill
from retrieval.templates import Template

LOOK_BACK = 50  # messages of a conversation in which an order may have been named
LOCALE = "en"  # the one language the models understand
KNOWN = {
    "tier": ("high", "mid", "low"),
    "locale": (LOCALE,),
    "channel": ("web", "rest", "cli"),
    "order_state": get_args(OrderStatus),
}


@dataclass(frozen=True)
class AtHand:
    """A conversation that an agent has open: what an answer may say in it, and the newest messages, notes left out."""

    conversation_id: str
    facts: Mapping[str, object]
    said: Sequence[Message]

    def answer(self, template: Template) -> str | None:
        """`template` as this customer may read it; None when it is for others, or a slot cannot be filled."""
        return fill(template, self.facts, seed=self.conversation_id) if template.fits(self.facts) else None


def at_hand(database: Database, shop: Shop, conversation_id: str) -> AtHand:
    """Raises `NotFound`."""
    with database.reading() as session:
        conversation = conversations.find(session, conversation_id)
        said = conversations.messages(session, conversation_id)[-LOOK_BACK:]
        customer_id, channel = conversation.visitor.customer_id, conversation.channel
        known = profile.get(session, customer_id) if customer_id else None
    customer = shop.customer(customer_id) if customer_id else None
    order = order_in(shop, customer_id, said) if customer_id else None
    tier = known.tier if known else None
    facts = {**shop.facts(), **personal.facts_of(customer, order), **circumstances(channel, tier, order)}
    return AtHand(conversation_id, facts, said)


def circumstances(channel: str | None, tier: str | None, order: Order | None) -> dict[str, object]:
    """The facts `retrieval.conditions` knows; what is not known of this customer is left out."""
    state = order.status if order else None
    facts = {"today": date.today(), "locale": LOCALE, "channel": channel, "tier": tier, "order_state": state}
    return {name: value for name, value in facts.items() if value is not None}


def order_in(shop: Shop, customer_id: str, said: Sequence[Message]) -> Order | None:
    """The customer's order that was named last, else their newest."""
    theirs = shop.orders(customer_id)
    for message in reversed(said):
        for entity in (message.parse or {}).get("entities") or ():
            named = shop.order(str(entity["value"])) if entity.get("entity") == "order_number" else None
            if named is not None and named.customer_id == customer_id:
                return named
    return theirs[0] if theirs else None
