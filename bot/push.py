"""Publish and subscribe: who waits for news of a conversation hears (conversation, seq), never the message itself.

Listeners read the rest from the database, and look there now and then anyway, so a lost push loses nothing. In this
process by default; through Redis between processes. In the spirit of encode/broadcaster, but small.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CHANNEL = "shopkeeper:push"
EVERYTHING = "*"
KEPT = 100  # unread news a slow listener may pile up; the database has the rest
RETRY_S = 1.0
REDIS_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Pushed:
    conversation_id: str
    seq: int = 0  # 0: nothing was written
    typing: str | None = None  # customer, bot or agent, while somebody is about to write


class Subscription:
    """News of one conversation (or all of them) since it began."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[Pushed] = asyncio.Queue(KEPT)

    async def next(self, timeout_s: float | None = None) -> Pushed | None:
        """The next piece of news; None when there was none in time."""
        try:
            return await asyncio.wait_for(self._news.get(), timeout_s)
        except TimeoutError:
            return None

    def put(self, pushed: Pushed) -> None:
        if self._news.full():
            self._news.get_nowait()
        self._news.put_nowait(pushed)


class Push:
    """`publish` and `subscribe`; use it as an async context manager when it has a `redis_url`."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis_url = redis_url
        self._redis: Redis | None = None
        self._listener: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._subscriptions: dict[str, set[Subscription]] = {}

    async def __aenter__(self) -> "Push":
        if self._redis_url:
            self._redis = Redis.from_url(self._redis_url, socket_timeout=None, socket_connect_timeout=REDIS_TIMEOUT_S)
            self._listener = asyncio.create_task(self._listen(self._redis))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        if self._redis is not None:
            await self._redis.aclose()

    async def publish(self, conversation_id: str, seq: int = 0, *, typing: str | None = None) -> None:
        """Tell the listeners; a Redis that is away costs a log line, not the caller's work."""
        pushed = Pushed(conversation_id, seq, typing)
        if self._redis is None:
            self._deliver(pushed)
            return
        try:
            await asyncio.wait_for(self._redis.publish(CHANNEL, json.dumps(asdict(pushed))), REDIS_TIMEOUT_S)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("push not sent: %s", error)
            self._deliver(pushed)

    @asynccontextmanager
    async def subscribe(self, conversation_id: str = EVERYTHING) -> AsyncIterator[Subscription]:
        """Listen to one conversation, or to all with `"*"`."""
        subscription = Subscription()
        self._subscriptions.setdefault(conversation_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            listeners = self._subscriptions[conversation_id]
            listeners.discard(subscription)
            if not listeners:
                del self._subscriptions[conversation_id]

    async def connected(self) -> None:
        """Wait until news from other processes is heard; at once when there are no others."""
        if self._redis is not None:
            await self._heard.wait()

    def _deliver(self, pushed: Pushed) -> None:
        for key in (pushed.conversation_id, EVERYTHING):
            for subscription in self._subscriptions.get(key, ()):
                subscription.put(pushed)

    async def _listen(self, redis: Redis) -> None:
        while True:
            try:
                async with redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    async for message in pubsub.listen():
                        if message["type"] == "subscribe":
                            self._heard.set()
                        elif message["type"] == "message":
                            self._deliver(Pushed(**json.loads(message["data"])))
            except (RedisError, OSError) as error:
                log.warning("pushes from other processes are not heard: %s", error)
                self._heard.clear()
                await asyncio.sleep(RETRY_S)
