"""The exact search on a GPU against the CPU, by batch size, and whether both find the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.index.exact import Exact
from retrieval.index.gpu import TOLERANCE, Copy, on_first_gpu
from tests.bench.retrieval.made_up import MadeUp
from tests.bench.retrieval.systems import K

Found = tuple[NDArray[np.float32], NDArray[np.int64]]  # products and places, both (queries, K)
BATCHES = (1, 32, 1024)
REPEATS = 20
SECONDS = 10.0


@dataclass(frozen=True)
class Compared:
    """Median milliseconds a batch on all cores and on the GPU. `equal`: the GPU finds what the CPU finds."""

    templates: int
    batch: int
    cpu_ms: float
    gpu_ms: float
    equal: bool


def compare(made: MadeUp, *, device: str, copy: Copy | None = None) -> list[Compared]:
    """Empty where there is no GPU, or `device` is cpu. `copy`: what makes the copy on the GPU."""
    if device == "cpu" or (copy is None and not faiss.get_num_gpus()):
        return []
    copied, exact = (copy or on_first_gpu)(made.vectors), Exact.build(made.vectors)
    rows = []
    for batch in BATCHES:
        asked = np.resize(made.asked, (batch, made.asked.shape[1]))
        (cpu, right), (gpu, found) = (timed(search, asked) for search in (exact.search, copied.search))
        rows.append(Compared(len(made.vectors), batch, cpu, gpu, same(made.vectors, asked, right[0], found)))
    return rows


def timed(search: Callable[[NDArray[np.float32], int], Found], asked: NDArray[np.float32]) -> tuple[float, Found]:
    """Median milliseconds, and what was found."""
    found = search(asked, K)
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < SECONDS:
        started = time.perf_counter()
        search(asked, K)
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times)), found


def same(vectors: NDArray[np.float32], asked: NDArray[np.float32], right: NDArray[np.float32], found: Found) -> bool:
    """Whether what was found is as near as what is `right`, by its own word and in truth; ties come in any order."""
    products, places = found
    true = np.einsum("md,mkd->mk", asked, vectors[places])
    return all(bool(np.allclose(near, right, atol=TOLERANCE)) for near in (products, true))
