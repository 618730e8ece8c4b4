"""Opening and ending: a visitor has one current conversation on each channel.

It ends when resolved or, while the bot has it, when its customer says so or after 24 hours of silence; a message
within 7 days reopens it, later ones open a new conversation. What waits for a person or is with one never ends so.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.rows import announce, event, lock, now
from bot.errors import NotFound
from bot.tables import Conversation, Visitor
from insight import events

SILENCE = timedelta(hours=24)
REOPEN = timedelta(days=7)
ENDED = "This conversation is closed. Write again at any time."


def open_conversation(session: Session, visitor_id: str, channel: str) -> Conversation:
    """The visitor's current conversation; the last one, when a message could still reopen it; or a new one."""
    if session.get(Visitor, visitor_id, with_for_update=True, populate_existing=True) is None:
        raise NotFound("There is no such visitor.")
    last_id = session.scalar(
        select(Conversation.id)
        .where(Conversation.visitor_id == visitor_id, Conversation.channel == channel)
        .order_by(Conversation.created_at.desc())
        .limit(1)
    )
    if last_id is not None:
        last = _going_on(session, lock(session, last_id))
        end_if_silent(session, last)
        if not past_reopening(last):
            return last
    return _new(session, visitor_id, channel)


def _going_on(session: Session, conversation: Conversation) -> Conversation:
    """The conversation it was merged into, if it was."""
    while conversation.merged_into is not None:
        conversation = lock(session, conversation.merged_into)
    return conversation


def end_silent(session: Session) -> bool:
    """End one conversation the bot has that has been silent for 24 hours; False when there is none."""
    old = session.scalar(
        select(Conversation.id)
        .where(Conversation.state == "bot", Conversation.updated_at < now() - SILENCE)
        .order_by(Conversation.updated_at)
        .limit(1)
    )
    return old is not None and end_if_silent(session, lock(session, old))


def end_if_silent(session: Session, conversation: Conversation) -> bool:
    silent_until = conversation.updated_at + SILENCE
    if conversation.state != "bot" or silent_until > now():
        return False
    end(session, conversation, at=silent_until, by="silence", reason="silence")
    return True


def end_by_customer(session: Session, conversation_id: str) -> bool:
    """End what the bot has and something was said in, as its customer wishes; False when there is nothing to end."""
    conversation = lock(session, conversation_id)
    if conversation.state != "bot" or conversation.last_seq == 0:
        return False
    announce(session, conversation, ENDED, "resolved")
    end(session, conversation, at=now(), by="customer", reason="ended by the customer")
    return True


def end(
    session: Session, conversation: Conversation, *, at: datetime, by: str, reason: str, agent_id: str | None = None
) -> None:
    conversation.state = "resolved"
    conversation.resolved_at = at
    conversation.assignee_id = conversation.snoozed_until = None
    events.append(
        session,
        [
            event(conversation, "Conversation Resolved", agent_id=agent_id, reason=reason, by=by),
            event(conversation, "Live Chat Conversation Ended", channel=conversation.channel),
        ],
    )


def leave_desk(conversation: Conversation) -> None:
    """Forget what only matters while a person has it or is awaited."""
    conversation.handoff_reason = conversation.handoff_summary = conversation.topic = conversation.team = None
    conversation.snoozed_until = None
    conversation.priority = 0


def past_reopening(conversation: Conversation) -> bool:
    ended = conversation.resolved_at if conversation.state == "resolved" else None
    return ended is not None and ended + REOPEN < now()


def reopen(conversation: Conversation) -> events.Event:
    """Back to the bot, with a fresh dialogue."""
    conversation.state = "bot"
    conversation.generation += 1
    conversation.resolved_at = conversation.queued_at = conversation.assigned_at = None
    leave_desk(conversation)
    return event(conversation, "Conversation Reopened", agent_id=None, reason="customer wrote again", by="customer")


def _new(session: Session, visitor_id: str, channel: str) -> Conversation:
    at = now()
    conversation = Conversation(
        id=uuid4().hex, visitor_id=visitor_id, channel=channel, state="bot", created_at=at, updated_at=at
    )
    session.add(conversation)
    session.flush()
    events.append(session, [event(conversation, "Live Chat Conversation Started", channel=channel)])
    return conversation
