"""How the customer liked it: one rating a conversation, a thumb an answer, a "not interested" a product shown."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.rows import event, lock, now
from bot.errors import BotError, NotFound
from bot.tables import Conversation, Message, Rating
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
    answer = _said(session, conversation, seq)
    if answer is None or not answer.body.get("rateable"):
        raise NotFound("There is no answer of the assistant to rate there.")
    if answer.helpful is helpful:
        return False
    answer.helpful = helpful
    rated = event(conversation, "Answer Rated", seq=seq, template_id=answer.body.get("template_id"), helpful=helpful)
    events.append(session, [rated])
    return True


def decline(session: Session, conversation_id: str, seq: int, product_id: str) -> bool:
    """Take a product off the shelf that message `seq` showed; False: it is off already. `NotFound`: it showed none."""
    conversation = lock(session, conversation_id)
    message = _said(session, conversation, seq)
    goods = message.body.get("products", []) if message is not None else []
    product = next((one for one in goods if one["id"] == product_id), None)
    if message is None or product is None:
        raise NotFound("That product was not shown there.")
    if product.get("declined"):
        return False
    left = [one | {"declined": True} if one is product else one for one in goods]
    message.body = message.body | {"products": left}
    facts = {"product_id": product_id, "reason": product.get("reason"), "source": "shelf", "seq": seq}
    events.append(session, [event(conversation, "Suggestion Declined", **facts)])
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


def _said(session: Session, conversation: Conversation, seq: int) -> Message | None:
    """The bot's message `seq`, which may be any number."""
    wanted = select(Message).where(
        Message.conversation_id == conversation.id, Message.seq == seq, Message.author == "bot"
    )
    return session.scalar(wanted) if 0 < seq <= conversation.last_seq else None
