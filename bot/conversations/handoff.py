"""Hand over to a person and back: bot → queued → assigned → bot or resolved.

While a conversation is queued or assigned the bot is silent, whatever happens. Releasing starts a new generation, so
Rasa begins with a clean dialogue.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import agents
from bot.conversations.assigning import give
from bot.conversations.audit import did
from bot.conversations.errors import Closed
from bot.conversations.opening import ENDED, end, leave_desk
from bot.conversations.rows import add_message, announce, event, lock, now
from bot.errors import NotAllowed, NotFound, Taken
from bot.tables import Agent, Conversation, Message
from insight import events, profile

SOMEBODY = "I am passing you to a colleague, who can read what we have said so far. One moment, please."
NOBODY = (
    "Nobody is at the desk right now. Please leave your message here: it waits in the queue, "
    "and a colleague answers it as soon as one is back."
)

SETTLED = "settled"  # what a note is that an agent left for the bot
LOOKED_BACK = 5  # messages of the customer
NO_TOPIC = frozenset(["contact_human_agent", "nlu_fallback", "out_of_scope", "affirm", "deny", "greet", "thanks"])


def hand_off(session: Session, conversation_id: str, reason: str, summary: str) -> Message | None:
    """Put a conversation of the bot in the queue and tell the customer; None when a person already has it."""
    conversation = lock(session, conversation_id)
    if conversation.state != "bot":
        return None
    queue(session, conversation, reason, summary)
    return announce(session, conversation, SOMEBODY if agents.present(session) else NOBODY, "queued")


def queue(session: Session, conversation: Conversation, reason: str, summary: str) -> None:
    """Put a locked conversation of the bot in the queue."""
    conversation.state = "queued"
    conversation.queued_at = now()
    conversation.handoff_reason = reason
    conversation.handoff_summary = summary
    conversation.topic = _topic(session, conversation)
    conversation.priority = max(conversation.priority, _priority(session, conversation, reason))
    events.append(session, [event(conversation, "Conversation Handed Off", reason=reason, summary=summary)])


def take(session: Session, conversation_id: str, agent_id: str) -> Conversation:
    """The agent owns it now, from the queue or from the bot; `Taken` when another agent does."""
    agent = _agent(session, agent_id)
    conversation = _open(session, conversation_id)
    if conversation.assignee_id == agent_id:
        return conversation
    refuse_others(conversation, agent_id)
    give(session, conversation, agent, by="agent", reason="taken")
    did(session, agent_id, "took", conversation_id)
    return conversation


def say(session: Session, conversation_id: str, agent_id: str, text: str) -> Message:
    """The agent's message to the customer."""
    conversation = owned_by(session, conversation_id, agent_id)
    message = add_message(session, conversation, "agent", {"type": "text", "text": text}, author_id=agent_id)
    received = event(
        conversation, "Live Chat Message Received", seq=message.seq, text=text, author="agent", agent_id=agent_id
    )
    events.append(session, [received])
    did(session, agent_id, "said", conversation_id, seq=message.seq)
    return message


def note(session: Session, conversation_id: str, agent_id: str, text: str) -> Message:
    """A note for colleagues; the customer never sees it and it is no event of theirs."""
    _agent(session, agent_id)
    conversation = lock(session, conversation_id)
    body = {"type": "text", "text": text}
    message = add_message(session, conversation, "agent", body, author_id=agent_id, internal=True)
    did(session, agent_id, "noted", conversation_id, seq=message.seq)
    return message


def release(session: Session, conversation_id: str, agent_id: str, summary: str = "") -> Conversation:
    """Give the conversation back to the bot; `summary`: what was settled, which its next handoff passes on."""
    conversation, agent = owned_by(session, conversation_id, agent_id), _agent(session, agent_id)
    conversation.state = "bot"
    conversation.generation += 1
    conversation.assignee_id = conversation.queued_at = conversation.assigned_at = None
    leave_desk(conversation)
    if summary:
        settled = {"type": "text", "text": summary, "what": SETTLED}
        add_message(session, conversation, "agent", settled, author_id=agent_id, internal=True)
    told = f" {agent.name} told me what you settled, should you need a person once more." if summary else ""
    announce(session, conversation, f"You are talking to the assistant again.{told} What else can I do for you?", "bot")
    events.append(
        session, [event(conversation, "Conversation Released", agent_id=agent_id, reason=summary, by="agent")]
    )
    did(session, agent_id, "released", conversation_id)
    return conversation


def settled(session: Session, conversation_id: str) -> str | None:
    """What an agent last said was settled when giving the conversation back to the bot."""
    notes = select(Message.body).where(Message.conversation_id == conversation_id, Message.internal.is_(True))
    bodies = session.scalars(notes.order_by(Message.seq.desc()))
    return next((str(body["text"]) for body in bodies if body.get("what") == SETTLED), None)


def resolve(session: Session, conversation_id: str, agent_id: str, reason: str = "") -> Conversation:
    """Close it: the agent's own, or one that no agent owns."""
    _agent(session, agent_id)
    conversation = _open(session, conversation_id)
    refuse_others(conversation, agent_id)
    announce(session, conversation, ENDED, "resolved")
    end(session, conversation, at=now(), by="agent", reason=reason, agent_id=agent_id)
    did(session, agent_id, "resolved", conversation_id, reason=reason)
    return conversation


def _topic(session: Session, conversation: Conversation) -> str | None:
    """The newest intent of the customer that is about something."""
    said = select(Message.parse).where(Message.conversation_id == conversation.id, Message.author == "customer")
    for parse in session.scalars(said.order_by(Message.seq.desc()).limit(LOOKED_BACK)):
        intent = ((parse or {}).get("intent") or {}).get("name")
        if intent is not None and intent not in NO_TOPIC:
            return str(intent)
    return None


def _priority(session: Session, conversation: Conversation, reason: str) -> int:
    """High for the upset and for the shop's best customers."""
    person = conversation.visitor.customer_id
    known = profile.get(session, person) if person else None
    return int(reason == "sentiment" or (known is not None and known.tier == "high"))


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


def owned_by(session: Session, conversation_id: str, agent_id: str) -> Conversation:
    """The locked conversation, which this agent owns; raises `Taken`, `NotAllowed` or `Closed` when not."""
    conversation = _open(session, conversation_id)
    refuse_others(conversation, agent_id)
    if conversation.state != "assigned":
        raise NotAllowed("Take the conversation first.")
    return conversation


def refuse_others(conversation: Conversation, agent_id: str) -> None:
    """Raise `Taken` when another agent owns the conversation."""
    if conversation.assignee_id not in (None, agent_id):
        raise Taken("Another agent has this conversation.")
