"""The models in another process: a client of `POST /model/parse`."""

from typing import Any

import httpx

from bot.errors import Unavailable
from bot.keys import INTERNAL_HEADER

TIMEOUT_S = 5.0
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

    async def parse(self, text: str) -> dict[str, Any]:
        """Rasa's parse of `text`; raises `Unavailable` when there is no good answer in time."""
        try:
            answer = await self._client.post("/model/parse", json={"text": _sendable(text)})
            answer.raise_for_status()
            parsed = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(NO_ANSWER) from error
        if not isinstance(parsed, dict) or "intent" not in parsed:
            raise Unavailable(NO_ANSWER)
        return parsed

    async def close(self) -> None:
        await self._client.aclose()


def _sendable(text: str) -> str:
    """Without lone surrogates, which JSON in UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
