"""The exact search on a GPU against the CPU, by batch size, and whether both find the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.index.exact import Exact
from retrieval.index.gpu import Copy, agree, on_first_gpu
from tests.bench.retrieval.made_up import MadeUp
from tests.bench.retrieval.systems import K

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
    equal = agree(copied, made.vectors)
    rows = []
    for batch in BATCHES:
        asked = np.resize(made.asked, (batch, made.asked.shape[1]))
        cpu, gpu = (median(search, asked) for search in (exact.search, copied.search))
        rows.append(Compared(len(made.vectors), batch, cpu, gpu, equal))
    return rows


def median(search: Callable[[NDArray[np.float32], int], object], asked: NDArray[np.float32]) -> float:
    search(asked, K)
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < SECONDS:
        started = time.perf_counter()
        search(asked, K)
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times))
