"""What a conversation has seen, as the suggestion policy and the clicks on suggestions need it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import Work
from bot.models.port import Before
from bot.tables import Conversation, Message, Visitor
from bot.turn.welcome import History

FARTHEST = 200  # messages
LOOK_BACK = 24  # messages; more than three turns of any reply
MOODS = 3


class Earlier(NamedTuple):
    """A message before the one that a turn is about."""

    author: str
    body: Mapping[str, Any]
    parse: Mapping[str, Any] | None


def earlier(session: Session, work: Work) -> list[Earlier]:
    """The messages before the one `work` is about, the newest first."""
    rows = session.execute(
        select(Message.author, Message.body, Message.parse)
        .where(Message.conversation_id == work.conversation_id, Message.seq < work.seq)
        .order_by(Message.seq.desc())
        .limit(FARTHEST)
    )
    return [Earlier(*row) for row in rows]


def read(session: Session, work: Work, before: Sequence[Earlier]) -> History:
    """The past of the message `work` is about; `before`: what `earlier` gives."""
    turns, shown_at, parses = 1, None, []
    for author, body, parse in before[:LOOK_BACK]:
        if author == "customer":
            turns += 1
            parses.append(parse or {})
        elif shown_at is None and body["type"] == "suggestion":
            shown_at = turns
    return History(
        turns_since_suggestion=shown_at,
        moods=[(parse.get("sentiment") or {}).get("label", "") for parse in parses[:MOODS]],
        intents=[(parse.get("intent") or {}).get("name", "") for parse in parses],
        declined=_declined(session, work),
    )


def before(session: Session, work: Work) -> Before | None:
    """The question before the message `work` is about, and the template that answered it; None: no question was."""
    earlier = session.execute(
        select(Message.author, Message.body)
        .where(Message.conversation_id == work.conversation_id, Message.seq < work.seq)
        .order_by(Message.seq.desc())
        .limit(LOOK_BACK)
    )
    shown = ""
    for author, body in earlier:
        if author == "bot" and not shown and body.get("rateable"):
            shown = str(body["template_id"])
        elif author == "customer":
            said = str(body.get("text") or "")
            return Before(said, shown) if said and shown else None
    return None


def shown(session: Session, work: Work, suggestion_id: str | None = None) -> tuple[int, dict[str, Any]] | None:
    """(seq, body) of the suggestion with this id; without one, of the suggestion right before this message."""
    before = session.execute(
        select(Message.seq, Message.body)
        .where(Message.conversation_id == work.conversation_id, Message.seq < work.seq, Message.author != "agent")
        .order_by(Message.seq.desc())
        .limit(1 if suggestion_id is None else None)
    )
    for seq, body in before:
        if body["type"] == "suggestion" and suggestion_id in (None, body["suggestion_id"]):
            return seq, body
    return None


def _declined(session: Session, work: Work) -> bool:
    """Whether this person has ever pressed or typed "no thanks" to a suggestion."""
    mine = select(Visitor.id).where(
        Visitor.customer_id == work.customer_id if work.customer_id else Visitor.id == work.visitor_id
    )
    said_no = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.visitor_id.in_(mine), Message.author == "bot", Message.body["what"].as_string() == "declined"
        )
        .limit(1)
    )
    return session.scalar(said_no) is not None
