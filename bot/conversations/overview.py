"""What is open at the desk, and since when: for whoever looks after the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.tables import Conversation, Message

AT_DESK = ("queued", "assigned")
LIMIT = 200


@dataclass(frozen=True)
class Case:
    """A conversation that waits for or is with a person; `answered_at`: the first answer of a person since then."""

    conversation: Conversation
    asked_at: datetime
    answered_at: datetime | None


def cases(session: Session) -> Sequence[Case]:
    """Those that have waited longest first, `LIMIT` at most."""
    asked_at = func.coalesce(Conversation.queued_at, Conversation.assigned_at, Conversation.updated_at)
    answered_at = (
        select(func.min(Message.created_at))
        .where(Message.conversation_id == Conversation.id, Message.created_at >= asked_at)
        .where(Message.author == "agent", Message.internal.is_(False))
        .correlate(Conversation)
        .scalar_subquery()
    )
    wanted = select(Conversation, answered_at).where(Conversation.state.in_(AT_DESK)).order_by(asked_at).limit(LIMIT)
    return [
        Case(found, found.queued_at or found.assigned_at or found.updated_at, answered)
        for found, answered in session.execute(wanted).tuples()
    ]
