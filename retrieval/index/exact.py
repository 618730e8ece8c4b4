"""Every vector is compared with the question."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]


class Exact:
    """A `Nearest` that finds exactly the nearest."""

    def __init__(self, faiss_index: Any) -> None:
        self.faiss_index = faiss_index

    @classmethod
    def build(cls, vectors: Vectors) -> "Exact":
        made = cls(faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1])))
        made.add(vectors, np.arange(len(vectors), dtype=np.int64))
        return made

    def __len__(self) -> int:
        return int(self.faiss_index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.faiss_index.d)

    @property
    def structure(self) -> dict[str, float | str]:
        return {"kind": "exact"}

    def add(self, vectors: Vectors, numbers: Numbers) -> None:
        self.faiss_index.add_with_ids(vectors, numbers)

    def remove(self, numbers: Numbers) -> None:
        self.faiss_index.remove_ids(numbers)

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Numbers]:
        return self.faiss_index.search(vectors, k)

    def vectors(self, numbers: Numbers) -> Vectors:
        return self.faiss_index.reconstruct_batch(numbers)

    def save(self, path: Path) -> None:
        faiss.write_index(self.faiss_index, str(path))
