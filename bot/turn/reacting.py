"""Acts on customers who enter segments: it follows the event log from a place of its own, each event once.

Who enters has the open conversation moved up or tagged; whoever is inside already, a conversation when it is handed
over.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import conversations
from bot.segment_reactions import Reaction
from bot.tables import Conversation, Visitor
from insight import events, profile
from insight.events import Event
from insight.profile.stays import ENTERED

CONSUMER = "reactions"
HANDED_OFF = "Conversation Handed Off"


def react(session: Session, reactions: Sequence[Reaction]) -> Conversation | None:
    """Go on along the log until a conversation changes, and return it; None when all of it has been seen."""
    for recorded in events.follow(session, CONSUMER, (ENTERED, HANDED_OFF)):
        changed = _act(session, recorded.event, reactions)
        if changed is not None:
            return changed
    return None


def _act(session: Session, event: Event, reactions: Sequence[Reaction]) -> Conversation | None:
    person_id = event.customer_id or event.anonymous_id
    if event.name == ENTERED:
        wanted = {event.properties.get("segment_id")}
        conversation_id = _open(session, person_id)
    else:
        known = profile.get(session, person_id) if person_id else None
        wanted = set(known.segments) if known else set()
        conversation_id = event.conversation_id
    due = [one for one in reactions if one.segment_id in wanted]
    if conversation_id is None or not due:
        return None
    tags = [one.tag for one in due if one.tag]
    return conversations.mark(session, conversation_id, priority=max(one.priority for one in due), tags=tags)


def _open(session: Session, person_id: str | None) -> str | None:
    """The person's latest conversation that is not over."""
    theirs = (Visitor.customer_id == person_id) | (Visitor.id == person_id)
    wanted = select(Conversation.id).join(Visitor, Visitor.id == Conversation.visitor_id)
    wanted = wanted.where(theirs, Conversation.state != "resolved").order_by(Conversation.updated_at.desc())
    return session.scalar(wanted.limit(1)) if person_id else None
