"""One thread owns a model; messages queue for it and run in batches of whatever waits.

There is no artificial delay: a lone message starts at once, and the next batch is what arrived while it ran. So
batches grow with the load and nobody tunes a waiting time. A queue that is too long to be worked off before its callers
lose patience takes no more: `Busy`.
"""

import asyncio
import queue
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from nlu.errors import Busy, Closed

Item = TypeVar("Item")
Result = TypeVar("Result")
CLOSE_TIMEOUT_S = 30.0
MOST_WAITING = 1000
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True)
class Spread:
    """How many values fell up to each of `bounds` (and not up to the one before), the last count beyond; their sum."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


@dataclass(frozen=True)
class Load:
    """What `/metrics` shows: messages waiting now, and since the start how many were answered, how, and how fast."""

    depth: int
    messages: int
    batches: int
    failures: int
    refused: int
    wait_s: Spread  # of a message, until its batch began
    run_s: Spread  # of a batch
    sizes: Spread  # of batches


class Batcher(Generic[Item, Result]):
    """Runs `run(items) -> results` (same length, same order) in a thread of its own, `max_batch` items at most."""

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        max_batch: int = 32,
        most_waiting: int = MOST_WAITING,
        name: str = "model",
    ) -> None:
        self._run = run
        self._max_batch = max_batch
        self._most_waiting = most_waiting
        self._queue: queue.SimpleQueue[tuple[Item, Future[Result], float] | None] = queue.SimpleQueue()
        self._waits, self._runs, self._sizes = Tally(SECONDS), Tally(SECONDS), Tally(SIZES)
        self._messages = self._batches = self._failures = self._refused = 0
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name=f"batcher-{name}", daemon=True)
        self._thread.start()

    async def call(self, item: Item) -> Result:
        """The result for `item`; raises what `run` raised for its batch, `Busy` or `Closed`."""
        return await asyncio.wrap_future(self._submit(item))

    def close(self) -> None:
        """Finish what waits, then end the thread; later calls raise `Closed`."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join(CLOSE_TIMEOUT_S)

    def load(self) -> Load:
        return Load(
            depth=self._queue.qsize(),
            messages=self._messages,
            batches=self._batches,
            failures=self._failures,
            refused=self._refused,
            wait_s=self._waits.spread(),
            run_s=self._runs.spread(),
            sizes=self._sizes.spread(),
        )

    def _submit(self, item: Item) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise Closed("The model has been closed; start the service again.")
            if self._queue.qsize() >= self._most_waiting:
                self._refused += 1
                raise Busy("Too many messages wait to be understood; try again in a moment.")
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
        began = time.monotonic()
        try:
            results = self._run([item for item, _, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{len(batch)} items gave {len(results)} results")
        except Exception as error:  # whatever it is, it belongs to the callers; the thread lives on
            self._failures += len(batch)
            for _, future, _ in batch:
                future.set_exception(error)
            return
        self._count(began, [since for _, _, since in batch])
        for (_, future, _), result in zip(batch, results, strict=True):
            future.set_result(result)

    def _count(self, began: float, since: Sequence[float]) -> None:
        self._runs.add(time.monotonic() - began)
        self._sizes.add(len(since))
        for moment in since:
            self._waits.add(began - moment)
        self._messages += len(since)
        self._batches += 1


class Tally:
    """Counts values by size; one thread adds."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def spread(self) -> Spread:
        return Spread(self._bounds, tuple(self._counts), self._total)
