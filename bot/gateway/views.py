"""How rows look to a customer: message and state as JSON."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot import conversations
from bot.tables import Agent, Message


@dataclass(frozen=True)
class View:
    """A conversation as its customer may see it."""

    conversation_id: str
    state: str
    agent: str | None  # the name of who owns it
    last_seq: int
    messages: list[dict[str, Any]]


def view(session: Session, conversation_id: str, since_seq: int, *, parses: bool = False) -> View:
    """The state and what was said after `since_seq`; `parses` adds how our models read the customer's words."""
    conversation = conversations.find(session, conversation_id)
    found = conversations.messages(session, conversation_id, since_seq)
    return View(
        conversation_id=conversation_id,
        state=conversation.state,
        agent=_agent_name(session, conversation.assignee_id),
        last_seq=conversation.last_seq,
        messages=[message_view(session, message, parses=parses) for message in found],
    )


def message_view(session: Session, message: Message, *, parses: bool = False) -> dict[str, Any]:
    shown = {
        "seq": message.seq,
        "author": message.author,
        "body": message.body,
        "created_at": message.created_at.isoformat(),
        "client_msg_id": message.client_msg_id,
        "answers_seq": message.answers_seq,
        "helpful": message.helpful,
        "name": _agent_name(session, message.author_id),
        "parse": _summary(message) if parses else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def state_view(view: View) -> dict[str, Any]:
    return {"state": view.state, "agent": {"name": view.agent} if view.agent else None}


def _agent_name(session: Session, agent_id: str | None) -> str | None:
    agent = session.get(Agent, agent_id) if agent_id else None
    return agent.name if agent else None


def _summary(message: Message) -> dict[str, Any] | None:
    if message.parse is None:
        return None
    sentiment = message.parse.get("sentiment") or {}
    return {**message.parse["intent"], "sentiment": sentiment.get("label")}
