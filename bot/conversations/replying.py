"""Reply: one transaction that re-checks lease and owner, then writes parse, parts and their events."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.handoff import hand_off
from bot.conversations.rows import add_message, event, lock, now
from bot.tables import Conversation, Message
from insight import events

NEVER_SAID = frozenset({"handoff", "withheld"})  # parts that are carried out or logged
NOT_FOR_THE_CUSTOMER = "chosen"  # how each product of a part that suggests was chosen

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Understood:
    """A parse, and the products it names as `{"product_id", "category"}`."""

    parse: Mapping[str, Any]
    products: Sequence[Mapping[str, Any]] = field(default=())


def reply(
    session: Session,
    conversation_id: str,
    token: str,
    answers_seq: int,
    parts: Sequence[Mapping[str, Any]],
    *,
    generation: int,
    understood: Understood | None = None,
    happened: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> list[Message] | None:
    """Write the bot's answer to message `answers_seq`; a `handoff` part is carried out, not shown.

    `happened`: further events of this turn as (name, properties). A `withheld` suggestion is logged, not shown. None:
    the lease is no longer `token`'s, or a person took over (or took over and released: another `generation`) meanwhile;
    nothing is said, `Reply Dropped` is logged.
    """
    conversation = lock(session, conversation_id)
    asked = _message(session, conversation_id, answers_seq)
    why = _objection(conversation, token, generation, asked)
    if why == "lease":
        _drop(session, conversation, answers_seq, why, [])
        return None
    facts = _store_parse(conversation, asked, understood)
    if why is not None:
        asked.outcome = "dropped"
        _drop(session, conversation, answers_seq, why, facts)
        return None
    asked.outcome = "answered"
    facts += [event(conversation, name, **properties) for name, properties in happened]
    latency_ms = round((now() - asked.created_at).total_seconds() * 1000)
    written = []
    for part in parts:
        if part["type"] not in NEVER_SAID:
            body = {key: value for key, value in part.items() if key != NOT_FOR_THE_CUSTOMER}
            message = add_message(session, conversation, "bot", body, answers_seq=answers_seq)
            facts.append(_received(conversation, message, latency_ms))
            written.append(message)
        if NOT_FOR_THE_CUSTOMER in part:
            shown = part["type"] not in NEVER_SAID
            facts += _suggested(conversation, part, shown=shown, seq=written[-1].seq if shown else answers_seq)
    events.append(session, facts)
    for part in parts:
        if part["type"] == "handoff":
            told = hand_off(session, conversation_id, part["reason"], part["summary"])
            written += [told] if told else []
    session.flush()
    return written


def record(session: Session, conversation_id: str, token: str, seq: int, understood: Understood | None) -> bool:
    """Keep the parse of a message that a person answers; False when the lease is no longer `token`'s."""
    conversation = lock(session, conversation_id)
    if conversation.lease_token != token:
        return False
    asked = _message(session, conversation_id, seq)
    events.append(session, _store_parse(conversation, asked, understood))
    return True


def _objection(conversation: Conversation, token: str, generation: int, asked: Message) -> str | None:
    if conversation.lease_token != token or asked.outcome != "pending":
        return "lease"
    return None if conversation.state == "bot" and conversation.generation == generation else "owner"


def _drop(session: Session, conversation: Conversation, seq: int, why: str, facts: list[events.Event]) -> None:
    log.info("reply dropped: conversation %s, seq %d, %s changed", conversation.id, seq, why)
    events.append(session, [*facts, event(conversation, "Reply Dropped", seq=seq, why=why)])


def _message(session: Session, conversation_id: str, seq: int) -> Message:
    return session.scalars(select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)).one()


def _store_parse(conversation: Conversation, asked: Message, understood: Understood | None) -> list[events.Event]:
    if understood is None or asked.parse is not None:
        return []
    parse = asked.parse = dict(understood.parse)
    sentiment = parse.get("sentiment") or {}
    button = "payload" in asked.body  # a press says what, but not in which mood
    hit = ((parse.get("response_selector") or {}).get("default") or {}).get("response") or {}
    return [
        event(
            conversation,
            "Message Parsed",
            seq=asked.seq,
            intent=parse["intent"]["name"],
            confidence=parse["intent"]["confidence"],
            sentiment=None if button else sentiment.get("label"),
            sentiment_scores=None if button else sentiment.get("scores"),
            entities=list(parse.get("entities", ())),
            products=[dict(product) for product in understood.products],
            model=parse.get("model"),
            template_id=hit.get("intent_response_key"),
            template_score=hit.get("confidence"),
            abstained=not hit,
        )
    ]


def _received(conversation: Conversation, message: Message, latency_ms: int) -> events.Event:
    return event(
        conversation,
        "Live Chat Message Received",
        seq=message.seq,
        text=message.body.get("text"),
        author="bot",
        answers_seq=message.answers_seq,
        latency_ms=latency_ms,
    )


def _suggested(conversation: Conversation, part: Mapping[str, Any], *, shown: bool, seq: int) -> list[events.Event]:
    return [
        event(
            conversation,
            "Suggestion Shown" if shown else "Suggestion Withheld",
            suggestion_id=part.get("suggestion_id"),
            product_id=product["id"],
            reason=product["reason"],
            seq=seq,
            **chosen,
        )
        for product, chosen in zip(part["products"], part[NOT_FOR_THE_CUSTOMER], strict=True)
    ]
