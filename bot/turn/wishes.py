"""What a conversation itself says about what to suggest: the words on products, the budget, what was offered before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.actions.budget import Budget, budget_of
from bot.conversations import Work
from bot.tables import Message
from bot.turn.history import FARTHEST, Earlier

ON_PRODUCTS = frozenset({"check_stock", "place_order", "product_question", "recommend_product"})
REMEMBERED = 3  # messages on products


@dataclass(frozen=True)
class Wishes:
    """`text`: what the customer last wrote of products; `offered`: ids of all products suggested already."""

    text: str
    budget: Budget
    offered: frozenset[str]


def read(work: Work, parse: Mapping[str, Any], before: Sequence[Earlier]) -> Wishes:
    """Of the message `work` is about and those `before` it, as `history.earlier` gives them."""
    typed = [] if work.payload else [(work.text, parse)]
    typed += [(body.get("text", ""), said) for author, body, said in before if author == "customer" and said]
    wanted = [(text, said) for text, said in typed if said["intent"]["name"] in ON_PRODUCTS]
    named = (budget_of(text, tuple(said.get("entities", ()))) for text, said in wanted)
    return Wishes(
        text=". ".join(text for text, _ in reversed(wanted[:REMEMBERED])),
        budget=next((budget for budget in named if budget != Budget()), Budget()),
        offered=frozenset(_offered(body for author, body, _ in before if author == "bot")),
    )


def offered(session: Session, conversation_id: str) -> set[str]:
    """Ids of all products that the bot suggested in a conversation."""
    said = select(Message.body).where(Message.conversation_id == conversation_id, Message.author == "bot")
    return _offered(session.scalars(said.order_by(Message.seq.desc()).limit(FARTHEST)))


def _offered(bodies: Iterable[Mapping[str, Any]]) -> set[str]:
    """A product with a reason was suggested; one without was asked for."""
    return {card["id"] for body in bodies for card in body.get("products", ()) if card.get("reason")}
