"""How the customer liked it: one rating a conversation, the last one counts."""

from sqlalchemy.orm import Session

from bot.conversations.rows import event, lock, now
from bot.errors import BotError
from bot.tables import Rating
from insight import events


def rate(session: Session, conversation_id: str, score: int, comment: str | None = None) -> Rating:
    """Store 1 (bad) to 5 (good) and what the customer adds in words."""
    if not 1 <= score <= 5:
        raise BotError("A rating is a number from 1 to 5.")
    conversation = lock(session, conversation_id)
    rating = session.merge(Rating(conversation_id=conversation_id, score=score, comment=comment, created_at=now()))
    events.append(session, [event(conversation, "Rating Given", score=score, comment=comment)])
    return rating
