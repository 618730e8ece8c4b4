"""The internal door of the models: `POST /model/parse`, for the gateway and for Rasa's own `nlu: url` (`rasa shell`),
and for the console's workshop `/model/embed` and `/model/rehearse`.

Rasa sends no header but a `token` in the body; there either may carry the key.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from bot import keys
from bot.models.port import DRAFT, Before, Understanding
from retrieval.templates import Template

MOST = 1_000  # texts of one request
Key = Annotated[str | None, Header()]


class TurnBefore(BaseModel):
    text: str
    shown: str = ""


class ParseRequest(BaseModel):
    text: str
    before: TurnBefore | None = None
    token: str | None = None
    message_id: str | None = None


class EmbedRequest(BaseModel):
    texts: list[str] = Field(min_length=1, max_length=MOST)


class Trial(BaseModel):
    """A draft as search sees it."""

    passages: list[str] = Field(min_length=1)
    intents: list[str] = []

    def template(self) -> Template:
        return Template(DRAFT, wordings=(), questions=tuple(self.passages), intents=tuple(self.intents))


class RehearseRequest(BaseModel):
    texts: list[str] = Field(max_length=MOST)
    draft: Trial | None = None


def router(models: Understanding, *, key: str) -> APIRouter:
    """The routes over `models`; whoever asks must bring `key`."""
    routes = APIRouter(tags=["models"])

    @routes.post("/model/parse")
    async def parse(asked: ParseRequest, x_internal_key: Key = None) -> Mapping[str, Any]:
        keys.require_internal(x_internal_key or asked.token, key)
        before = Before(asked.before.text, asked.before.shown) if asked.before else None
        return await models.parse(asked.text, before=before)

    @routes.post("/model/embed")
    async def embed(asked: EmbedRequest, x_internal_key: Key = None) -> dict[str, Any]:
        keys.require_internal(x_internal_key, key)
        return {"vectors": (await models.embed(asked.texts)).tolist()}

    @routes.post("/model/rehearse")
    async def rehearse(asked: RehearseRequest, x_internal_key: Key = None) -> dict[str, Any]:
        keys.require_internal(x_internal_key, key)
        found = await models.rehearse(asked.texts, asked.draft.template() if asked.draft else None)
        return {"found": [[hit and asdict(hit) for hit in (one.before, one.after)] for one in found]}

    return routes
