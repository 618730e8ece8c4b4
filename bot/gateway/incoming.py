"""What a customer sends becomes a message body: cleaned, cut to the limit, never refused for its content."""

from typing import Any

from bot.errors import BotError

PAYLOAD_LIMIT = 1_000
CLIENT_ID_LIMIT = 80


def body(*, text: object = None, payload: object = None, limit: int) -> dict[str, Any]:
    """The body for `conversations.accept`; raises `BotError` when there is nothing in it."""
    if isinstance(payload, str) and payload:
        return {"payload": clean(payload)[:PAYLOAD_LIMIT]}
    cleaned = clean(text) if isinstance(text, str) else ""
    if not cleaned:
        raise BotError("Please write a message first.")
    if len(cleaned) > limit:
        return {"type": "text", "text": cleaned[:limit], "truncated": True}
    return {"type": "text", "text": cleaned}


def client_id(value: object) -> str:
    """The client's own id of the message; raises `BotError` when it is none."""
    cleaned = clean(value) if isinstance(value, str) else ""
    if not cleaned or len(cleaned) > CLIENT_ID_LIMIT:
        raise BotError(f"`client_msg_id` must have 1 to {CLIENT_ID_LIMIT} characters.")
    return cleaned


def clean(text: str) -> str:
    """Without what no database stores: null characters and halves of surrogate pairs."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "").strip()
