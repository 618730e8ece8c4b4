"""The lease: who works on a conversation's turns. A row with a token and an expiry, the same on both databases.

A worker that dies leaves its lease behind; it ends by itself, and the sweeper takes over.
"""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from bot.conversations.rows import lock, now


def acquire(session: Session, conversation_id: str, lease_s: float) -> str | None:
    """A token when nobody else works on this conversation, else None."""
    conversation = lock(session, conversation_id)
    if conversation.lease_token is not None and (conversation.lease_until is None or conversation.lease_until > now()):
        return None
    conversation.lease_token = uuid4().hex
    conversation.lease_until = now() + timedelta(seconds=lease_s)
    return conversation.lease_token


def renew(session: Session, conversation_id: str, token: str, lease_s: float) -> bool:
    """Whether the lease is still ours; if so it lasts `lease_s` from now."""
    conversation = lock(session, conversation_id)
    if conversation.lease_token != token:
        return False
    conversation.lease_until = now() + timedelta(seconds=lease_s)
    return True


def let_go(session: Session, conversation_id: str, token: str) -> bool:
    """Whether the lease was still ours; it is free now."""
    conversation = lock(session, conversation_id)
    if conversation.lease_token != token:
        return False
    conversation.lease_token = conversation.lease_until = None
    return True
