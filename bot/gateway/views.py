"""How rows look to a customer: message and state as JSON."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot import agents, conversations
from bot.conversations import Place
from bot.gateway import tokens
from bot.opening_hours import OpeningHours
from bot.settings import Settings
from bot.tables import Agent, Conversation, Message, Rating

UPLOADED = "/v1/conversations/"


@dataclass(frozen=True)
class View:
    """A conversation as its customer may see it."""

    conversation_id: str
    state: str
    agent: str | None  # the name of who owns it
    last_seq: int
    messages: list[dict[str, Any]]
    queue: dict[str, int] | None = None  # while it waits for a person
    rated: bool = False  # since a person last took it, if one did
    read: int = 0  # an agent has seen everything up to there
    opens_at: str | None = None  # set while nobody is at the desk and none is expected


def view(
    session: Session,
    conversation_id: str,
    since_seq: int,
    *,
    settings: Settings,
    hours: OpeningHours | None = None,
    parses: bool = False,
) -> View:
    """The state and what was said after `since_seq`; `parses` adds how our models read the customer's words."""
    conversation = conversations.find(session, conversation_id)
    found = conversations.messages(session, conversation_id, since_seq)
    return View(
        conversation_id=conversation_id,
        state=conversation.state,
        agent=_agent_name(session, conversation.assignee_id),
        last_seq=conversation.last_seq,
        messages=[message_view(session, message, settings=settings, parses=parses) for message in found],
        queue=_queue(conversations.place(session, conversation)),
        rated=conversation.state in ("bot", "resolved") and _rated(session, conversation),
        read=conversation.seen_seq,
        opens_at=opens_at(session, hours),
    )


def opens_at(session: Session, hours: OpeningHours | None) -> str | None:
    """When the desk opens, if it is closed and nobody is there all the same."""
    now = datetime.now(UTC)
    if hours is None or hours.open_at(now) or agents.present(session):
        return None
    return hours.next_opening(now).isoformat()


def message_view(session: Session, message: Message, *, settings: Settings, parses: bool = False) -> dict[str, Any]:
    shown = {
        "seq": message.seq,
        "author": message.author,
        "body": _with_key(message.body, settings.secret_key),
        "created_at": message.created_at.isoformat(),
        "client_msg_id": message.client_msg_id,
        "answers_seq": message.answers_seq,
        "helpful": message.helpful,
        "name": _agent_name(session, message.author_id),
        "parse": _summary(message) if parses else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def state_view(view: View) -> dict[str, Any]:
    agent = {"name": view.agent} if view.agent else None
    away = {"opens_at": view.opens_at} if view.opens_at else None
    more = {"queue": view.queue, "rated": view.rated or None, "read": view.read or None, "away": away}
    return {"state": view.state, "agent": agent, **{name: value for name, value in more.items() if value is not None}}


def _rated(session: Session, conversation: Conversation) -> bool:
    """What the customer said of the bot is no rating of the person who took over after it."""
    rating = session.get(Rating, conversation.id)
    return rating is not None and (conversation.assigned_at is None or rating.created_at >= conversation.assigned_at)


def _queue(place: Place | None) -> dict[str, int] | None:
    if place is None:
        return None
    return {"position": place.position, **({} if place.minutes is None else {"minutes": place.minutes})}


def _with_key(body: dict[str, Any], secret: str) -> dict[str, Any]:
    if not str(body.get("url", "")).startswith(UPLOADED):
        return body
    return {**body, "url": f"{body['url']}?key={tokens.file_key(secret, body['url'])}"}


def _agent_name(session: Session, agent_id: str | None) -> str | None:
    agent = session.get(Agent, agent_id) if agent_id else None
    return agent.name if agent else None


def _summary(message: Message) -> dict[str, Any] | None:
    if message.parse is None:
        return None
    sentiment = message.parse.get("sentiment") or {}
    return {**message.parse["intent"], "sentiment": sentiment.get("label")}
