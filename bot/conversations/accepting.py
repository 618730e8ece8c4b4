"""Accept: a customer's message is stored before anything is done about it, so it cannot be lost."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.errors import Closed, NotOffered
from bot.conversations.opening import end_if_silent, past_reopening, reopen
from bot.conversations.rows import add_message, event, lock
from bot.tables import Conversation, Message
from insight import events

ALWAYS_SHOWN = {"/contact_human_agent": "Talk to a person"}  # a button of the widget itself


@dataclass(frozen=True)
class Accepted:
    seq: int
    duplicate: bool
    state: str


def accept(session: Session, conversation_id: str, client_msg_id: str, body: dict[str, Any]) -> Accepted:
    """Store the message (`body`: a text part, or `{"payload": …}` of a button) and append its event.

    The same `client_msg_id` again is the same message. A button that was not rendered in this conversation raises
    `NotOffered`; a conversation past reopening raises `Closed`: open a new one.
    """
    conversation = lock(session, conversation_id)
    with session.no_autoflush:  # a lease just taken is written together with the rest
        known = session.scalar(
            select(Message.seq).where(
                Message.conversation_id == conversation_id, Message.client_msg_id == client_msg_id
            )
        )
    if known is not None:
        return Accepted(known, True, conversation.state)
    if "payload" in body:
        body = {"type": "text", "text": _title(session, conversation_id, body["payload"]), "payload": body["payload"]}
    happened = _wake(session, conversation)
    message = add_message(
        session,
        conversation,
        "customer",
        body,
        client_msg_id=client_msg_id,
        outcome="pending" if conversation.state == "bot" else "recorded",
    )
    sent = event(
        conversation, "Live Chat Message Sent", seq=message.seq, text=body.get("text"), payload=body.get("payload")
    )
    events.append(session, [*happened, sent])
    session.flush()
    return Accepted(message.seq, False, conversation.state)


def mark_read(session: Session, conversation_id: str, seq: int) -> bool:
    """The customer has seen everything up to `seq`; True: that is news for the agent who has the conversation."""
    conversation = lock(session, conversation_id)
    before = conversation.read_seq
    conversation.read_seq = max(before, min(seq, conversation.last_seq))
    return conversation.state == "assigned" and conversation.read_seq > before


def mark_seen(session: Session, conversation_id: str, agent_id: str, seq: int) -> bool:
    """An agent has seen everything up to `seq`, which counts when they own it; True: that is news for the customer."""
    conversation = lock(session, conversation_id)
    if conversation.assignee_id != agent_id or seq <= conversation.seen_seq:
        return False
    conversation.seen_seq = min(seq, conversation.last_seq)
    return True


def _wake(session: Session, conversation: Conversation) -> list[events.Event]:
    end_if_silent(session, conversation)
    conversation.snoozed_until = None
    if past_reopening(conversation) or conversation.merged_into is not None:
        raise Closed("This conversation has ended. Please start a new one.")
    return [reopen(conversation)] if conversation.state == "resolved" else []


def _title(session: Session, conversation_id: str, payload: str) -> str:
    """What the rendered button with this payload says."""
    if payload in ALWAYS_SHOWN:
        return ALWAYS_SHOWN[payload]
    shown = session.scalars(
        select(Message.body)
        .where(Message.conversation_id == conversation_id, Message.author.in_(("bot", "system")))
        .order_by(Message.seq.desc())
    )
    for body in shown:
        for button in body.get("buttons", ()):
            if button["payload"] == payload:
                return str(button["title"])
    raise NotOffered("That button was not offered in this conversation. Please write what you need instead.")
