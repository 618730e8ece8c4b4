"""What is open at the desk, and since when: for whoever looks after the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.tables import Conversation, Message

AT_DESK = ("queued", "assigned")
LIMIT = 200
SINCE = func.coalesce(Conversation.queued_at, Conversation.assigned_at, Conversation.updated_at)


@dataclass(frozen=True)
class Case:
    """A conversation that waits for or is with a person; `answered_at`: the first answer of a person since then."""

    conversation: Conversation
    asked_at: datetime
    answered_at: datetime | None


def asked_at(conversation: Conversation) -> datetime:
    """Since when it has been at the desk."""
    return conversation.queued_at or conversation.assigned_at or conversation.updated_at


def answers(session: Session, some: Sequence[Conversation]) -> dict[str, datetime]:
    """When a person first answered, of those at the desk where one has since they came there."""
    wanted = (
        select(Message.conversation_id, func.min(Message.created_at))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.conversation_id.in_([one.id for one in some if one.state in AT_DESK]))
        .where(Message.author == "agent", Message.internal.is_(False), Message.created_at >= SINCE)
        .group_by(Message.conversation_id)
    )
    return dict(session.execute(wanted).tuples().all())


def cases(session: Session) -> Sequence[Case]:
    """Those that have waited longest first, `LIMIT` at most."""
    found = session.scalars(select(Conversation).where(Conversation.state.in_(AT_DESK)).order_by(SINCE).limit(LIMIT))
    open_now = found.all()
    answered = answers(session, open_now)
    return [Case(one, asked_at(one), answered.get(one.id)) for one in open_now]
