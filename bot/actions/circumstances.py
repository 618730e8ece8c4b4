"""What is known of who asks, for the conditions of an answer."""

from collections.abc import Mapping

from sqlalchemy import select

from bot import customer_facts
from bot.actions.context import Context
from bot.actions.request import Request
from bot.shop.port import Order
from bot.tables import Conversation
from insight import profile


def circumstances(context: Context, request: Request) -> Mapping[str, object]:
    """The order is the one that is named, if it is the customer's own, else the customer's latest."""
    with context.database.reading() as session:
        channel = session.scalar(select(Conversation.channel).where(Conversation.id == request.conversation_id))
        known = profile.get(session, request.customer_id) if request.customer_id else None
    return customer_facts.circumstances(channel, known.tier if known else None, named_order(context, request))


def named_order(context: Context, request: Request) -> Order | None:
    if request.customer_id is None:
        return None
    named = request.said.entity("order_number")
    return next((order for order in context.shop.orders(request.customer_id) if named in (None, order.id)), None)
