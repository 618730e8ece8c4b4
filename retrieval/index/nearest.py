"""The nearest vectors by inner product, in FAISS: exact, which at the size of a shop's answers is also the fastest."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]


class Nearest:
    """Numbered vectors of one dimension; `faiss_index` knows them by their numbers."""

    def __init__(self, faiss_index: Any) -> None:
        self.faiss_index = faiss_index

    @classmethod
    def build(cls, vectors: Vectors, numbers: Numbers) -> "Nearest":
        made = cls(faiss.IndexIDMap(faiss.IndexFlatIP(vectors.shape[1])))
        made.add(vectors, numbers)
        return made

    def __len__(self) -> int:
        return int(self.faiss_index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.faiss_index.d)

    def add(self, vectors: Vectors, numbers: Numbers) -> None:
        self.faiss_index.add_with_ids(vectors, numbers)

    def remove(self, numbers: Numbers) -> None:
        if len(numbers):
            self.faiss_index.remove_ids(numbers)

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Numbers]:
        """Inner products and numbers (m, k), best first; `k`: at most as many as there are vectors."""
        if k == 0:
            return np.zeros((len(vectors), 0), dtype=np.float32), np.zeros((len(vectors), 0), dtype=np.int64)
        return self.faiss_index.search(vectors, k)

    def save(self, path: Path) -> None:
        faiss.write_index(self.faiss_index, str(path))

    @classmethod
    def load(cls, path: Path) -> "Nearest":
        return cls(faiss.read_index(str(path)))
