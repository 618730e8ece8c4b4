"""What a text for one customer may say of them: the shop's live facts, their name, and the order they talk about."""

from collections.abc import Sequence

from bot.shop.port import Order, Shop
from bot.tables import Message
from bot.workshop import personal

LOOK_BACK = 50  # messages of a conversation in which an order may have been named


def facts(shop: Shop, customer_id: str | None, said: Sequence[Message]) -> dict[str, object]:
    """Slot values for `retrieval.fill`; nothing of a customer for whom nobody vouches."""
    customer = shop.customer(customer_id) if customer_id else None
    order = order_in(shop, customer_id, said) if customer_id else None
    return {**shop.facts(), **personal.facts_of(customer, order)}


def order_in(shop: Shop, customer_id: str, said: Sequence[Message]) -> Order | None:
    """The customer's order that was named last, else their newest."""
    theirs = shop.orders(customer_id)
    for message in reversed(said[-LOOK_BACK:]):
        for entity in (message.parse or {}).get("entities") or ():
            named = shop.order(str(entity["value"])) if entity.get("entity") == "order_number" else None
            if named is not None and named.customer_id == customer_id:
                return named
    return theirs[0] if theirs else None
