"""How the functions of this package reach rows: lock the conversation, add a message, append an event."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.tables import Conversation, Message
from insight import events


def now() -> datetime:
    return datetime.now(UTC)


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation's row as it is now, held until the transaction ends; asked again in it, it costs nothing."""
    locked: dict[str, Conversation] = session.info.setdefault("locked", {})
    if conversation_id in locked:
        return locked[conversation_id]
    found = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update(of=Conversation)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("There is no such conversation.")
    locked[conversation_id] = found
    return found


def add_message(
    session: Session, conversation: Conversation, author: str, body: dict[str, Any], **columns: Any
) -> Message:
    """The next message of a locked conversation."""
    conversation.last_seq += 1
    conversation.updated_at = now()
    message = Message(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        author=author,
        body=body,
        created_at=conversation.updated_at,
        **columns,
    )
    session.add(message)
    return message


def announce(session: Session, conversation: Conversation, text: str, what: str) -> Message:
    """A line of the system for the customer; `what` names the change of state it tells of."""
    return add_message(session, conversation, "system", {"type": "text", "text": text, "what": what})


def event(conversation: Conversation, name: str, **properties: Any) -> events.Event:
    return events.Event(
        name=name,
        message_id=uuid4().hex,
        occurred_at=now(),
        properties=properties,
        customer_id=conversation.visitor.customer_id,
        anonymous_id=conversation.visitor_id,
        conversation_id=conversation.id,
    )
