"""What becomes of a conversation whose agent has gone silent: it goes back to the queue, before those who came later.

Silent is whose console gives no sign of life, whose account was closed, and who sits before an open console and does
nothing while a customer waits for an answer. The last one is away from then on, or would be given it again at once.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from bot import agents
from bot.conversations.assigning import requeue
from bot.conversations.audit import did
from bot.conversations.rows import lock, now
from bot.tables import Agent, Conversation, Deed, Message

CONSOLE_SILENT_FOR = timedelta(minutes=3)  # without a sign of life
LOST = {"silent": "lost to silence", "left": "lost by leaving"}  # reason -> deed
NOT_THEIR_DOING = ("was assigned", "was set away", *LOST.values())


def requeue_silent(session: Session) -> Conversation | None:
    """Put a conversation back in the queue whose agent's console is silent, or who has left; None: there is none."""
    long_ago = now() - CONSOLE_SILENT_FOR
    unseen = Agent.seen_at.is_(None) | (Agent.seen_at < long_ago)
    silent = unseen & Conversation.snoozed_until.is_(None) & (Conversation.assigned_at < long_ago)
    left = Agent.password_hash == agents.BLOCKED
    conversation = _taken_off(session, silent | left)
    if conversation is None or conversation.assignee_id is None:
        return None
    reason = "silent" if agents.find(session, conversation.assignee_id) else "left"
    did(session, conversation.assignee_id, LOST[reason], conversation.id)
    requeue(session, conversation, from_agent=conversation.assignee_id, reason=reason)
    return conversation


def requeue_unanswered(session: Session, *, after: timedelta) -> Conversation | None:
    """The same where the customer has waited for longer than `after` while the agent did nothing at all."""
    long_ago = now() - after
    idle = ~exists().where(
        Deed.agent_id == Conversation.assignee_id, Deed.at > long_ago, Deed.action.not_in(NOT_THEIR_DOING)
    )
    waits = Conversation.snoozed_until.is_(None) & (Conversation.assigned_at < long_ago) & _unanswered_since(long_ago)
    conversation = _taken_off(session, waits & idle)
    if conversation is None or conversation.assignee_id is None:
        return None
    agents.set_away(session, conversation.assignee_id, away=True)
    did(session, conversation.assignee_id, "was set away", conversation.id)
    requeue(session, conversation, from_agent=conversation.assignee_id, reason="unanswered")
    return conversation


def _taken_off(session: Session, condition: ColumnElement[bool]) -> Conversation | None:
    """The locked conversation of that kind that its agent has had longest."""
    wanted = (
        select(Conversation.id)
        .join(Agent, Agent.id == Conversation.assignee_id)
        .where(Conversation.state == "assigned", condition)
        .order_by(Conversation.assigned_at)
        .limit(1)
    )
    conversation_id = session.scalar(wanted)
    conversation = lock(session, conversation_id) if conversation_id else None
    return conversation if conversation is not None and conversation.state == "assigned" else None


def _unanswered_since(moment: datetime) -> ColumnElement[bool]:
    """Whether the customer wrote before `moment` and no person has answered since."""
    asked, answer = aliased(Message), aliased(Message)
    answered = exists().where(
        answer.conversation_id == asked.conversation_id,
        answer.seq > asked.seq,
        answer.author == "agent",
        answer.internal.is_(False),
    )
    return exists().where(
        asked.conversation_id == Conversation.id, asked.author == "customer", asked.created_at < moment, ~answered
    )
