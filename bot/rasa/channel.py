"""The gateway's way into Rasa: one message with its parse goes in, the reply parts and the open form come out.

The message is understood before it gets here, so typed text is only text. A message that was answered already is
answered the same again without being processed; anything that goes wrong is an HTTP error, never an empty answer.
A message with two requests has two parses: the second is gone on with when the first leaves nothing open.
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
    """POST /webhooks/shopkeeper/webhook {sender, message_id, text, parse, then?, metadata}, header X-Internal-Key."""

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
            messages = read_messages(request)
            if isinstance(messages, str):
                return response.json({"error": messages}, status=400)
            try:
                return response.json(await answer(messages, request.app.ctx.agent, on_new_message))
            except Exception as error:
                logger.error("a turn failed: %s", error if isinstance(error, TurnFailed) else type(error).__name__)
                return response.json({"error": "the dialogue could not answer"}, status=500)

        return door


def read_messages(request: Request) -> "list[UserMessage] | str":
    """The message in the body, once for each of its requests, or what is wrong with it."""
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
    parses = [body.get("parse"), *([body["then"]] if body.get("then") is not None else [])]
    if not all(isinstance(parse, dict) and isinstance(parse.get("intent"), dict) for parse in parses):
        return "parse, and then if it is given, must be an object with an intent"
    output = CollectingOutputChannel()
    return [
        UserMessage(
            body["text"],
            output,
            body["sender"],
            parse_data={**parse, "entities": parse.get("entities") or []},
            input_channel=Shopkeeper.name(),
            message_id=body["message_id"],
            metadata={**(body.get("metadata") or {}), "message_id": body["message_id"], "request": number},
        )
        for number, parse in enumerate(parses)
    ]


async def answer(
    messages: list[UserMessage], agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]
) -> dict[str, Any]:
    """What is said to the message, from the dialogue or, if it was answered before, from what is stored.

    `both`: its second request was answered too.
    """
    turn_failure.set("")
    store, first = agent.tracker_store, messages[0]
    stored = store.answer_to(first.sender_id, first.message_id)
    if stored is None:
        await on_new_message(first)
        both = len(messages) > 1 and await leaves_nothing_open(first, store)
        if both:
            await on_new_message(messages[1])
        said = first.output_channel.messages
    else:
        said, both = [said_before(event) for event in stored.said], stored.both
    parts = parts_of(said)
    if not parts:
        raise TurnFailed("no action said anything")
    tracker = await store.look(first.sender_id)
    return {"messages": parts, "active_loop": tracker.active_loop_name if tracker else None, "both": both}


async def leaves_nothing_open(message: UserMessage, store: Any) -> bool:
    """Whether the next request can follow at once: no form is open, and no person takes over."""
    tracker = await store.look(message.sender_id)
    handed_off = any(part.get("type") == "handoff" for part in parts_of(message.output_channel.messages))
    return not handed_off and (tracker is None or tracker.active_loop_name is None)


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
