"""Take the content out of a person's conversations; ids, order and times stay."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.tables import Confirmation, Conversation, Message, Rating, Visitor


def of_person(session: Session, person_id: str) -> list[str]:
    """The ids of all conversations of a customer (under every visitor) or of one visitor."""
    visitors = select(Visitor.id).where((Visitor.customer_id == person_id) | (Visitor.id == person_id))
    return list(session.scalars(select(Conversation.id).where(Conversation.visitor_id.in_(visitors))))


def blank(session: Session, conversation_ids: Sequence[str]) -> None:
    """Empty every text of these conversations: messages of all sides, notes, parses, summaries, comments, codes."""
    session.execute(
        update(Message)
        .where(Message.conversation_id.in_(conversation_ids))
        .values(body={"type": "text", "text": ""}, parse=None)
    )
    session.execute(update(Conversation).where(Conversation.id.in_(conversation_ids)).values(handoff_summary=None))
    session.execute(update(Rating).where(Rating.conversation_id.in_(conversation_ids)).values(comment=None))
    session.execute(delete(Confirmation).where(Confirmation.conversation_id.in_(conversation_ids)))
