"""The open conversation and its customer, read from the tables, the profiles and the shop: plain values, no widgets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import agents, conversations
from bot.console.rows import Row, customer_ids, name_of, rows_of, sentiment
from bot.database import Database
from bot.shop.port import Customer, Order, Shop
from bot.tables import Agent, Conversation, Message, Visitor
from insight import profile, segments
from insight.profile import Profile

ORDERS, EARLIER = 6, 8
TRIED, LOOKED_BACK = 3, 12  # answers shown, messages of the bot looked at for them


@dataclass(frozen=True)
class Line:
    """A message of the open conversation."""

    seq: int
    author: str
    name: str
    internal: bool
    body: dict[str, Any]
    at: datetime
    intent: str | None = None
    confidence: float | None = None
    sentiment: str | None = None
    helpful: bool | None = None


@dataclass(frozen=True)
class Open:
    """The conversation in the middle column."""

    id: str
    name: str
    state: str
    assignee_id: str | None
    assignee: str | None
    reason: str | None
    summary: str | None
    waiting_since: datetime | None
    person_id: str
    customer_id: str | None
    last_seq: int
    read_seq: int  # the customer has seen everything up to here
    seen_seq: int  # and so has an agent who had it
    priority: int
    tags: tuple[str, ...]
    snoozed_until: datetime | None
    tried: tuple[str, ...]  # the answers that the bot gave before it handed over, the last one first


@dataclass(frozen=True)
class Membership:
    """A segment that the customer is in; `because` is its rule in words."""

    name: str
    since: datetime
    because: str


@dataclass(frozen=True)
class Person:
    """The customer's column."""

    customer: Customer | None
    profile: Profile | None
    orders: tuple[Order, ...] = ()
    earlier: tuple[Row, ...] = field(default=())
    memberships: tuple[Membership, ...] = ()

    @property
    def currency(self) -> str:
        """What they paid with; empty for who has ordered nothing."""
        return self.orders[0].currency if self.orders else ""


def opened(database: Database, shop: Shop, conversation_id: str) -> Open:
    """Raises `NotFound`."""
    with database.reading() as session:
        conversation = conversations.find(session, conversation_id)
        customer_id = customer_ids(session, [conversation]).get(conversation.visitor_id)
        assignee = session.get(Agent, conversation.assignee_id) if conversation.assignee_id else None
        tags = conversations.tags(session, [conversation_id]).get(conversation_id, [])
        tried = _tried(session, conversation) if conversation.handoff_reason else ()
    customer = shop.customer(customer_id) if customer_id else None
    return Open(
        id=conversation.id,
        name=name_of(customer, conversation.visitor_id),
        state=conversation.state,
        assignee_id=conversation.assignee_id,
        assignee=assignee.name if assignee else None,
        reason=conversation.handoff_reason,
        summary=conversation.handoff_summary,
        waiting_since=conversation.queued_at,
        person_id=customer_id or conversation.visitor_id,
        customer_id=customer_id,
        last_seq=conversation.last_seq,
        read_seq=conversation.read_seq,
        seen_seq=conversation.seen_seq,
        priority=conversation.priority,
        tags=tuple(tags),
        snoozed_until=conversation.snoozed_until,
        tried=tried,
    )


def lines(database: Database, conversation_id: str) -> list[Line]:
    """Messages and notes."""
    with database.reading() as session:
        messages = conversations.messages(session, conversation_id, internal=True)
        names = agents.names(session, {message.author_id for message in messages if message.author_id})
    return [_line(message, names.get(message.author_id or "", "")) for message in messages]


def person(database: Database, shop: Shop, open_now: Open) -> Person:
    """What is known of the customer, or of the visitor while nobody vouches for them."""
    with database.reading() as session:
        known = profile.get(session, open_now.person_id)
        earlier = _earlier(session, shop, open_now)
        inside = _memberships(session, known) if known else ()
    if open_now.customer_id is None:
        return Person(None, known, (), earlier, inside)
    orders = tuple(shop.orders(open_now.customer_id, limit=ORDERS))
    return Person(shop.customer(open_now.customer_id), known, orders, earlier, inside)


def _memberships(session: Session, known: Profile) -> tuple[Membership, ...]:
    """The newest first."""
    if not known.segments:
        return ()
    found = {one.id: one for one in segments.segments(session)}
    inside = sorted(known.segments.items(), key=lambda pair: pair[1], reverse=True)
    return tuple(Membership(found[id].name, since, found[id].sentence) for id, since in inside if id in found)


def _earlier(session: Session, shop: Shop, open_now: Open) -> tuple[Row, ...]:
    """The person's other conversations: those that go on, then the latest."""
    theirs = Visitor.customer_id == open_now.customer_id if open_now.customer_id else Visitor.id == open_now.person_id
    wanted = (
        select(Conversation)
        .join(Visitor, Visitor.id == Conversation.visitor_id)
        .where(theirs, Conversation.id != open_now.id)
        .order_by(Conversation.state == "resolved", Conversation.updated_at.desc())
        .limit(EARLIER)
    )
    return rows_of(session, shop, session.scalars(wanted).all())


def _tried(session: Session, conversation: Conversation) -> tuple[str, ...]:
    """Ids of the last templates that the bot answered with; a person may have talked since."""
    wanted = select(Message.body).where(Message.conversation_id == conversation.id, Message.author == "bot")
    if conversation.queued_at is not None:
        wanted = wanted.where(Message.created_at <= conversation.queued_at)
    bodies = session.scalars(wanted.order_by(Message.seq.desc()).limit(LOOKED_BACK))
    return tuple(dict.fromkeys(str(body["template_id"]) for body in bodies if body.get("template_id")))[:TRIED]


def _line(message: Message, name: str) -> Line:
    parse = message.parse or {}
    intent = parse.get("intent") or {}
    return Line(
        seq=message.seq,
        author=message.author,
        name=name,
        internal=message.internal,
        body=message.body,
        at=message.created_at,
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        sentiment=sentiment(message),
        helpful=message.helpful,
    )
