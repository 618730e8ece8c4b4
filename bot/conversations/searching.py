"""Search over everything an agent may see: what was said, noted and tagged, and who said it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, select
from sqlalchemy.orm import Session

from bot.tables import Conversation, Message, Tag, Visitor

FEWEST_LETTERS = 2
LIMIT = 50


@dataclass(frozen=True)
class Match:
    """A conversation that matches; `text`: the newest line that does, empty when a tag or the customer does."""

    conversation_id: str
    text: str
    at: datetime


def search(session: Session, words: str, *, customer_ids: tuple[str, ...] = (), limit: int = LIMIT) -> list[Match]:
    """Conversations where `words` were said or noted or are a tag, or of these customers; the latest first.

    Nothing is found for less than two letters.
    """
    words = " ".join(words.split())
    if len(words) < FEWEST_LETTERS:
        return []
    found: dict[str, Match] = {}
    said = _contains(Message.body["text"].as_string(), words)
    lines = select(Message.conversation_id, Message.body, Message.created_at).where(said)
    for conversation_id, body, at in session.execute(lines.order_by(Message.id.desc()).limit(limit * 4)):
        found.setdefault(conversation_id, Match(conversation_id, str(body["text"]), at))
    tagged = select(Tag.conversation_id).where(_contains(Tag.name, words))
    others = (
        select(Conversation.id, Conversation.updated_at)
        .join(Visitor, Visitor.id == Conversation.visitor_id)
        .where(Conversation.id.in_(tagged) | Visitor.customer_id.in_(customer_ids) | (Conversation.id == words))
    )
    for conversation_id, at in session.execute(others.order_by(Conversation.updated_at.desc()).limit(limit)):
        found.setdefault(conversation_id, Match(conversation_id, "", at))
    return sorted(found.values(), key=lambda match: match.at, reverse=True)[:limit]


def _contains(column: SQLColumnExpression[str], words: str) -> ColumnElement[bool]:
    return column.icontains(words, autoescape=True)
