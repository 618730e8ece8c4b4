"""The gateway's way into Rasa: one message with its parse goes in, the reply parts and the open form come out.

The message is understood before it gets here, so typed text is only text. A message that was answered already is
answered the same again without being processed; anything that goes wrong is an HTTP error, never an empty answer.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from turn import TurnFailed, turn_failure

logger = logging.getLogger(__name__)


class Shopkeeper(InputChannel):
    """POST /webhooks/shopkeeper/webhook {sender, message_id, text, parse, metadata} with the header X-Internal-Key."""

    def __init__(self, key: str) -> None:
        self.key = key.encode()

    @classmethod
    def name(cls) -> str:
        return "shopkeeper"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "Shopkeeper":
        key = (credentials or {}).get("key") or ""
        if not key:
            raise ValueError("Rasa's channel needs a key: set INTERNAL_KEY.")
        return cls(str(key))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("shopkeeper_webhook")

        @door.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if not hmac.compare_digest(request.headers.get("X-Internal-Key", "").encode(), self.key):
                return response.json({"error": "the header X-Internal-Key is missing or wrong"}, status=401)
            message = read_message(request)
            if isinstance(message, str):
                return response.json({"error": message}, status=400)
            try:
                return response.json(await answer(message, request.app.ctx.agent, on_new_message))
            except Exception as error:
                logger.error("a turn failed: %s", error if isinstance(error, TurnFailed) else type(error).__name__)
                return response.json({"error": "the dialogue could not answer"}, status=500)

        return door


def read_message(request: Request) -> "UserMessage | str":
    """The message in the body, or what is wrong with it."""
    try:
        body = request.json
    except SanicException:
        body = None
    if not isinstance(body, dict):
        return "the body is not a JSON object"
    missing = [name for name in ("sender", "message_id", "text") if not isinstance(body.get(name), str)]
    if missing:
        return f"these must be text: {', '.join(missing)}"
    if not body["sender"] or not body["message_id"]:
        return "sender and message_id must not be empty"
    parse = body.get("parse")
    if not isinstance(parse, dict) or not isinstance(parse.get("intent"), dict):
        return "parse must be an object with an intent"
    return UserMessage(
        body["text"],
        CollectingOutputChannel(),
        body["sender"],
        parse_data={**parse, "entities": parse.get("entities") or []},
        input_channel=Shopkeeper.name(),
        message_id=body["message_id"],
        metadata={**(body.get("metadata") or {}), "message_id": body["message_id"]},
    )


async def answer(
    message: UserMessage, agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]
) -> dict[str, Any]:
    """What is said to the message, from the dialogue or, if it was answered before, from what is stored."""
    turn_failure.set("")
    store = agent.tracker_store
    said = store.answer_to(message.sender_id, message.message_id)
    if said is None:
        await on_new_message(message)
        messages = parts_of(message.output_channel.messages)
    else:
        messages = parts_of([said_before(event) for event in said])
    if not messages:
        raise TurnFailed("no action said anything")
    tracker = await store.look(message.sender_id)
    return {"messages": messages, "active_loop": tracker.active_loop_name if tracker else None}


def said_before(event: dict[str, Any]) -> dict[str, Any]:
    """A stored BotUttered event in the shape the output channel collects."""
    return {"text": event.get("text"), **(event.get("data") or {})}


def parts_of(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Reply parts: our own JSON passes as it is, Rasa's plain text becomes a text part."""
    parts = []
    for message in messages:
        if message.get("custom"):
            parts.append(message["custom"])
        elif message.get("text"):
            buttons = {"buttons": message["buttons"]} if message.get("buttons") else {}
            parts.append({"type": "text", "text": message["text"], **buttons})
    return parts
