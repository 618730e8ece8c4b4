"""What a customer who waits is told: the place in the queue, how long it may take, when somebody is back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.conversations.accepting import Accepted, accept
from bot.conversations.handoff import queue
from bot.conversations.rows import add_message, lock, now
from bot.tables import Conversation, Message

RECENT = timedelta(days=7)
MEASURED = 50  # waits, the latest ones
FEWEST = 5  # with fewer, nothing is promised


@dataclass(frozen=True)
class Place:
    position: int  # 1 is next
    minutes: int | None  # expected from now; None: too few have waited lately to say


def place(session: Session, conversation: Conversation) -> Place | None:
    """Where a conversation stands in the queue, in the order in which it is assigned; None: it is not in it."""
    if conversation.state != "queued" or conversation.queued_at is None:
        return None
    sooner = and_(Conversation.priority == conversation.priority, Conversation.queued_at < conversation.queued_at)
    before = session.scalar(
        select(func.count()).where(
            Conversation.state == "queued", or_(Conversation.priority > conversation.priority, sooner)
        )
    )
    waited = (now() - conversation.queued_at).total_seconds()
    usual = _usual_wait(session)
    return Place((before or 0) + 1, None if usual is None else max(1, ceil((usual - waited) / 60)))


def leave_message(
    session: Session, conversation_id: str, client_msg_id: str, email: str, text: str, *, opens_at: datetime
) -> Accepted:
    """A message left outside opening hours: stored, queued for a person, and the customer told when to expect one."""
    body: dict[str, Any] = {"type": "text", "text": f"{text}\n\n{email}"}
    accepted = accept(session, conversation_id, client_msg_id, body)
    if accepted.duplicate:
        return accepted
    conversation = lock(session, conversation_id)
    if conversation.state == "bot":
        queue(session, conversation, "asked", "Left a message outside opening hours, to be answered by e-mail.")
        written = update(Message).where(Message.conversation_id == conversation_id, Message.seq == accepted.seq)
        session.execute(written.values(outcome="recorded"))  # no turn of the bot
    told = {
        "type": "text",
        "text": f"Thank you. We answer from {opens_at:%A, %d %B, %H:%M} on.",
        "what": "left",
        "at": opens_at.isoformat(),
    }
    add_message(session, conversation, "system", told)
    return Accepted(accepted.seq, False, conversation.state)


def _usual_wait(session: Session) -> float | None:
    """The median of the latest waits for a person, in seconds."""
    taken = (
        select(Conversation.queued_at, Conversation.assigned_at)
        .where(Conversation.updated_at > now() - RECENT)
        .where(Conversation.queued_at.is_not(None), Conversation.assigned_at > Conversation.queued_at)
        .order_by(Conversation.assigned_at.desc())
        .limit(MEASURED)
    )
    waits = [
        (assigned_at - queued_at).total_seconds()
        for queued_at, assigned_at in session.execute(taken)
        if queued_at is not None and assigned_at is not None
    ]
    return median(waits) if len(waits) >= FEWEST else None
