"""Visitors: anonymous until the shop's signature or a confirmed code says which customer it is."""

from uuid import uuid4

from sqlalchemy.orm import Session

from bot.conversations.rows import now
from bot.errors import NotFound
from bot.tables import Visitor
from insight import events


def open_visitor(session: Session, visitor_id: str | None = None) -> Visitor:
    """A new anonymous visitor, or the one of that id (made when it is new: REST clients choose theirs)."""
    found = session.get(Visitor, visitor_id) if visitor_id else None
    if found is None:
        found = Visitor(id=visitor_id or uuid4().hex, created_at=now())
        session.add(found)
        session.flush()
    return found


def identify(session: Session, visitor_id: str, customer_id: str, method: str) -> Visitor:
    """The visitor is this customer from now on (`method`: token or code); what was anonymous becomes theirs.

    A visitor who already is another customer stays one: raise before mixing two people, open a new visitor instead.
    """
    visitor = session.get(Visitor, visitor_id, with_for_update=True)
    if visitor is None:
        raise NotFound("There is no such visitor.")
    if visitor.customer_id == customer_id:
        return visitor
    if visitor.customer_id is not None:
        raise ValueError("this visitor is another customer")
    visitor.customer_id = customer_id
    _happened(session, visitor, "Customer Identified", method=method)
    return visitor


def consent(session: Session, visitor_id: str, policy: str) -> None:
    """The visitor agreed to the policy at this address before the first message."""
    visitor = session.get(Visitor, visitor_id)
    if visitor is None:
        raise NotFound("There is no such visitor.")
    _happened(session, visitor, "Consent Given", policy=policy)


def _happened(session: Session, visitor: Visitor, name: str, **properties: str) -> None:
    event = events.Event(
        name=name,
        message_id=uuid4().hex,
        occurred_at=now(),
        properties=properties,
        customer_id=visitor.customer_id,
        anonymous_id=visitor.id,
    )
    events.append(session, [event])
