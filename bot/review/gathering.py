"""Which messages a person should look at, read from the stored messages: nothing marks them when they happen.

A new way into the list is a function and its entry in `REASONS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from bot.tables import Agent, Message, Verdict

LOOK_BACK = timedelta(days=90)
CONSIDERED = 500  # the newest messages that the list is made of
FELL_BACK = ("fallback_ask", "fallback_rephrase", "fallback_give_up", "out_of_scope")  # templates that answer nothing
SAYS_LITTLE = frozenset({"contact_human_agent", "greet", "thanks", "goodbye", "affirm", "deny"})
BEFORE = 3  # messages before a handover among which one is looked for that says more than these


@dataclass(frozen=True)
class Candidate:
    """A customer's message that no person has decided about, or that an agent corrected and nobody confirmed yet."""

    message_id: int
    conversation_id: str
    seq: int
    text: str
    at: datetime
    reasons: tuple[str, ...]  # keys of `REASONS`, in their order
    intent: str
    ranking: tuple[tuple[str, float], ...]  # what the model thought, the decided intent first
    proposed: str | None = None  # the label an agent corrected it to
    proposed_by: str | None = None


def gather(session: Session, *, now: datetime | None = None) -> list[Candidate]:
    """The newest `CONSIDERED` messages of the last `LOOK_BACK` that wait for a person, newest first."""
    since = (now or datetime.now(UTC)) - LOOK_BACK
    why: dict[int, list[str]] = {}
    for reason, find in REASONS.items():
        for message_id in set(find(session, since)):
            why.setdefault(message_id, []).append(reason)
    newest = latest(session)
    waiting = sorted((id for id in why if id not in newest or newest[id].kind == "corrected"), reverse=True)
    messages = session.scalars(select(Message).where(Message.id.in_(waiting[:CONSIDERED])).order_by(Message.id.desc()))
    by = {verdict.agent_id for verdict in newest.values()}
    names = {id: name for id, name in session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(by)))}
    return [_candidate(message, why[message.id], newest, names) for message in messages if reviewable(message)]


def reviewable(message: Message) -> bool:
    """Whether there are words of a customer that a model read; not after erasing."""
    typed = message.author == "customer" and message.body.get("type") == "text" and "payload" not in message.body
    return typed and message.parse is not None and bool(str(message.body.get("text") or "").strip())


def latest(session: Session) -> dict[int, Verdict]:
    """The verdict that counts of each message that has one."""
    newest = select(func.max(Verdict.id)).group_by(Verdict.message_id)
    return {verdict.message_id: verdict for verdict in session.scalars(select(Verdict).where(Verdict.id.in_(newest)))}


def corrected(session: Session, since: datetime) -> Sequence[int]:
    """An agent said in the conversation that it should have been another intent."""
    return session.scalars(
        select(Verdict.message_id).where(Verdict.kind == "corrected", Verdict.decided_at >= since)
    ).all()


def fell_back(session: Session, since: datetime) -> Sequence[int]:
    """The bot's answer was that it did not understand, or is not there for this."""
    answer = aliased(Message)
    template = answer.body["template_id"].as_string()
    said = and_(answer.author == "bot", answer.created_at >= since, template.in_(FELL_BACK))
    return session.scalars(_asked_before(answer).where(said)).all()


def did_not_help(session: Session, since: datetime) -> Sequence[int]:
    """The customer said that the bot's answer did not help."""
    answer = aliased(Message)
    said = and_(answer.helpful.is_(False), answer.created_at >= since)
    return session.scalars(_asked_before(answer).where(said)).all()


def handed_over(session: Session, since: datetime) -> Sequence[int]:
    """The last message before a handover that says what it was about."""
    told = aliased(Message)
    asked = and_(Message.conversation_id == told.conversation_id, Message.seq < told.seq, Message.author == "customer")
    wanted = (
        select(told.id, Message.id, Message.parse["intent"]["name"].as_string())
        .join(Message, asked)
        .where(told.author == "system", told.created_at >= since, told.body["what"].as_string() == "queued")
        .order_by(told.id.desc(), Message.seq.desc())
    )
    before: dict[int, list[tuple[int, str | None]]] = {}
    for handover, message_id, intent in session.execute(wanted):
        before.setdefault(handover, []).append((message_id, intent))
    telling = ([id for id, intent in some[:BEFORE] if intent not in SAYS_LITTLE] for some in before.values())
    return [found[0] for found in telling if found]


def _asked_before(answer: type[Message]) -> Select[int]:
    """Ids of the messages that an answer is to."""
    same = and_(Message.conversation_id == answer.conversation_id, Message.seq == answer.answers_seq)
    return select(Message.id).join(answer, same)


def _candidate(message: Message, reasons: list[str], newest: dict[int, Verdict], names: dict[str, str]) -> Candidate:
    parse = message.parse or {}
    verdict = newest.get(message.id)
    return Candidate(
        message_id=message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        text=str(message.body["text"]).strip(),
        at=message.created_at,
        reasons=tuple(reasons),
        intent=_intent(parse),
        ranking=tuple((entry["name"], float(entry["confidence"])) for entry in parse.get("intent_ranking") or ()),
        proposed=verdict.label if verdict else None,
        proposed_by=names.get(verdict.agent_id) if verdict else None,
    )


def _intent(parse: dict[str, Any] | None) -> str:
    return str(((parse or {}).get("intent") or {}).get("name") or "")


REASONS: dict[str, Callable[[Session, datetime], Sequence[int]]] = {
    "corrected": corrected,
    "fallback": fell_back,
    "unhelpful": did_not_help,
    "handed_over": handed_over,
}
