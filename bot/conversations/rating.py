"""How the customer liked it: one rating a conversation, a thumb an answer; the last one counts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.rows import event, lock, now
from bot.errors import BotError, NotFound
from bot.tables import Message, Rating
from insight import events

PARTS = 8  # that a reply may have


def rate(session: Session, conversation_id: str, score: int, comment: str | None = None) -> Rating:
    """Store 1 (bad) to 5 (good) and what the customer adds in words."""
    if not 1 <= score <= 5:
        raise BotError("A rating is a number from 1 to 5.")
    conversation = lock(session, conversation_id)
    rating = session.merge(Rating(conversation_id=conversation_id, score=score, comment=comment, created_at=now()))
    events.append(session, [event(conversation, "Rating Given", score=score, comment=comment)])
    return rating


def rate_answer(session: Session, conversation_id: str, seq: int, helpful: bool) -> bool:
    """The customer's thumb on the bot's answer `seq`; False: it stood so already. `NotFound`: there is none to rate."""
    conversation = lock(session, conversation_id)
    wanted = select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)
    answer = session.scalar(wanted) if 0 < seq <= conversation.last_seq else None
    if answer is None or answer.author != "bot" or not answer.body.get("rateable"):
        raise NotFound("There is no answer of the assistant to rate there.")
    if answer.helpful is helpful:
        return False
    answer.helpful = helpful
    rated = event(conversation, "Answer Rated", seq=seq, template_id=answer.body.get("template_id"), helpful=helpful)
    events.append(session, [rated])
    return True


def last_answer(session: Session, conversation_id: str, before_seq: int) -> int | None:
    """The `seq` of the answer the customer has just read when writing `before_seq`; None: the bot gave none."""
    read = session.execute(
        select(Message.seq, Message.author, Message.body)
        .where(Message.conversation_id == conversation_id, Message.seq < before_seq)
        .order_by(Message.seq.desc())
        .limit(PARTS)
    )
    for seq, author, body in read:
        if author == "customer":
            return None
        if author == "bot" and body.get("rateable"):
            return int(seq)
    return None
