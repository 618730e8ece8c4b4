"""Rasa decides: one HTTP request a turn to our input channel there, over connections that stay open."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.turn.answers import Part
from bot.turn.errors import RasaUnavailable

PATH = "/webhooks/shopkeeper/webhook"
CONNECT_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Decision:
    parts: list[Part]
    active_loop: str | None  # the form that waits for the customer's next words


class Rasa:
    """Rasa's side of a turn; close it in the end."""

    def __init__(
        self, url: str, *, key: str, timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"X-Internal-Key": key},
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
            transport=transport,
            trust_env=False,
        )

    async def decide(
        self, *, sender: str, message_id: str, text: str, parse: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> Decision:
        """What to answer; the same `message_id` again gives the same answer. Raises `RasaUnavailable`."""
        body = {"sender": sender, "message_id": message_id, "text": text, "parse": parse, "metadata": metadata}
        try:
            async with asyncio.timeout(self._timeout_s):  # httpx's own limit is one for each read
                answer = await self._client.post(PATH, json=body)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise RasaUnavailable(f"Rasa does not answer: {type(error).__name__}") from error
        if not isinstance(found, dict) or not found.get("messages"):
            raise RasaUnavailable("Rasa answered nothing")
        return Decision(parts=found["messages"], active_loop=found.get("active_loop"))

    async def alive(self) -> bool:
        try:
            return (await self._client.get("/", timeout=CONNECT_TIMEOUT_S)).is_success
        except httpx.HTTPError:
            return False

    async def aclose(self) -> None:
        await self._client.aclose()
