"""The internal door's `POST /model/parse`, for the gateway and for Rasa's own `nlu: url` (`rasa shell`).

Rasa sends no header but a `token` in the body; either may carry the key.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel

from bot import keys
from bot.models.port import Understanding


class ParseRequest(BaseModel):
    text: str
    token: str | None = None
    message_id: str | None = None


def router(models: Understanding, *, key: str) -> APIRouter:
    """The routes over `models`; whoever asks must bring `key`."""
    routes = APIRouter(tags=["models"])

    @routes.post("/model/parse")
    async def parse(asked: ParseRequest, x_internal_key: Annotated[str | None, Header()] = None) -> Mapping[str, Any]:
        keys.require_internal(x_internal_key or asked.token, key)
        return await models.parse(asked.text)

    return routes
