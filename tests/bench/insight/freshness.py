"""From the customer's message to the changed profile, through the whole running system while several customers chat.

Each customer waits for the answer and then reads it for a moment, as people do. The profile is watched in the database,
where every other part of the system reads it too.
"""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

import httpx
import numpy as np
from sqlalchemy import select

from bot.database import Database
from insight.tables import ProfileRow
from tests.bench.chat import SCRIPT
from tests.stack import Stack, running_stack

KEY = "bench-channel-key"
LOOK_S = 0.01
READING_S = (1.0, 3.0)
LATEST_S = 30.0


class Watch:
    """When each person's profile was first seen to hold how many messages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._seen: dict[str, list[float]] = {}

    def arrived(self, person_id: str, count: int) -> float | None:
        """When the profile had `count` messages (clock of `time.monotonic`)."""
        times = self._seen.get(person_id, [])
        return times[count - 1] if len(times) >= count else None

    @contextmanager
    def looking(self) -> Iterator[None]:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self) -> None:
        after = 0
        while not self._stop.wait(LOOK_S):
            with self._database.reading() as session:
                changed = select(ProfileRow.person_id, ProfileRow.document, ProfileRow.folded_to)
                rows = session.execute(changed.where(ProfileRow.folded_to > after)).all()
            now = time.monotonic()
            for person_id, document, folded_to in rows:
                times = self._seen.setdefault(person_id, [])
                times.extend([now] * (document["sentiment"]["messages"] - len(times)))
                after = max(after, folded_to)


def chat(
    stack: Stack, *, customers: int, messages: int, reading_s: tuple[float, float] = READING_S
) -> list[float | None]:
    """Seconds from each message to its profile; None for one that changed nothing within `LATEST_S`."""
    database = Database(stack.env.get("DATABASE_URL") or f"sqlite:///{stack.var / 'shopkeeper.db'}")
    watch = Watch(database)
    try:
        with watch.looking():
            return asyncio.run(_chat(stack.url, watch, customers, messages, reading_s))
    finally:
        database.close()


async def _chat(
    url: str, watch: Watch, customers: int, messages: int, reading_s: tuple[float, float]
) -> list[float | None]:
    limits = httpx.Limits(max_connections=customers * 2)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        played = [_play(client, watch, number, messages, reading_s) for number in range(customers)]
        return [one for some in await asyncio.gather(*played) for one in some]


async def _play(
    client: httpx.AsyncClient, watch: Watch, number: int, messages: int, reading_s: tuple[float, float]
) -> Sequence[float | None]:
    random = Random(number)
    visitor = (await client.post("/v1/visitors", json={})).raise_for_status().json()
    headers = {"Authorization": f"Bearer {visitor['token']}", "X-Channel-Key": KEY}
    sent: list[float] = []
    for turn in range(messages):
        await asyncio.sleep(random.uniform(*reading_s))
        text = SCRIPT[(turn + 3 * number) % len(SCRIPT)]
        sent.append(time.monotonic())
        said = {"text": text, "client_msg_id": f"m{turn}", "wait": 30}
        (await client.post("/v1/conversation/messages", json=said, headers=headers)).raise_for_status()
    return [await _until(watch, visitor["visitor_id"], count, start) for count, start in enumerate(sent, start=1)]


async def _until(watch: Watch, person_id: str, count: int, start: float) -> float | None:
    while (arrived := watch.arrived(person_id, count)) is None:
        if time.monotonic() - start > LATEST_S:
            return None
        await asyncio.sleep(0.05)
    return arrived - start


def measure(*, customers: int, messages: int) -> dict[str, float]:
    """The quantiles over all messages, in milliseconds."""
    with running_stack(CHANNEL_KEY=KEY, VISITORS_PER_MINUTE="1000") as stack:
        chat(stack, customers=2, messages=2, reading_s=(0.0, 0.1))
        found = chat(stack, customers=customers, messages=messages)
    times = 1000 * np.array([one if one is not None else np.inf for one in found])
    quantiles = {f"p{share}_ms": round(float(np.quantile(times, share / 100)), 1) for share in (50, 95, 99)}
    return {"customers": customers, "messages": len(found), "missed": int(np.isinf(times).sum()), **quantiles}
