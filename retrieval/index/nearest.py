"""Which FAISS index finds the nearest vectors by inner product: exact up to 50,000, which are scanned in milliseconds.

Above, `Approximate`, its vectors kept in as many bits as the memory allows. An index that grows stays what it was built
as until it is built again.
"""

import os
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexRefused
from retrieval.index.approximate import Approximate
from retrieval.index.exact import Exact

EXACT = 50_000
MEMORY_SHARE = 4  # an index takes a quarter of the machine's memory at most, as long as fewer bits help
Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]


class Nearest(Protocol):
    """Numbered vectors of one dimension. Numbers only grow: those of the first are 0 to n - 1, added ones follow."""

    def __len__(self) -> int: ...

    @property
    def dimension(self) -> int: ...

    @property
    def structure(self) -> dict[str, float | str]:
        """What it is made of, for the manifest."""

    def add(self, vectors: Vectors, numbers: Numbers) -> None: ...

    def remove(self, numbers: Numbers) -> None: ...

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Numbers]:
        """Inner products and numbers (m, k), best first; `k`: from 1 to as many as there are vectors."""

    def vectors(self, numbers: Numbers) -> Vectors:
        """The vectors of these numbers, as they are kept."""

    def save(self, path: Path) -> None: ...


def build_nearest(vectors: Vectors, *, memory: int | None = None) -> Nearest:
    """The index for `vectors` (n, d). `memory`: bytes it may take; None: a quarter of the machine's."""
    if len(vectors) <= EXACT:
        return Exact.build(vectors)
    return Approximate.build(vectors, memory=machine_memory() // MEMORY_SHARE if memory is None else memory)


def load_nearest(path: Path) -> Nearest:
    """The index saved in `path`; raises `IndexRefused` when this FAISS cannot read it."""
    try:
        loaded = faiss.read_index(str(path))
    except RuntimeError as error:
        raise IndexRefused(f"the vectors in {path} are of another version of FAISS; build the index again") from error
    return Approximate(loaded) if isinstance(loaded, faiss.IndexRefine) else Exact(loaded)


def machine_memory() -> int:
    """Bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
