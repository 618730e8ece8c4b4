"""One thread owns a model; messages queue for it and run in batches of whatever waits.

There is no artificial delay: a lone message starts at once, and the next batch is what arrived while it ran. So
batches grow with the load and nobody tunes a waiting time.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from nlu.errors import Closed

Item = TypeVar("Item")
Result = TypeVar("Result")
RECENT = 1000
CLOSE_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Load:
    """What `/metrics` shows: messages waiting now, totals since the start, and times of the recent messages."""

    depth: int
    messages: int
    batches: int
    failures: int
    median_ms: float  # from call to result, over the last 1,000 messages
    p95_ms: float


class Batcher(Generic[Item, Result]):
    """Runs `run(items) -> results` (same length, same order) in a thread of its own, `max_batch` items at most."""

    def __init__(
        self, run: Callable[[Sequence[Item]], Sequence[Result]], *, max_batch: int = 32, name: str = "model"
    ) -> None:
        self._run = run
        self._max_batch = max_batch
        self._queue: queue.SimpleQueue[tuple[Item, Future[Result], float] | None] = queue.SimpleQueue()
        self._latencies: deque[float] = deque(maxlen=RECENT)
        self._messages = self._batches = self._failures = 0
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name=f"batcher-{name}", daemon=True)
        self._thread.start()

    async def call(self, item: Item) -> Result:
        """The result for `item`; raises what `run` raised for its batch, or `Closed`."""
        return await asyncio.wrap_future(self._submit(item))

    def close(self) -> None:
        """Finish what waits, then end the thread; later calls raise `Closed`."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join(CLOSE_TIMEOUT_S)

    def load(self) -> Load:
        times = sorted(self._latencies)
        median, p95 = (times[int(len(times) * part)] * 1000 if times else 0.0 for part in (0.5, 0.95))
        return Load(self._queue.qsize(), self._messages, self._batches, self._failures, median, p95)

    def _submit(self, item: Item) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise Closed("The model has been closed; start the service again.")
            self._queue.put((item, future, time.monotonic()))
        return future

    def _serve(self) -> None:
        while (batch := self._next_batch()) is not None:
            live = [waiting for waiting in batch if waiting[1].set_running_or_notify_cancel()]
            if live:
                self._answer(live)

    def _next_batch(self) -> list[tuple[Item, Future[Result], float]] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < self._max_batch:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                self._queue.put(None)
                break
            batch.append(waiting)
        return batch

    def _answer(self, batch: list[tuple[Item, Future[Result], float]]) -> None:
        try:
            results = self._run([item for item, _, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{len(batch)} items gave {len(results)} results")
        except Exception as error:  # whatever it is, it belongs to the callers; the thread lives on
            self._failures += len(batch)
            for _, future, _ in batch:
                future.set_exception(error)
            return
        now = time.monotonic()
        self._latencies.extend(now - since for _, _, since in batch)
        self._messages += len(batch)
        self._batches += 1
        for (_, future, _), result in zip(batch, results, strict=True):
            future.set_result(result)
