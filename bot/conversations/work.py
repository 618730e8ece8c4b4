"""What a conversation owes its customer: messages without an outcome, and recorded ones nobody has parsed yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from bot.conversations.lease import let_go
from bot.conversations.rows import lock, now
from bot.tables import Conversation, Message

OWED_AT_ONCE = 50  # conversations a sweep takes up
PARSE_ATTEMPTS = 3  # for recorded messages; after that the profile goes without


@dataclass(frozen=True)
class Work:
    """One customer message and what its turn must know."""

    conversation_id: str
    sender: str
    generation: int
    visitor_id: str
    customer_id: str | None
    message_id: int
    seq: int
    body: dict[str, Any]
    wants_reply: bool  # False: a person owns the conversation, only the parse is wanted
    attempts: int
    accepted_at: datetime

    @property
    def text(self) -> str:
        return str(self.body.get("text", ""))

    @property
    def payload(self) -> str | None:
        return self.body.get("payload")

    @property
    def person_id(self) -> str:
        return self.customer_id or self.visitor_id


def next_work(session: Session, conversation_id: str, token: str) -> Work | None:
    """The oldest message still owed, its attempt counted; None lets the lease go (or it is no longer ours).

    Called in the transaction that accepted or replied, so no message can slip between looking and letting go.
    """
    conversation = lock(session, conversation_id)
    if conversation.lease_token != token:
        return None
    message = session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, _owed()).order_by(Message.seq).limit(1)
    )
    if message is None:
        let_go(session, conversation_id, token)
        return None
    message.attempts += 1
    return Work(
        conversation_id=conversation.id,
        sender=conversation.sender,
        generation=conversation.generation,
        visitor_id=conversation.visitor_id,
        customer_id=conversation.visitor.customer_id,
        message_id=message.id,
        seq=message.seq,
        body=message.body,
        wants_reply=message.outcome == "pending",
        attempts=message.attempts,
        accepted_at=message.created_at,
    )


def owed(session: Session) -> list[str]:
    """Conversations with work that nobody holds a lease on: for the sweeper."""
    free = or_(Conversation.lease_token.is_(None), Conversation.lease_until < now())
    return list(
        session.scalars(
            select(Conversation.id)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(_owed(), free)
            .group_by(Conversation.id)
            .limit(OWED_AT_ONCE)
        )
    )


def _owed() -> ColumnElement[bool]:
    unparsed = and_(Message.outcome == "recorded", Message.parse.is_(None), Message.attempts < PARSE_ATTEMPTS)
    return or_(Message.outcome == "pending", unparsed)
