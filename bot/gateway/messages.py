"""The conversation over plain HTTP: for browsers without WebSockets, programs and the terminal."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, Field

from bot import conversations
from bot.conversations import Accepted
from bot.gateway import incoming
from bot.gateway.gateway import CurrentGateway, CurrentVisitor, Gateway
from bot.gateway.views import View, state_view

router = APIRouter(prefix="/v1/conversation", tags=["conversation"])

LONGEST_WAIT_S = 30.0
POLL_S = 5.0

Wait = Annotated[float, Field(ge=0, le=LONGEST_WAIT_S, description="seconds to wait for news")]


class NewMessage(BaseModel):
    client_msg_id: str = Field(default_factory=lambda: uuid4().hex, description="the same again is the same message")
    text: str | None = None
    payload: str | None = Field(None, description="of a button that was shown in this conversation")
    wait: Wait = 0


class NewRating(BaseModel):
    score: int = Field(ge=1, le=5)
    comment: str | None = Field(None, max_length=2000)


class NewRead(BaseModel):
    seq: int = Field(ge=0)


class LeftMessage(BaseModel):
    client_msg_id: str = Field(min_length=1, max_length=80, description="the same again is the same message")
    email: str = Field(min_length=3, max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    text: str


class NewThumb(BaseModel):
    helpful: bool


class NewDecline(BaseModel):
    product_id: str = Field(min_length=1, max_length=100)


@router.get("/messages")
async def read_messages(
    visitor_id: CurrentVisitor,
    gateway: CurrentGateway,
    since_seq: Annotated[int, Query(ge=0)] = 0,
    wait: Annotated[Wait, Query()] = 0,
    typing: Annotated[bool, Query(description="also end when somebody begins to write")] = False,
    x_channel_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """What was said after `since_seq`; waits up to `wait` seconds for it. A channel key adds the parses."""
    parses = await gateway.allows(x_channel_key, scope="channel", setting=gateway.settings.channel_key)
    conversation_id = await gateway.open(visitor_id)
    end = asyncio.get_running_loop().time() + wait
    before: dict[str, Any] = {}
    async with gateway.push.subscribe(conversation_id) as news:
        while True:
            seen = await gateway.view(conversation_id, since_seq, parses=parses)
            before = before or state_view(seen)
            left = end - asyncio.get_running_loop().time()
            if seen.messages or left <= 0 or state_view(seen) != before:
                return _shown(gateway, seen)
            pushed = await news.next(min(left, POLL_S))
            if typing and pushed is not None and pushed.typing not in (None, "customer"):
                return {**_shown(gateway, seen), "typing": {"author": pushed.typing}}


@router.post("/messages", status_code=201)
async def send_message(
    new: NewMessage,
    visitor_id: CurrentVisitor,
    gateway: CurrentGateway,
    x_channel_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Store a message; with `wait`, answer when it has its reply. A channel key adds the parses and lifts the limit."""
    parses = await gateway.allows(x_channel_key, scope="channel", setting=gateway.settings.channel_key)
    if not parses:
        await gateway.limits.message(visitor_id)
    body = incoming.body(text=new.text, payload=new.payload, limit=gateway.settings.message_limit)
    conversation_id = await gateway.open(visitor_id)
    turn = await gateway.accept(visitor_id, conversation_id, incoming.client_id(new.client_msg_id), body)
    accepted = {"seq": turn.accepted.seq, "duplicate": turn.accepted.duplicate}
    if not new.wait:
        return {**accepted, "conversation_id": turn.conversation_id, "state": turn.accepted.state}
    await gateway.answered(turn, new.wait)
    seen = await gateway.view(turn.conversation_id, turn.accepted.seq - 1, parses=parses)
    return {**accepted, **_shown(gateway, seen)}


@router.post("/messages/{seq}/rating", status_code=204)
async def rate_answer(seq: int, new: NewThumb, visitor_id: CurrentVisitor, gateway: CurrentGateway) -> None:
    """Whether an answer of the bot helped; the same again changes nothing."""
    conversation_id = await gateway.open(visitor_id)
    await store_thumb(gateway, conversation_id, seq, new.helpful)


@router.post("/messages/{seq}/decline", status_code=204)
async def decline(seq: int, new: NewDecline, visitor_id: CurrentVisitor, gateway: CurrentGateway) -> None:
    """A product that was shown there is of no interest: it is not shown again."""
    conversation_id = await gateway.open(visitor_id)
    await asyncio.to_thread(store_decline, gateway, conversation_id, seq, new.product_id)


@router.post("/read", status_code=204)
async def read(new: NewRead, visitor_id: CurrentVisitor, gateway: CurrentGateway) -> None:
    """The customer has seen everything up to there."""
    conversation_id = await gateway.open(visitor_id)
    await store_read(gateway, conversation_id, new.seq)


@router.post("/typing", status_code=204)
async def typing(visitor_id: CurrentVisitor, gateway: CurrentGateway) -> None:
    """The customer is writing: an agent who looks at the conversation sees it for a moment."""
    await gateway.push.publish(await gateway.open(visitor_id), typing="customer")


@router.post("/end", status_code=204)
async def end(visitor_id: CurrentVisitor, gateway: CurrentGateway) -> None:
    """The customer is done; what waits for a person or is with one goes on."""
    conversation_id = await gateway.open(visitor_id)
    if await asyncio.to_thread(_end, gateway, conversation_id):
        await gateway.push.publish(conversation_id)


@router.post("/callback", status_code=201)
async def leave_message(new: LeftMessage, visitor_id: CurrentVisitor, gateway: CurrentGateway) -> dict[str, Any]:
    """A message left while the desk is closed: a person answers it by e-mail."""
    await gateway.limits.message(visitor_id)
    text = incoming.body(text=new.text, limit=gateway.settings.message_limit)["text"]
    conversation_id = await gateway.open(visitor_id)
    accepted = await asyncio.to_thread(_leave_message, gateway, conversation_id, new, text)
    await gateway.push.publish(conversation_id, accepted.seq + 1)
    await gateway.engine.resume(conversation_id)
    return {"seq": accepted.seq, "duplicate": accepted.duplicate, "state": accepted.state}


@router.post("/rating", status_code=204)
async def rate(new: NewRating, visitor_id: CurrentVisitor, gateway: CurrentGateway) -> None:
    """How the customer liked the conversation."""
    conversation_id = await gateway.open(visitor_id)
    await asyncio.to_thread(store_rating, gateway, conversation_id, new.score, new.comment)


def store_rating(gateway: Gateway, conversation_id: str, score: int, comment: str | None) -> None:
    with gateway.database.writing() as session:
        conversations.rate(session, conversation_id, score, comment and incoming.clean(comment))


async def store_read(gateway: Gateway, conversation_id: str, seq: int) -> None:
    """The agent who has the conversation sees it at once."""
    if await asyncio.to_thread(_store_read, gateway, conversation_id, seq):
        await gateway.push.publish(conversation_id)


def store_decline(gateway: Gateway, conversation_id: str, seq: int, product_id: str) -> None:
    with gateway.database.writing() as session:
        conversations.decline(session, conversation_id, seq, product_id)


async def store_thumb(gateway: Gateway, conversation_id: str, seq: int, helpful: bool) -> None:
    """Raises `NotFound`; an agent who looks at the conversation sees it at once."""
    await asyncio.to_thread(_store_thumb, gateway, conversation_id, seq, helpful)
    await gateway.push.publish(conversation_id, seq)


def _store_read(gateway: Gateway, conversation_id: str, seq: int) -> bool:
    with gateway.database.writing() as session:
        return conversations.mark_read(session, conversation_id, seq)


def _store_thumb(gateway: Gateway, conversation_id: str, seq: int, helpful: bool) -> None:
    with gateway.database.writing() as session:
        conversations.rate_answer(session, conversation_id, seq, helpful)


def _end(gateway: Gateway, conversation_id: str) -> bool:
    with gateway.database.writing() as session:
        return conversations.end_by_customer(session, conversation_id)


def _leave_message(gateway: Gateway, conversation_id: str, new: LeftMessage, text: str) -> Accepted:
    hours, now = gateway.hours, datetime.now(UTC)
    with gateway.database.writing() as session:
        return conversations.leave_message(
            session,
            conversation_id,
            new.client_msg_id,
            new.email,
            text,
            opens_at=now if hours is None or hours.open_at(now) else hours.next_opening(now),
        )


def _shown(gateway: Gateway, view: View) -> dict[str, Any]:
    return {**head(gateway, view), "messages": view.messages}


def head(gateway: Gateway, view: View) -> dict[str, Any]:
    """All of a conversation but its messages."""
    return {
        "conversation_id": view.conversation_id,
        "last_seq": view.last_seq,
        "upload_mb": gateway.settings.upload_limit_mb,
        **state_view(view),
    }
