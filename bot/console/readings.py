"""What the console shows, read in one go from the tables, the profiles and the shop: plain values, no widgets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import conversations
from bot.database import Database
from bot.shop.port import Customer, Order, Shop
from bot.tables import Agent, Conversation, Message, Visitor
from insight import profile
from insight.profile import Profile

SHOWN = 60  # conversations a tab lists
ORDERS = 6
TABS = ("unassigned", "mine", "bot", "resolved")


@dataclass(frozen=True)
class Row:
    """A conversation in a list."""

    id: str
    name: str
    state: str
    last_text: str
    last_author: str
    sentiment: str | None  # of the customer's latest message
    tier: str | None
    reason: str | None
    since: datetime  # waiting since, or the last message


@dataclass(frozen=True)
class Lists:
    """The chosen tab's rows, and how many each tab has."""

    tab: str
    rows: tuple[Row, ...]
    counts: dict[str, int]


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


@dataclass(frozen=True)
class Person:
    """The customer's column."""

    customer: Customer | None
    profile: Profile | None
    orders: tuple[Order, ...] = ()
    earlier: tuple[Row, ...] = field(default=())


def lists(database: Database, shop: Shop, *, agent_id: str, tab: str) -> Lists:
    """The rows of `tab`, `SHOWN` at most, and the tabs' counts."""
    with database.reading() as session:
        found = {
            "unassigned": conversations.waiting(session),
            "mine": conversations.owned(session, agent_id),
            "bot": conversations.with_bot(session),
            "resolved": conversations.resolved(session),
        }
        rows = _rows(session, shop, found[tab][:SHOWN])
    return Lists(tab, rows, {name: len(some) for name, some in found.items()})


def opened(database: Database, shop: Shop, conversation_id: str) -> Open:
    """Raises `NotFound`."""
    with database.reading() as session:
        conversation = conversations.find(session, conversation_id)
        customer_id = _customer_ids(session, [conversation]).get(conversation.visitor_id)
        assignee = session.get(Agent, conversation.assignee_id) if conversation.assignee_id else None
    return Open(
        id=conversation.id,
        name=_name(shop, customer_id, conversation.visitor_id),
        state=conversation.state,
        assignee_id=conversation.assignee_id,
        assignee=assignee.name if assignee else None,
        reason=conversation.handoff_reason,
        summary=conversation.handoff_summary,
        waiting_since=conversation.queued_at,
        person_id=customer_id or conversation.visitor_id,
        customer_id=customer_id,
        last_seq=conversation.last_seq,
    )


def lines(database: Database, conversation_id: str) -> list[Line]:
    """Messages and notes."""
    with database.reading() as session:
        messages = conversations.messages(session, conversation_id, internal=True)
        wanted = {message.author_id for message in messages if message.author_id}
        named = select(Agent.id, Agent.name).where(Agent.id.in_(wanted))
        names = {agent_id: name for agent_id, name in session.execute(named)}
    return [_line(message, names.get(message.author_id or "", "")) for message in messages]


def person(database: Database, shop: Shop, open_now: Open) -> Person:
    """What is known of the customer, or of the visitor while nobody vouches for them."""
    with database.reading() as session:
        known = profile.get(session, open_now.person_id)
        earlier = _earlier(session, shop, open_now)
    if open_now.customer_id is None:
        return Person(None, known, (), earlier)
    orders = tuple(shop.orders(open_now.customer_id, limit=ORDERS))
    return Person(shop.customer(open_now.customer_id), known, orders, earlier)


def _earlier(session: Session, shop: Shop, open_now: Open) -> tuple[Row, ...]:
    """The person's other conversations, the latest first."""
    theirs = Visitor.customer_id == open_now.customer_id if open_now.customer_id else Visitor.id == open_now.person_id
    wanted = (
        select(Conversation)
        .join(Visitor, Visitor.id == Conversation.visitor_id)
        .where(theirs, Conversation.id != open_now.id)
        .order_by(Conversation.updated_at.desc())
        .limit(5)
    )
    return _rows(session, shop, session.scalars(wanted).all())


def _rows(session: Session, shop: Shop, some: Sequence[Conversation]) -> tuple[Row, ...]:
    customers = _customer_ids(session, some)
    said = _latest(session, some, "customer", "bot", "agent")
    asked = _latest(session, some, "customer")
    rows = []
    for conversation in some:
        customer_id = customers.get(conversation.visitor_id)
        known = profile.get(session, customer_id) if customer_id else None
        last = said.get(conversation.id)
        rows.append(
            Row(
                id=conversation.id,
                name=_name(shop, customer_id, conversation.visitor_id),
                state=conversation.state,
                last_text=_words(last.body) if last else "",
                last_author=last.author if last else "",
                sentiment=_sentiment(asked.get(conversation.id)),
                tier=known.tier if known else None,
                reason=conversation.handoff_reason,
                since=(conversation.queued_at if conversation.state == "queued" else None) or conversation.updated_at,
            )
        )
    return tuple(rows)


def _latest(session: Session, some: Sequence[Conversation], *authors: str) -> dict[str, Message]:
    """The newest message of these authors in each conversation."""
    newest = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_([conversation.id for conversation in some]))
        .where(Message.author.in_(authors), Message.internal.is_(False))
        .group_by(Message.conversation_id)
        .subquery()
    )
    wanted = select(Message).join(
        newest, (Message.conversation_id == newest.c.conversation_id) & (Message.seq == newest.c.seq)
    )
    return {message.conversation_id: message for message in session.scalars(wanted)}


def _customer_ids(session: Session, some: Sequence[Conversation]) -> dict[str, str]:
    wanted = select(Visitor.id, Visitor.customer_id).where(Visitor.id.in_([one.visitor_id for one in some]))
    return {visitor_id: customer_id for visitor_id, customer_id in session.execute(wanted) if customer_id}


def _name(shop: Shop, customer_id: str | None, visitor_id: str) -> str:
    customer = shop.customer(customer_id) if customer_id else None
    return customer.name if customer and customer.name else f"Guest {visitor_id[:4].upper()}"


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
        sentiment=_sentiment(message),
        helpful=message.helpful,
    )


def _sentiment(message: Message | None) -> str | None:
    parse = (message.parse if message else None) or {}
    return (parse.get("sentiment") or {}).get("label")


def _words(body: dict[str, Any]) -> str:
    """A message in one line."""
    text = str(body.get("text") or "")
    names = ", ".join(str(product.get("name")) for product in body.get("products") or ())
    return " ".join((text or names or f"({body.get('type')})").split())
