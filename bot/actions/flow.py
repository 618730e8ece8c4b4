"""Going on, within one turn, as if the customer had said something else: a meant wish, or one that had to wait."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import ActionExecuted, ActiveLoop, UserUttered

from bot.actions.request import Event, Request


def resume(request: Request, message: Mapping[str, Any], *, intent: str | None = None) -> tuple[Event, ...]:
    """Go on as if the customer had just said `message` (a parse), read as `intent` if one is given.

    The new event carries this turn's message id: to the channel it is still the same message.
    """
    read = dict(message)
    if intent is not None:
        read["intent"] = {"name": intent, "confidence": 1.0}
    said = UserUttered(text=read.get("text"), parse_data=read, input_channel="shopkeeper")
    identity = {"message_id": request.message_id, "metadata": {"message_id": request.message_id}}
    return (ActiveLoop(None), ActionExecuted("action_listen"), said | identity)
