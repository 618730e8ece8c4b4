"""Several trainings at once, each in a process of its own with its share of the cores.

A training of a small network on two cores is not twice as fast as on one, so two side by side take less time. What a
worker's threads may be is read by the libraries when they are loaded: it stands in the environment before.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from typing import TypeVar
from unittest.mock import patch

from nlu.errors import ModelRefused

Item = TypeVar("Item")
Found = TypeVar("Found")
InAnyOrder = Callable[[Callable[[Item], Found], Sequence[Item]], Iterable[Found]]

MOST = 2  # each takes up to seven gigabytes of memory
KILLED = "A training was killed, perhaps for want of memory; go on with `--at-once 1`."


def fitting(device: str) -> int:
    """How many workers there should be: one a core, `MOST` at most; one where there is a GPU, which is not shared."""
    import torch

    on_gpu = device != "cpu" and torch.cuda.is_available()
    return 1 if on_gpu else min(MOST, os.cpu_count() or 1)


@contextmanager
def workers(count: int) -> Iterator[InAnyOrder]:
    """Gives `map` whose results come in any order; one worker is this process. An error ends all of them.

    Raises `ModelRefused` when a worker was killed.
    """
    if count == 1:
        yield map
        return
    threads = max(1, (os.cpu_count() or 1) // count)
    wanted = {"OMP_NUM_THREADS": str(threads), "TQDM_DISABLE": "1"}
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_with_parent)

    def mapped(call: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
        for future in as_completed([pool.submit(call, item) for item in items]):
            yield future.result()

    try:
        with patch.dict(os.environ, wanted | os.environ):
            yield mapped
    except BaseException as error:
        for child in active_children():
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            raise ModelRefused(KILLED) from error
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_with_parent() -> None:
    """A worker whose parent was killed would train on beside the run that goes on."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
