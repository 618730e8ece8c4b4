"""The lease: who works on a conversation's turns. A row with a token and an expiry, the same on both databases.

A worker that dies leaves its lease behind; it ends by itself, and the sweeper takes over.
"""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from bot.conversations.rows import now
from bot.tables import Conversation


def acquire(session: Session, conversation_id: str, lease_s: float) -> str | None:
    """A token when nobody else works on this conversation, else None."""
    token, at = uuid4().hex, now()
    taken = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .where(or_(Conversation.lease_token.is_(None), Conversation.lease_until < at))
        .values(lease_token=token, lease_until=at + timedelta(seconds=lease_s))
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return token if taken.scalar() else None


def renew(session: Session, conversation_id: str, token: str, lease_s: float) -> bool:
    """Whether the lease is still ours; if so it lasts `lease_s` from now."""
    return _change(session, conversation_id, token, lease_until=now() + timedelta(seconds=lease_s))


def let_go(session: Session, conversation_id: str, token: str) -> bool:
    """Whether the lease was still ours; it is free now."""
    return _change(session, conversation_id, token, lease_token=None, lease_until=None)


def _change(session: Session, conversation_id: str, token: str, **values: object) -> bool:
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_token == token)
        .values(**values)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return changed.scalar() is not None
