"""Hand over to a person and back: bot → queued → assigned → bot or resolved.

While a conversation is queued or assigned the bot is silent, whatever happens. Releasing starts a new generation, so
Rasa begins with a clean dialogue.
"""

from sqlalchemy.orm import Session

from bot import agents
from bot.conversations.errors import Closed
from bot.conversations.opening import end
from bot.conversations.rows import add_message, announce, event, lock, now
from bot.errors import NotAllowed, NotFound, Taken
from bot.tables import Agent, Conversation, Message
from insight import events

SOMEBODY = "I am passing you to a colleague, who can read what we have said so far. One moment, please."
NOBODY = (
    "Nobody is at the desk right now. Please leave your message here: it waits in the queue, "
    "and a colleague answers it as soon as one is back."
)


def hand_off(session: Session, conversation_id: str, reason: str, summary: str) -> Message | None:
    """Put a conversation of the bot in the queue and tell the customer; None when a person already has it."""
    conversation = lock(session, conversation_id)
    if conversation.state != "bot":
        return None
    conversation.state = "queued"
    conversation.queued_at = now()
    conversation.handoff_reason = reason
    conversation.handoff_summary = summary
    told = announce(session, conversation, SOMEBODY if agents.present(session) else NOBODY, "queued")
    events.append(session, [event(conversation, "Conversation Handed Off", reason=reason, summary=summary)])
    return told


def take(session: Session, conversation_id: str, agent_id: str) -> Conversation:
    """The agent owns it now, from the queue or from the bot; `Taken` when another agent does."""
    agent = _agent(session, agent_id)
    conversation = _open(session, conversation_id)
    if conversation.assignee_id == agent_id:
        return conversation
    _refuse_others(conversation, agent_id)
    conversation.state = "assigned"
    conversation.assignee_id = agent_id
    conversation.assigned_at = now()
    announce(session, conversation, f"{agent.name} is with you now.", "assigned")
    events.append(
        session, [event(conversation, "Conversation Assigned", agent_id=agent_id, reason="taken", by="agent")]
    )
    return conversation


def say(session: Session, conversation_id: str, agent_id: str, text: str) -> Message:
    """The agent's message to the customer."""
    conversation = _owned(session, conversation_id, agent_id)
    message = add_message(session, conversation, "agent", {"type": "text", "text": text}, author_id=agent_id)
    received = event(
        conversation, "Live Chat Message Received", seq=message.seq, text=text, author="agent", agent_id=agent_id
    )
    events.append(session, [received])
    return message


def note(session: Session, conversation_id: str, agent_id: str, text: str) -> Message:
    """A note for colleagues; the customer never sees it and it is no event of theirs."""
    _agent(session, agent_id)
    conversation = lock(session, conversation_id)
    body = {"type": "text", "text": text}
    return add_message(session, conversation, "agent", body, author_id=agent_id, internal=True)


def release(session: Session, conversation_id: str, agent_id: str, summary: str = "") -> Conversation:
    """Give the conversation back to the bot; `summary` says what was settled."""
    conversation = _owned(session, conversation_id, agent_id)
    conversation.state = "bot"
    conversation.generation += 1
    conversation.assignee_id = conversation.queued_at = conversation.assigned_at = None
    conversation.handoff_reason = conversation.handoff_summary = None
    if summary:
        note(session, conversation_id, agent_id, summary)
    announce(session, conversation, "You are talking to the assistant again. What else can I do for you?", "bot")
    events.append(
        session, [event(conversation, "Conversation Released", agent_id=agent_id, reason=summary, by="agent")]
    )
    return conversation


def resolve(session: Session, conversation_id: str, agent_id: str, reason: str = "") -> Conversation:
    """Close it: the agent's own, or one that no agent owns."""
    _agent(session, agent_id)
    conversation = _open(session, conversation_id)
    _refuse_others(conversation, agent_id)
    announce(session, conversation, "This conversation is closed. Write again at any time.", "resolved")
    end(session, conversation, at=now(), by="agent", reason=reason, agent_id=agent_id)
    return conversation


def _agent(session: Session, agent_id: str) -> Agent:
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise NotFound("There is no such agent.")
    return agent


def _open(session: Session, conversation_id: str) -> Conversation:
    conversation = lock(session, conversation_id)
    if conversation.state == "resolved":
        raise Closed("This conversation is closed. A message of the customer reopens it.")
    return conversation


def _owned(session: Session, conversation_id: str, agent_id: str) -> Conversation:
    conversation = _open(session, conversation_id)
    _refuse_others(conversation, agent_id)
    if conversation.state != "assigned":
        raise NotAllowed("Take the conversation first.")
    return conversation


def _refuse_others(conversation: Conversation, agent_id: str) -> None:
    if conversation.assignee_id not in (None, agent_id):
        raise Taken("Another agent has this conversation.")
