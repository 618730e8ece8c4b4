"""An index that is searched, added to, deleted from, saved and loaded. Not thread-safe: one thread owns it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexRefused
from retrieval.index.gpu import on_device
from retrieval.index.manifest import REBUILD, Manifest, read_manifest, store, stored, write_manifest
from retrieval.index.nearest import Nearest, build_nearest, load_nearest
from retrieval.index.rows import Numbers, Rows

Vectors = NDArray[np.float32]


class Index:
    """Rows of length 1, each with a number, the id of the template it belongs to, and a kind (both in `rows`).

    `manifest` is what `save` writes; replace it before, when what the index is of has changed.
    """

    def __init__(self, nearest: Nearest, rows: Rows, manifest: Manifest) -> None:
        self.nearest = nearest
        self.rows = rows
        self.manifest = manifest

    @classmethod
    def build(
        cls,
        vectors: NDArray[Any],
        ids: Sequence[str],
        *,
        kinds: Sequence[int] | None = None,
        model: str,
        memory: int | None = None,
        **about: Any,
    ) -> "Index":
        """An index of `vectors` (n, d), several of which may share an id. `kinds`: all 0 when not given.

        `memory`: bytes it may take; None: a quarter of the machine's. `about`: further fields of the manifest. Raises
        `IndexRefused` without vectors, or with unusable ones.
        """
        if not len(ids):
            raise IndexRefused("there is nothing to index: no answer template has a question")
        whole = usable(vectors, ids)
        rows = Rows.empty()
        rows.add(ids, kinds_of(ids, kinds))
        nearest = build_nearest(whole, memory=memory)
        manifest = Manifest(model=model, dimension=whole.shape[1], structure=nearest.structure, **about)
        return cls(nearest, rows, manifest)

    def __len__(self) -> int:
        """How many rows there are to find."""
        return len(self.nearest)

    def add(self, vectors: NDArray[Any], ids: Sequence[str], *, kinds: Sequence[int] | None = None) -> Numbers:
        """Add rows, found by the next search; returns their numbers. An id that is known gets further rows."""
        if not len(ids):
            return np.zeros(0, dtype=np.int64)
        whole = usable(vectors, ids, dimension=self.manifest.dimension)
        numbers = self.rows.add(ids, kinds_of(ids, kinds))
        self.nearest.add(whole, numbers)
        return numbers

    def remove(self, ids: Sequence[str]) -> int:
        """Remove all rows of these ids, found no more by the next search; returns how many there were."""
        numbers = self.rows.remove(ids)
        if len(numbers):
            self.nearest.remove(numbers)
        return len(numbers)

    def search(self, vectors: NDArray[Any], k: int) -> tuple[Vectors, Numbers]:
        """Inner products and numbers of the nearest rows of each vector (m, d), best first: (m, min(k, rows))."""
        asked = np.ascontiguousarray(vectors, dtype=np.float32)
        if asked.ndim != 2 or asked.shape[1] != self.manifest.dimension:
            raise IndexRefused(
                f"vectors of shape {asked.shape} do not fit an index of {self.manifest.dimension} dimensions"
            )
        if not np.isfinite(asked).all():
            raise IndexRefused("a vector that is not a number cannot be searched for")
        found = min(k, len(self))
        if found < 1 or not len(asked):
            shape = (len(asked), max(found, 0))
            return np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.int64)
        with one_thread():
            return self.nearest.search(asked, found)

    def save(self, folder: Path) -> None:
        """Write to `folder`, replacing the index there in one step."""
        folder.mkdir(parents=True, exist_ok=True)
        files = {"vectors": store(folder, "vectors", self.nearest.save), "rows": store(folder, "rows", self.rows.save)}
        self.manifest = replace(self.manifest, count=len(self), files=files)
        write_manifest(folder, self.manifest)

    @classmethod
    def load(cls, folder: Path, *, model: str, device: str = "cpu") -> "Index":
        """The index saved in `folder`; raises `IndexRefused` unless it is whole, of this format and of `model`.

        `device`: auto, cpu or cuda; a GPU is used if it finds what the CPU finds.
        """
        manifest = read_manifest(folder)
        if manifest.model != model:
            raise IndexRefused(
                f"the index in {folder} was made by the encoder {manifest.model}, not {model}; {REBUILD}"
            )
        nearest = load_nearest(stored(folder, "vectors", manifest))
        rows = Rows.load(stored(folder, "rows", manifest))
        numbers = rows.numbers()
        if {len(nearest), len(numbers)} != {manifest.count} or nearest.dimension != manifest.dimension:
            raise IndexRefused(f"the index in {folder} does not match its manifest; {REBUILD}")
        return cls(on_device(nearest, numbers, device=device), rows, manifest)


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS's number of threads is that of the calling thread; more than one lose more by waiting."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def usable(vectors: NDArray[Any], ids: Sequence[str], *, dimension: int | None = None) -> Vectors:
    """`vectors` as FAISS wants them; raises `IndexRefused` when they are not one finite vector an id."""
    whole = np.ascontiguousarray(vectors, dtype=np.float32)
    if whole.ndim != 2 or len(whole) != len(ids):
        raise IndexRefused(f"{len(ids)} ids do not belong to vectors of shape {whole.shape}")
    if dimension is not None and whole.shape[1] != dimension:
        raise IndexRefused(f"vectors of shape {whole.shape} do not fit an index of {dimension} dimensions")
    if not np.isfinite(whole).all():
        raise IndexRefused("a vector that is not a number cannot be indexed")
    return whole


def kinds_of(ids: Sequence[str], kinds: Sequence[int] | None) -> Sequence[int]:
    if kinds is not None and len(kinds) != len(ids):
        raise IndexRefused(f"{len(kinds)} kinds do not belong to {len(ids)} ids")
    return [0] * len(ids) if kinds is None else kinds
