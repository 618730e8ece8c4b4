"""The same vectors on a GPU, where they are compared exactly, if it finds the same as the CPU.

FAISS's GPU indexes are not thread-safe: like the whole index, the copy belongs to one thread.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.index.nearest import Nearest
from retrieval.index.rows import REMOVED

log = logging.getLogger(__name__)
Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]
Copy = Callable[[Vectors], Any]  # vectors to what searches them by position
ASKED, NEIGHBOURS, TOLERANCE = 64, 10, 1e-3
MOST_NEIGHBOURS = 2048  # of FAISS's GPU indexes


class OnGpu:
    """A `Nearest` that searches a copy of `nearest`; more neighbours than a GPU finds are found there.

    `numbers`: of the rows of the copy, -1 where one was removed. Removed rows are searched too and left out, until they
    are too many: then the copy is made anew.
    """

    def __init__(self, nearest: Nearest, numbers: Numbers, copy: Copy) -> None:
        self.nearest = nearest
        self.numbers = numbers
        self._copy = copy
        self._copied: Any = None

    def __len__(self) -> int:
        return len(self.nearest)

    @property
    def dimension(self) -> int:
        return self.nearest.dimension

    @property
    def structure(self) -> dict[str, float | str]:
        return self.nearest.structure

    def add(self, vectors: Vectors, numbers: Numbers) -> None:
        self.nearest.add(vectors, numbers)
        self.numbers = np.concatenate([self.numbers, numbers])
        if self._copied is not None:
            self._copied.add(vectors)

    def remove(self, numbers: Numbers) -> None:
        self.nearest.remove(numbers)
        self.numbers[np.isin(self.numbers, numbers)] = REMOVED

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Numbers]:
        if k > MOST_NEIGHBOURS:
            return self.nearest.search(vectors, k)
        removed = len(self.numbers) - len(self)
        if k + removed > MOST_NEIGHBOURS:
            self.numbers, self._copied, removed = self.numbers[self.numbers != REMOVED], None, 0
        products, places = self.copied().search(vectors, k + removed)
        numbers = self.numbers[places]
        kept = np.argsort(numbers == REMOVED, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(products, kept, axis=1), np.take_along_axis(numbers, kept, axis=1)

    def copied(self) -> Any:
        if self._copied is None:
            self._copied = self._copy(self.nearest.vectors(self.numbers))
        return self._copied

    def vectors(self, numbers: Numbers) -> Vectors:
        return self.nearest.vectors(numbers)

    def save(self, path: Path) -> None:
        self.nearest.save(path)


def on_device(nearest: Nearest, numbers: Numbers, *, device: str, copy: Copy | None = None) -> Nearest:
    """`nearest`, whose vectors have these `numbers`, on the GPU if there is one that agrees with the CPU.

    `device`: auto, cpu or cuda. `copy`: makes the copy; None: on the first GPU that FAISS finds.
    """
    if device == "cpu" or not len(nearest):
        return nearest
    if copy is None and not faiss.get_num_gpus():
        if device == "cuda":
            log.warning("DEVICE is cuda, but FAISS finds no GPU; the answers are searched on the CPU")
        return nearest
    moved = OnGpu(nearest, numbers, copy or on_first_gpu)
    try:
        agrees = agree(moved.copied(), nearest.vectors(numbers))
    except RuntimeError as error:
        log.warning("the GPU cannot search the answers, the CPU does: %s", error)
        return nearest
    if not agrees:
        log.warning("the GPU does not find what the CPU finds; the answers are searched on the CPU")
        return nearest
    log.info("the answers are searched on the GPU")
    return moved


def agree(copied: Any, vectors: Vectors) -> bool:
    """Whether `copied` finds, for some of `vectors`, what an exact search finds; ties may come in any order."""
    asked = vectors[np.linspace(0, len(vectors) - 1, min(ASKED, len(vectors))).astype(np.int64)]
    k = min(NEIGHBOURS, len(vectors))
    right, _ = faiss.knn(asked, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    products, places = copied.search(asked, k)
    if places.min() < 0 or any(len(set(row)) < k for row in places.tolist()):
        return False
    true = np.einsum("md,mkd->mk", asked, vectors[places])
    return all(bool(np.allclose(found, right, atol=TOLERANCE)) for found in (products, true))


def on_first_gpu(vectors: Vectors) -> Any:
    resources = faiss.StandardGpuResources()
    copied: Any = faiss.GpuIndexFlatIP(resources, vectors.shape[1])
    copied.resources = resources  # lives as long as the index
    copied.add(vectors)
    return copied
