"""One thread owns the model; what waits runs together."""

import asyncio
import threading
import time

import pytest

from nlu.batching import Batcher
from nlu.errors import Busy, Closed


async def test_every_caller_gets_its_own_answer_and_one_thread_does_the_work():
    threads = set()

    def double(numbers):
        threads.add(threading.get_ident())
        return [number * 2 for number in numbers]

    batcher = Batcher(double, max_batch=8)
    assert await asyncio.gather(*(batcher.call(number) for number in range(100))) == [n * 2 for n in range(100)]
    assert len(threads) == 1 and threading.get_ident() not in threads
    batcher.close()


async def test_what_waits_runs_as_one_batch_up_to_its_limit():
    sizes, gate = [], threading.Event()

    def run(items):
        sizes.append(len(items))
        gate.wait(5)
        return items

    batcher = Batcher(run, max_batch=4)
    first = asyncio.ensure_future(batcher.call(0))
    while not sizes:
        await asyncio.sleep(0.001)
    rest = [asyncio.ensure_future(batcher.call(number)) for number in range(1, 11)]
    await asyncio.sleep(0.01)
    assert batcher.load().depth == 10
    gate.set()
    await asyncio.gather(first, *rest)
    assert sizes == [1, 4, 4, 2]
    load = batcher.load()
    assert (load.messages, load.batches, load.depth) == (11, 4, 0)
    assert load.sizes.counts == (1, 1, 2, 0, 0, 0, 0) and load.sizes.total == 11
    assert sum(load.wait_s.counts) == 11 and sum(load.run_s.counts) == 4
    assert load.wait_s.total > 0.01 and load.run_s.total > 0.01
    batcher.close()


async def test_a_queue_that_is_too_long_takes_no_more_and_forgets_nobody():
    gate, started = threading.Event(), threading.Event()

    def run(items):
        started.set()
        gate.wait(5)
        return items

    batcher = Batcher(run, most_waiting=3)
    first = asyncio.ensure_future(batcher.call(0))
    await asyncio.to_thread(started.wait, 5)
    waiting = [asyncio.ensure_future(batcher.call(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await batcher.call(4)
    gate.set()
    assert await asyncio.gather(first, *waiting) == [0, 1, 2, 3]
    assert await batcher.call(5) == 5
    assert (batcher.load().refused, batcher.load().messages) == (1, 5)
    batcher.close()


async def test_an_error_goes_to_its_batch_and_the_thread_lives_on():
    def run(items):
        if "bad" in items:
            raise ValueError("no")
        return items

    batcher = Batcher(run)
    with pytest.raises(ValueError, match="no"):
        await batcher.call("bad")
    assert await batcher.call("good") == "good"
    assert batcher.load().failures == 1
    batcher.close()


async def test_a_run_that_loses_a_result_is_an_error_for_all():
    batcher = Batcher(lambda items: items[1:])
    with pytest.raises(RuntimeError, match="1 items gave 0 results"):
        await batcher.call("alone")
    batcher.close()


async def test_a_cancelled_caller_does_not_stop_the_others():
    gate = threading.Event()

    def run(items):
        gate.wait(5)
        return items

    batcher = Batcher(run, max_batch=1)
    first, second, third = (asyncio.ensure_future(batcher.call(n)) for n in range(3))
    await asyncio.sleep(0.01)
    second.cancel()
    gate.set()
    assert (await first, await third) == (0, 2)
    batcher.close()


async def test_close_answers_what_waits_then_refuses():
    started = threading.Event()

    def slow(items):
        started.set()
        time.sleep(0.05)
        return items

    batcher = Batcher(slow, max_batch=1)
    calls = [asyncio.create_task(batcher.call(number)) for number in range(3)]
    await asyncio.to_thread(started.wait, 5)
    await asyncio.to_thread(batcher.close)
    assert await asyncio.gather(*calls) == [0, 1, 2]
    with pytest.raises(Closed):
        await batcher.call(4)
    batcher.close()
