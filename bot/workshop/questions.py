"""Questions that did not get a good answer from the bot, read from the latest messages.

Four ways to be one: the bot had no answer, a person had to take over, a thumb went down, or the customer wrote that it
did not help (which is stored as a thumb down).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import hits
from bot.tables import Message
from bot.turn import unhelpful

WINDOW = 20_000  # newest messages that are looked at, of all sides
NO_ANSWER = frozenset({"no_answer", "fallback_ask", "fallback_rephrase", "fallback_give_up", "out_of_scope"})
ABSTAINED = frozenset({"nlu_fallback", "out_of_scope", "faq"})  # intents with which search alone decides
SOCIAL = frozenset(
    {"contact_human_agent", "affirm", "deny", "greet", "goodbye", "thanks", "bot_challenge", "complaint"}
)
SAID = 5  # messages of the agent that are shown with a question

Why = Literal["unanswered", "handed_over", "not_helpful"]


@dataclass(frozen=True)
class Question:
    """A customer's message that wants a better answer."""

    message_id: int
    conversation_id: str
    text: str
    at: datetime
    why: tuple[Why, ...]
    intent: str  # as it was understood
    nearest: str | None  # the template search came nearest to, then
    score: float | None
    said: tuple[str, ...]  # what an agent answered


@dataclass(frozen=True)
class Row:
    id: int
    conversation_id: str
    seq: int
    author: str
    internal: bool
    body: Mapping[str, Any]
    parse: Mapping[str, Any] | None
    helpful: bool | None
    answers_seq: int | None
    created_at: datetime

    @property
    def intent(self) -> str:
        return str(((self.parse or {}).get("intent") or {}).get("name") or "")

    @property
    def text(self) -> str:
        return " ".join(str(self.body.get("text") or "").split())

    @property
    def asks(self) -> bool:
        """Whether it is a wish in the customer's own words: no button, no "yes", no "that did not help"."""
        return (
            self.author == "customer"
            and "payload" not in self.body
            and self.body.get("type") == "text"
            and len(self.text.split()) > 1
            and self.parse is not None
            and self.intent not in SOCIAL
            and not unhelpful.says_so(self.text)
        )


def read(session: Session) -> list[Question]:
    """All there are among the newest messages, oldest first."""
    found = [question for rows in conversations(session) for question in of_conversation(rows)]
    return sorted(found, key=lambda question: question.message_id)


def conversations(session: Session) -> list[list[Row]]:
    """The newest messages, a list for each conversation, in order."""
    newest = session.scalar(select(func.max(Message.id))) or 0
    columns = [getattr(Message, name) for name in Row.__dataclass_fields__]
    wanted = select(*columns).where(Message.id > newest - WINDOW).order_by(Message.conversation_id, Message.seq)
    rows = [Row(*row) for row in session.execute(wanted)]
    return [list(some) for _, some in groupby(rows, key=lambda row: row.conversation_id)]


def of_conversation(rows: Sequence[Row]) -> list[Question]:
    why: dict[int, list[Why]] = {}
    asked = {row.seq: row for row in rows if row.asks}
    for row in rows:
        if row.author == "bot" and row.answers_seq in asked:
            reasons = why.setdefault(row.answers_seq, [])
            if row.body.get("template_id") in NO_ANSWER and "unanswered" not in reasons:
                reasons.append("unanswered")
            if row.helpful is False:
                reasons.append("not_helpful")
    for seq in handed_over(rows):
        why.setdefault(seq, []).append("handed_over")
    return [_question(asked[seq], rows, tuple(reasons)) for seq, reasons in why.items() if reasons]


def handed_over(rows: Sequence[Row]) -> list[int]:
    """For each time a person took over: the `seq` of the last question before, else of the first one after."""
    found: list[int] = []
    before: int | None = None
    wanted = owned = False
    for row in rows:
        if row.asks:
            before = row.seq
            if wanted:
                found.append(row.seq)
                wanted = False
        elif row.author == "system" and row.body.get("what") in ("queued", "assigned") and not owned:
            owned, wanted = True, before is None
            found += [] if before is None else [before]
        elif row.author == "system" and row.body.get("what") in ("bot", "resolved"):
            owned, wanted, before = False, False, None
    return found


def agent_said(rows: Sequence[Row], seq: int) -> tuple[str, ...]:
    """The agents' messages after `seq`, until the conversation was given back or closed."""
    said: list[str] = []
    for row in rows:
        if row.seq <= seq:
            continue
        if row.author == "system" and row.body.get("what") in ("bot", "resolved"):
            break
        if row.author == "agent" and not row.internal and row.text:
            said.append(row.text)
    return tuple(said[:SAID])


def _question(row: Row, rows: Sequence[Row], why: tuple[Why, ...]) -> Question:
    nearest = next(iter(hits.ranked(row.parse)), None)
    return Question(
        message_id=row.id,
        conversation_id=row.conversation_id,
        text=row.text,
        at=row.created_at,
        why=why,
        intent=row.intent,
        nearest=nearest.template_id if nearest else None,
        score=nearest.score if nearest else None,
        said=agent_said(rows, row.seq),
    )
