"""The internal door's `POST /model/parse`, for the gateway and for Rasa's own `nlu: url` (`rasa shell`).

Rasa sends no header but a `token` in the body; either may carry the key.
"""

from hmac import compare_digest
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Header
from pydantic import BaseModel

from bot.errors import NotSignedIn


class Understanding(Protocol):
    async def parse(self, text: str) -> dict[str, Any]: ...


class ParseRequest(BaseModel):
    text: str
    token: str | None = None
    message_id: str | None = None


def router(models: Understanding, *, key: str) -> APIRouter:
    """The routes over `models`; whoever asks must bring `key`."""
    routes = APIRouter(tags=["models"])

    @routes.post("/model/parse")
    async def parse(asked: ParseRequest, x_internal_key: Annotated[str | None, Header()] = None) -> dict[str, Any]:
        given = x_internal_key or asked.token or ""
        if not compare_digest(given.encode(), key.encode()):
            raise NotSignedIn("The header X-Internal-Key is missing or wrong.")
        return await models.parse(asked.text)

    return routes
