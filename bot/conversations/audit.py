"""The audit trail: who did what at the desk, and when. Ids and choices only; the conversation has the words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.rows import now
from bot.tables import Deed


def did(session: Session, agent_id: str, action: str, conversation_id: str | None = None, **details: Any) -> None:
    """Record an action; past tense, such as `took` or `transferred`."""
    session.add(Deed(agent_id=agent_id, action=action, conversation_id=conversation_id, details=details, at=now()))


def deeds(
    session: Session,
    *,
    agent_id: str | None = None,
    conversation_id: str | None = None,
    before: datetime | None = None,
    limit: int = 100,
) -> Sequence[Deed]:
    """What was done, the latest first."""
    wanted = select(Deed).order_by(Deed.at.desc(), Deed.id.desc()).limit(limit)
    if agent_id is not None:
        wanted = wanted.where(Deed.agent_id == agent_id)
    if conversation_id is not None:
        wanted = wanted.where(Deed.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(Deed.at < before)
    return session.scalars(wanted).all()
