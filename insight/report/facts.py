"""What the metrics count: the period's conversations with their events, and the suggestions shown in them.

A conversation belongs to the period in which it started. Events after the period's end are not looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from insight.events import COLUMNS, Event
from insight.profile.properties import listed, text
from insight.tables import AliasRow, EventRow

SENT = "Live Chat Message Sent"
RECEIVED = "Live Chat Message Received"
HANDED_OFF = "Conversation Handed Off"
ASSIGNED = "Conversation Assigned"
RESOLVED = "Conversation Resolved"
PARSED = "Message Parsed"
BUYING_TIME = timedelta(days=7)


@dataclass(frozen=True)
class Conversation:
    """One conversation's events in the order they happened."""

    id: str
    person_id: str | None
    events: tuple[Event, ...]

    def named(self, *names: str) -> list[Event]:
        return [event for event in self.events if event.name in names]

    @property
    def started_at(self) -> datetime:
        return self.events[0].occurred_at

    @cached_property
    def messages(self) -> list[Event]:
        """The customer's."""
        return self.named(SENT)

    @cached_property
    def parses(self) -> list[Event]:
        return self.named(PARSED)

    @cached_property
    def handoffs(self) -> list[Event]:
        return self.named(HANDED_OFF)

    @cached_property
    def human_replies(self) -> list[Event]:
        return [event for event in self.named(RECEIVED) if event.properties.get("author") == "agent"]

    @cached_property
    def bot_replies(self) -> list[Event]:
        return [event for event in self.named(RECEIVED) if event.properties.get("author") == "bot"]

    @property
    def resolved(self) -> Event | None:
        """The first time it was resolved."""
        return next(iter(self.named(RESOLVED)), None)


@dataclass(frozen=True)
class Showing:
    """A suggestion that was shown, and what became of it."""

    suggestion_id: str
    shown_at: datetime
    clicked: bool
    declined: bool
    bought: bool


@dataclass(frozen=True)
class Facts:
    """Everything a report of one period is computed from."""

    since: datetime
    until: datetime
    conversations: tuple[Conversation, ...]
    showings: tuple[Showing, ...]
    starts: Mapping[str, tuple[datetime, ...]]  # person -> when their conversations started, in order

    @property
    def with_bot(self) -> list[Conversation]:
        """The conversations the bot took part in: it answered, or it handed over at once."""
        return [one for one in self.conversations if one.bot_replies or one.handoffs]

    def returned(self, conversation: Conversation, after: datetime, within: timedelta) -> bool:
        """Whether its customer wrote again, here or in a new conversation, within that time."""
        again = [event.occurred_at for event in conversation.messages]
        again += self.starts.get(conversation.person_id or "", ())
        return any(after < at <= after + within for at in again)


def read_facts(session: Session, since: datetime, until: datetime) -> Facts:
    aliases = {row.anonymous_id: row.customer_id for row in session.execute(select(AliasRow)).scalars()}

    def person(event: Event) -> str | None:
        return event.customer_id or aliases.get(event.anonymous_id or "", event.anonymous_id)

    conversations = tuple(_conversations(session, since, until, person))
    starts: dict[str, list[datetime]] = {}
    for one in conversations:
        starts.setdefault(one.person_id or "", []).append(one.started_at)
    showings = tuple(_showings(session, conversations, until, person))
    return Facts(since, until, conversations, showings, {key: tuple(value) for key, value in starts.items() if key})


Person = Callable[[Event], str | None]


def _conversations(session: Session, since: datetime, until: datetime, person: Person) -> Iterator[Conversation]:
    first = func.min(EventRow.occurred_at)
    started = select(EventRow.conversation_id).group_by(EventRow.conversation_id)
    inside = started.where(EventRow.conversation_id.is_not(None)).having(first >= since, first < until)
    together: dict[str, list[Event]] = {}
    for event in _events(session, EventRow.conversation_id.in_(inside), EventRow.occurred_at < until):
        together.setdefault(event.conversation_id or "", []).append(event)
    for id, events in together.items():
        known = next((event for event in reversed(events) if event.customer_id), events[0])
        yield Conversation(id, person(known), tuple(events))


def _showings(
    session: Session, conversations: Iterable[Conversation], until: datetime, person: Person
) -> Iterator[Showing]:
    shown = [(one, event) for one in conversations for event in one.named("Suggestion Shown")]
    people = {one.person_id for one, _ in shown}
    bought: dict[tuple[str | None, str | None], list[datetime]] = {}
    earliest = min((event.occurred_at for _, event in shown), default=until)
    in_time = (EventRow.occurred_at >= earliest, EventRow.occurred_at < until)
    for order in _events(session, EventRow.name == "Order Completed", *in_time) if shown else ():
        if person(order) in people:
            for product in listed(order.properties, "products"):
                bought.setdefault((person(order), text(product, "product_id")), []).append(order.occurred_at)
    for one, event in shown:
        id = text(event.properties, "suggestion_id") or event.message_id
        times = bought.get((one.person_id, text(event.properties, "product_id")), ())
        yield Showing(
            suggestion_id=id,
            shown_at=event.occurred_at,
            clicked=_answered(one, "Suggestion Clicked", id),
            declined=_answered(one, "Suggestion Declined", id),
            bought=any(timedelta(0) <= at - event.occurred_at <= BUYING_TIME for at in times),
        )


def _answered(conversation: Conversation, name: str, suggestion_id: str) -> bool:
    return any(text(event.properties, "suggestion_id") == suggestion_id for event in conversation.named(name))


def _events(session: Session, *conditions: Any) -> Iterator[Event]:
    rows = select(*COLUMNS).where(*conditions).order_by(EventRow.occurred_at, EventRow.id)
    return (Event(*row) for row in session.execute(rows))


def day_of(at: datetime, zone: Any = UTC) -> datetime:
    """Midnight of that day as the viewer's clock shows it, without a zone (for charts)."""
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
