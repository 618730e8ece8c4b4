"""Who gets the next conversation of the queue.

Urgent ones first, then the longest wait. Of the agents who are there, not away, of the wanted team and below their
limit, those with a skill for the topic come first, then those with the fewest conversations, then whose turn it is.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import agents
from bot.conversations.audit import did
from bot.conversations.rows import announce, event, lock, now
from bot.tables import Agent, Conversation
from insight import events


def assign_next(session: Session) -> Conversation | None:
    """Give the next waiting conversation to an agent; None when nobody waits or nobody is free for those who do.

    Locks one conversation only. An agent may pass the limit by one when two processes assign at the same moment.
    """
    free = _free(session)
    if not free:
        return None
    waiting = select(Conversation.id, Conversation.team, Conversation.topic).where(Conversation.state == "queued")
    waiting = waiting.order_by(Conversation.priority.desc(), Conversation.queued_at)
    for conversation_id, team, topic in session.execute(waiting).all():
        suited = [agent for agent in free if team is None or agent.team == team]
        if suited:
            return _assign(session, conversation_id, min(suited, key=lambda agent: _turn(agent, topic, free)))
    return None


def requeue(session: Session, conversation: Conversation, *, from_agent: str, reason: str) -> None:
    """Back to the queue, before those who came later."""
    conversation.state = "queued"
    conversation.queued_at = conversation.queued_at or now()
    conversation.assignee_id = conversation.assigned_at = conversation.snoozed_until = None
    announce(session, conversation, "A colleague takes over in a moment.", "queued")
    requeued = event(conversation, "Conversation Requeued", agent_id=from_agent, reason=reason)
    events.append(session, [requeued])


def give(session: Session, conversation: Conversation, agent: Agent, *, by: str, reason: str) -> None:
    """The agent owns the locked conversation from now on."""
    conversation.state = "assigned"
    conversation.assignee_id = agent.id
    conversation.assigned_at = agent.assigned_at = now()
    conversation.snoozed_until = None
    announce(session, conversation, f"{agent.name} is with you now.", "assigned")
    assigned = event(conversation, "Conversation Assigned", agent_id=agent.id, reason=reason, by=by)
    events.append(session, [assigned])


def _assign(session: Session, conversation_id: str, agent: Agent) -> Conversation | None:
    conversation = lock(session, conversation_id)
    if conversation.state != "queued":  # somebody was faster
        return None
    give(session, conversation, agent, by="assignment", reason="assigned")
    did(session, agent.id, "was assigned", conversation_id)
    return conversation


def _free(session: Session) -> dict[Agent, int]:
    """Agents who can take one more, and how many each has."""
    owned = (
        select(Conversation.assignee_id, func.count())
        .where(Conversation.state == "assigned", Conversation.snoozed_until.is_(None))
        .group_by(Conversation.assignee_id)
    )
    counts = dict(session.execute(owned).tuples().all())
    there = [agent for agent in agents.present(session) if not agent.away]
    return {agent: counts.get(agent.id, 0) for agent in there if counts.get(agent.id, 0) < agent.capacity}


def _turn(agent: Agent, topic: str | None, load: dict[Agent, int]) -> tuple[bool, int, float, str]:
    waited_since = agent.assigned_at.timestamp() if agent.assigned_at else 0.0
    return topic not in agent.skills, load[agent], waited_since, agent.id
