"""Rasa's REST channel shape, so that clients written for Rasa work unchanged; they need a channel key.

The answer comes with the request. While a person owns the conversation it is an empty list.
"""

import hashlib
from collections import OrderedDict
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field

from bot.conversations import NotOffered
from bot.errors import NotSignedIn
from bot.gateway import incoming
from bot.gateway.gateway import Bearer, CurrentGateway, Gateway, Turn
from bot.turn import payload

router = APIRouter(tags=["Rasa's REST channel"])

CHANNEL = "rest"
WAIT_S = 30.0
KNOWN = 10_000  # senders whose conversation is remembered


class ChannelMessage(BaseModel):
    sender: str = Field("default", min_length=1, max_length=200)
    message: str
    message_id: str | None = Field(None, max_length=80, description="the same again is the same message")


class Senders:
    """Which conversation a sender is in, so that each message needs no look-up; the database decides in the end."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def get(self, visitor_id: str) -> str | None:
        return self._known.get(visitor_id)

    def put(self, visitor_id: str, conversation_id: str) -> None:
        self._known[visitor_id] = conversation_id
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)


@router.post("/webhooks/rest/webhook")
async def receive(
    new: ChannelMessage,
    request: Request,
    gateway: CurrentGateway,
    token: Bearer,
    x_channel_key: Annotated[str | None, Header()] = None,
) -> list[dict[str, Any]]:
    """Take one message and answer with the replies to it."""
    if not await gateway.allows(x_channel_key or token, scope="channel", setting=gateway.settings.channel_key):
        raise NotSignedIn("Send a channel key as `X-Channel-Key`; `shopkeeper key create --scope channel` makes one.")
    turn = await _accept(gateway, request.app.state.senders, new)
    await gateway.answered(turn, WAIT_S)
    if turn.task is not None and turn.task.done():
        said = [message.body for message in turn.task.result()]
    else:
        view = await gateway.view(turn.conversation_id, turn.accepted.seq)
        said = [message["body"] for message in view.messages if message["author"] != "customer"]
    return [part for body in said for part in as_rasa(new.sender, body)]


async def _accept(gateway: Gateway, senders: Senders, new: ChannelMessage) -> Turn:
    visitor_id = f"rest-{hashlib.sha256(new.sender.encode('utf-8', 'replace')).hexdigest()[:32]}"
    conversation_id = senders.get(visitor_id) or await gateway.open(visitor_id, CHANNEL)
    client_msg_id = incoming.client_id(new.message_id or uuid4().hex)
    text = incoming.body(text=new.message, limit=gateway.settings.message_limit)
    try:
        if payload.read(new.message) is None:
            raise NotOffered("no payload")
        turn = await gateway.accept(
            visitor_id, conversation_id, client_msg_id, {"payload": new.message.strip()}, channel=CHANNEL
        )
    except NotOffered:
        turn = await gateway.accept(visitor_id, conversation_id, client_msg_id, text, channel=CHANNEL)
    senders.put(visitor_id, turn.conversation_id)
    return turn


def as_rasa(sender: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """A reply part as Rasa's REST channel sends it: text and buttons, an image, or `custom` for all else."""
    parts: list[dict[str, Any]] = []
    if body["type"] == "image":
        parts.append({"image": body["url"]})
    elif body.get("text"):
        buttons = {"buttons": body["buttons"]} if body.get("buttons") else {}
        parts.append({"text": body["text"], **buttons})
    if body["type"] not in ("text", "image"):
        parts.append({"custom": body})
    return [{"recipient_id": sender, **part} for part in parts]
