"""What the conditions of an answer are about: who asks, where, about which order, and on which day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from sqlalchemy import select

from bot.actions.context import Context
from bot.actions.request import Request
from bot.shop.port import OrderStatus
from bot.tables import Conversation
from insight import profile

LOCALE = "en"  # the one language the models understand
KNOWN = {
    "tier": ("high", "mid", "low"),
    "locale": (LOCALE,),
    "channel": ("web", "rest", "cli"),
    "order_state": get_args(OrderStatus),
}


def circumstances(context: Context, request: Request) -> Mapping[str, Any]:
    """The facts `retrieval.conditions` knows; what is not known of this customer is left out.

    The order is the one that is named, if it is the customer's own, else the customer's latest.
    """
    with context.database.reading() as session:
        channel = session.scalar(select(Conversation.channel).where(Conversation.id == request.conversation_id))
        known = profile.get(session, request.customer_id) if request.customer_id else None
    facts = {"today": date.today(), "locale": LOCALE, "channel": channel}
    facts |= {"tier": known.tier if known else None, "order_state": order_state(context, request)}
    return {name: value for name, value in facts.items() if value is not None}


def order_state(context: Context, request: Request) -> str | None:
    if request.customer_id is None:
        return None
    orders = context.shop.orders(request.customer_id)
    named = request.said.entity("order_number")
    return next((order.status for order in orders if named in (None, order.id)), None)
