"""Conversations as rows: the tabs of the left column, what a search finds, and a customer's other conversations.

Many rows cost as many queries as one: messages, customers, profiles, tags and agents are read together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import agents, conversations
from bot.conversations.overview import AT_DESK, answers, asked_at
from bot.database import Database
from bot.shop.port import Customer, Shop
from bot.tables import Conversation, Message, Visitor
from insight import profile

SHOWN = 60  # conversations a tab lists
TABS = ("mine", "unassigned", "snoozed", "bot", "resolved")
SEARCH = "search"  # in place of a tab
CUSTOMERS = 20  # that a search follows to their conversations


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
    priority: int
    tags: tuple[str, ...]
    snoozed_until: datetime | None
    assignee: str | None
    asked_at: datetime | None  # at the desk since
    answered_at: datetime | None  # a person's first answer since then


@dataclass(frozen=True)
class Lists:
    """The rows of the chosen tab, and how many each tab has."""

    tab: str
    rows: tuple[Row, ...]
    counts: dict[str, int]


def lists(database: Database, shop: Shop, *, agent_id: str, tab: str, words: str = "") -> Lists:
    """The rows of `tab`, `SHOWN` at most; with `words` those that a search for them finds."""
    with database.reading() as session:
        found = _matching(session, shop, words) if words else _listed(session, agent_id, tab)
        counts = conversations.counts(session, agent_id)
        return Lists(SEARCH if words else tab, rows_of(session, shop, found[:SHOWN]), counts)


def one(database: Database, shop: Shop, conversation_id: str) -> Row:
    """Raises `NotFound`."""
    with database.reading() as session:
        return rows_of(session, shop, [conversations.find(session, conversation_id)])[0]


def rows_of(session: Session, shop: Shop, some: Sequence[Conversation]) -> tuple[Row, ...]:
    """One row for each of these, in their order."""
    vouched = customer_ids(session, some)
    people = shop.customers(sorted(set(vouched.values())))
    profiles = profile.of_customers(session, sorted(set(vouched.values())))
    said, asked = latest(session, some, "customer", "bot", "agent"), latest(session, some, "customer")
    tags = conversations.tags(session, [one.id for one in some])
    answered = answers(session, some)
    names = agents.names(session, {one.assignee_id for one in some if one.assignee_id})
    rows = []
    for conversation in some:
        customer_id = vouched.get(conversation.visitor_id)
        known = profiles.get(customer_id or "")
        last = said.get(conversation.id)
        rows.append(
            Row(
                id=conversation.id,
                name=name_of(people.get(customer_id or ""), conversation.visitor_id),
                state=conversation.state,
                last_text=_words(last.body) if last else "",
                last_author=last.author if last else "",
                sentiment=sentiment(asked.get(conversation.id)),
                tier=known.tier if known else None,
                reason=conversation.handoff_reason,
                since=(conversation.queued_at if conversation.state == "queued" else None) or conversation.updated_at,
                priority=conversation.priority,
                tags=tuple(tags.get(conversation.id, ())),
                snoozed_until=conversation.snoozed_until,
                assignee=names.get(conversation.assignee_id or ""),
                asked_at=asked_at(conversation) if conversation.state in AT_DESK else None,
                answered_at=answered.get(conversation.id),
            )
        )
    return tuple(rows)


def customer_ids(session: Session, some: Sequence[Conversation]) -> dict[str, str]:
    """Visitor -> customer, where somebody vouches for it."""
    wanted = select(Visitor.id, Visitor.customer_id).where(Visitor.id.in_([one.visitor_id for one in some]))
    return {visitor_id: customer_id for visitor_id, customer_id in session.execute(wanted) if customer_id}


def name_of(customer: Customer | None, visitor_id: str) -> str:
    return customer.name if customer and customer.name else f"Guest {visitor_id[:4].upper()}"


def sentiment(message: Message | None) -> str | None:
    parse = (message.parse if message else None) or {}
    return (parse.get("sentiment") or {}).get("label")


def latest(session: Session, some: Sequence[Conversation], *authors: str) -> dict[str, Message]:
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


def _listed(session: Session, agent_id: str, tab: str) -> Sequence[Conversation]:
    match tab:
        case "mine":
            return conversations.owned(session, agent_id)
        case "snoozed":
            return conversations.snoozed(session, agent_id)
        case "bot":
            return conversations.with_bot(session)
        case "resolved":
            return conversations.resolved(session)
    return conversations.waiting(session)


def _matching(session: Session, shop: Shop, words: str) -> list[Conversation]:
    """What was said, noted or tagged; a customer's name, e-mail address or order number finds all of theirs."""
    people = {customer.id for customer in shop.find_customers(words, limit=CUSTOMERS)}
    order = shop.order(words) if any(letter.isdigit() for letter in words) else None
    if order is not None and order.customer_id is not None:
        people.add(order.customer_id)
    matches = conversations.search(session, words, customer_ids=tuple(sorted(people)))
    wanted = select(Conversation).where(Conversation.id.in_([match.conversation_id for match in matches]))
    found = {conversation.id: conversation for conversation in session.scalars(wanted)}
    return [found[match.conversation_id] for match in matches if match.conversation_id in found]


def _words(body: dict[str, Any]) -> str:
    """A message in one line."""
    text = str(body.get("text") or "")
    names = ", ".join(str(product.get("name")) for product in body.get("products") or ())
    return " ".join((text or names or f"({body.get('type')})").split())
