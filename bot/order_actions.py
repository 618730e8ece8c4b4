"""What an agent may do with an order of the customer at hand: cancel it, refund a product, send one again.

Only for a customer somebody vouches for, only with their own order, and only by the agent who has the conversation.
The shop writes first; then the audit trail and a note for colleagues say what was done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot import agents, conversations
from bot.database import Database
from bot.errors import NotAllowed, NotSignedIn
from bot.shop.port import Order, Receipt, Shop, own_order

Kind = Literal["cancel", "refund", "resend"]
DONE = {"cancel": "cancelled an order", "refund": "refunded", "resend": "sent again"}
REASON = "agreed with an agent"


@dataclass(frozen=True)
class Action:
    """`product_id` None: the whole order."""

    kind: Kind
    order_id: str
    product_id: str | None
    title: str


def possible(order: Order, *, role: str) -> Sequence[Action]:
    """What somebody of this role may try; the shop may still refuse, for instance because it is too late."""
    if order.can_cancel:
        return [Action("cancel", order.id, None, f"Cancel order {order.id}")]
    if order.status != "delivered":
        return []
    back = {returned.product_id for returned in order.returns}
    kinds: list[tuple[Kind, str]] = [("refund", "Refund {}"), ("resend", "Send {} again")]
    return [
        Action(kind, order.id, line.product_id, title.format(line.name))
        for line in order.lines
        if line.product_id not in back
        for kind, title in kinds
        if kind != "refund" or role in agents.SUPERVISORS
    ]


def carry_out(database: Database, shop: Shop, action: Action, *, conversation_id: str, agent_id: str) -> Receipt:
    """Do it and record it; raises `NotAllowed` and what the shop raises, and then nothing was changed."""
    customer_id = _vouched(database, action, conversation_id=conversation_id, agent_id=agent_id)
    order = own_order(shop, customer_id=customer_id, order_id=action.order_id)
    receipt = _write(shop, action, customer_id=customer_id, key=f"{conversation_id}:{action.kind}:{order.id}")
    if receipt.changed:
        with database.writing() as session:
            named = {"order_id": order.id, "product_id": action.product_id}
            conversations.did(session, agent_id, DONE[action.kind], conversation_id, **named)
            conversations.note(session, conversation_id, agent_id, f"Done in the shop: {receipt.message}")
    return receipt


def _vouched(database: Database, action: Action, *, conversation_id: str, agent_id: str) -> str:
    """The customer, after all that must be so."""
    with database.reading() as session:
        agent = agents.find(session, agent_id)
        conversation = conversations.find(session, conversation_id)
        customer_id = conversation.visitor.customer_id
    if agent is None:
        raise NotSignedIn("Please sign in again.")
    if action.kind == "refund" and agent.role not in agents.SUPERVISORS:
        raise NotAllowed("Only supervisors can refund; transfer the conversation to one.")
    if conversation.state != "assigned" or conversation.assignee_id != agent_id:
        raise NotAllowed("Take the conversation first.")
    if customer_id is None:
        raise NotAllowed("Nobody has confirmed who this visitor is, so their orders cannot be changed.")
    return customer_id


def _write(shop: Shop, action: Action, *, customer_id: str, key: str) -> Receipt:
    if action.product_id is None:
        return shop.cancel_order(customer_id, action.order_id, key=key, reason=REASON)
    return shop.start_return(
        customer_id,
        action.order_id,
        product_id=action.product_id,
        reason=REASON,
        resolution="refund" if action.kind == "refund" else "replacement",
        key=f"{key}:{action.product_id}",
    )
