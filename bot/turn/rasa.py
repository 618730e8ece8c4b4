"""Rasa decides: one HTTP request a turn to our input channel there, over connections that stay open.

aiohttp and not httpx: this is on every turn's path, and a request costs 0.4 ms of this process instead of 1.9.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.keys import INTERNAL_HEADER
from bot.turn.answers import Part
from bot.turn.errors import RasaUnavailable

PATH = "/webhooks/shopkeeper/webhook"
CONNECT_TIMEOUT_S = 2.0
CONNECTIONS = 64


@dataclass(frozen=True)
class Decision:
    parts: list[Part]
    active_loop: str | None  # the form that waits for the customer's next words
    both: bool = False  # the second request of the message was answered too


class Rasa:
    """Rasa's side of a turn; close it in the end."""

    def __init__(self, url: str, *, key: str, timeout_s: float) -> None:
        self._url = url.rstrip("/")
        self._headers = {INTERNAL_HEADER: key}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=CONNECT_TIMEOUT_S)
        self._client: aiohttp.ClientSession | None = None

    async def decide(
        self,
        *,
        sender: str,
        message_id: str,
        text: str,
        parse: Mapping[str, Any],
        then: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any],
    ) -> Decision:
        """What to answer; the same `message_id` again gives the same answer. Raises `RasaUnavailable`.

        `then`: the parse of a second request, for Rasa to go on with when the first leaves no form open.
        """
        body = {"sender": sender, "message_id": message_id, "text": text, "parse": parse, "metadata": metadata}
        body |= {"then": then} if then is not None else {}
        try:
            async with self._opened().post(self._url + PATH, json=body) as answer:
                answer.raise_for_status()
                found = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise RasaUnavailable(f"Rasa does not answer: {type(error).__name__}") from error
        if not isinstance(found, dict) or not found.get("messages"):
            raise RasaUnavailable("Rasa answered nothing")
        return Decision(found["messages"], active_loop=found.get("active_loop"), both=bool(found.get("both")))

    async def alive(self) -> bool:
        timeout = aiohttp.ClientTimeout(total=CONNECT_TIMEOUT_S)
        try:
            async with self._opened().get(self._url + "/", timeout=timeout) as answer:
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The client, made on first use: it belongs to the running event loop."""
        if self._client is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            self._client = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout, connector=connector)
        return self._client
