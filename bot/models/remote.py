"""The models in another process: a client of their door, `bot.models.routes`."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from bot.errors import Unavailable
from bot.keys import INTERNAL_HEADER
from bot.models.port import Before, Rehearsed
from retrieval.search import Hit, passages
from retrieval.templates import Template

TIMEOUT_S = 5.0
BATCH_TIMEOUT_S = 60.0
NO_ANSWER = "The language models do not answer; is `shopkeeper serve models` running at MODELS_URL?"


class HttpModels:
    """`Understanding` over HTTP. `transport` is for tests."""

    def __init__(
        self,
        url: str,
        *,
        key: str,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={INTERNAL_HEADER: key}, timeout=timeout_s, transport=transport, trust_env=False
        )

    async def parse(self, text: str, *, before: Before | None = None) -> dict[str, Any]:
        """Rasa's parse of `text`; raises `Unavailable` when there is no good answer in time."""
        turn = before and {"text": _sendable(before.text), "shown": before.shown}
        parsed = await self._post("/model/parse", {"text": _sendable(text), "before": turn})
        if "intent" not in parsed:
            raise Unavailable(NO_ANSWER)
        return parsed

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text; raises `Unavailable`."""
        asked = {"texts": [_sendable(text) for text in texts]}
        answer = await self._post("/model/embed", asked, timeout_s=BATCH_TIMEOUT_S)
        return np.array(answer["vectors"], dtype=np.float32).reshape(len(texts), -1)

    async def rehearse(self, texts: Sequence[str], draft: Template | None) -> list[Rehearsed]:
        """The best hit for each text, without and with `draft`; raises `Unavailable`."""
        trial = draft and {"passages": passages(draft), "intents": list(draft.intents)}
        asked = {"texts": [_sendable(text) for text in texts], "draft": trial}
        answer = await self._post("/model/rehearse", asked, timeout_s=BATCH_TIMEOUT_S)
        return [Rehearsed(*(Hit(**hit) if hit else None for hit in pair)) for pair in answer["found"]]

    async def _post(self, path: str, body: Mapping[str, Any], *, timeout_s: float | None = None) -> dict[str, Any]:
        timeout = httpx.USE_CLIENT_DEFAULT if timeout_s is None else timeout_s
        try:
            answer = await self._client.post(path, json=body, timeout=timeout)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(NO_ANSWER) from error
        if not isinstance(found, dict):
            raise Unavailable(NO_ANSWER)
        return found

    async def close(self) -> None:
        await self._client.aclose()


def _sendable(text: str) -> str:
    """Without lone surrogates, which JSON in UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
