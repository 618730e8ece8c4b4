"""One call of an action, read from Rasa's tracker and our database.

The customer comes from our database by conversation id, never from slots, entities or the request's text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.tables import Conversation, Visitor

Event = dict[str, Any]  # Rasa's JSON of an event
Part = dict[str, Any]  # of a reply, as docs/architecture.md lists them


@dataclass(frozen=True)
class Said:
    """A message of the customer as it was understood; `parse` is Rasa's parse format."""

    text: str
    intent: str
    entities: tuple[Mapping[str, Any], ...] = ()
    parse: Mapping[str, Any] = field(default_factory=dict)

    def entity(self, name: str) -> Any:
        """The first value of that entity, or None."""
        return next((entity.get("value") for entity in self.entities if entity.get("entity") == name), None)

    @property
    def typed(self) -> str:
        """What the customer wrote; empty for a pressed button."""
        return "" if self.parse.get("model") == "button" else self.text.strip()


@dataclass(frozen=True)
class Request:
    conversation_id: str
    visitor_id: str
    customer_id: str | None  # None: nobody vouches for this visitor yet
    message_id: str
    said: Said
    slots: Mapping[str, Any]
    active_form: str | None
    interrupted: bool  # the open form has let another answer pass in this turn
    before: tuple[Part, ...] = ()  # what the bot said last, before this message

    def key(self, action: str) -> str:
        """Idempotency key of a write: the same message never does the same thing twice."""
        return f"{self.conversation_id}:{self.message_id}:{action}"


@dataclass(frozen=True)
class Outcome:
    """What an action says, and Rasa's events that follow."""

    parts: tuple[Part, ...] = ()
    events: tuple[Event, ...] = ()


def read_request(session: Session, tracker: Tracker) -> Request:
    """Raises `NotFound` for a conversation we do not have."""
    conversation_id = tracker.sender_id.rpartition(".")[0] or tracker.sender_id
    row = session.execute(
        select(Visitor.id, Visitor.customer_id)
        .join(Conversation, Conversation.visitor_id == Visitor.id)
        .where(Conversation.id == conversation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such conversation.")
    turn = this_turn(tracker.events)
    form = (tracker.active_loop or {}).get("name")
    return Request(
        conversation_id=conversation_id,
        visitor_id=row.id,
        customer_id=row.customer_id,
        message_id=str(turn[0].get("message_id") or "") if turn else "",
        said=said_from(tracker.latest_message or {}),
        slots=tracker.slots,
        active_form=form,
        interrupted=any(e.get("event") == "action_execution_rejected" and e.get("name") == form for e in turn),
        before=said_before(tracker.events),
    )


def this_turn(events: Sequence[Event]) -> Sequence[Event]:
    """The events since the customer's latest message, that one included."""
    for index in range(len(events) - 1, -1, -1):
        if events[index].get("event") == "user":
            return events[index:]
    return ()


def said_before(events: Sequence[Event]) -> tuple[Part, ...]:
    """The bot's last parts before the customer's latest message (which may stand there twice, see `flow.resume`)."""
    latest = next((event.get("message_id") for event in reversed(events) if event.get("event") == "user"), None)
    parts: list[Part] = []
    earlier = False
    for event in reversed(events):
        if event.get("event") == "user":
            if event.get("message_id") != latest:
                break
            earlier, parts = True, []
        elif event.get("event") == "bot" and earlier:
            parts.append((event.get("data") or {}).get("custom") or {"type": "text", "text": event.get("text")})
    return tuple(reversed(parts))


def said_from(parse: Mapping[str, Any]) -> Said:
    return Said(
        text=str(parse.get("text") or ""),
        intent=str((parse.get("intent") or {}).get("name") or ""),
        entities=tuple(parse.get("entities") or ()),
        parse=parse,
    )
