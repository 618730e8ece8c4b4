"""Few vectors are compared with the question: those of the nearest lists, first by 4-bit codes, the best again in full.

The vectors are divided into lists around centres (IVF). The nearest lists are scanned by codes that fit in registers
(F. André, A.-M. Kermarrec, N. Le Scouarnec, Quicker ADC, IEEE TPAMI 43(5), 2021), and the best of the scan compared by
the vectors as they are kept. How many lists and how many of the best it takes is measured when the index is built.
Unlike a graph (HNSW) it forgets a removed vector, and it is built in minutes where a graph takes many.
"""

import math
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]
INNER_PRODUCT = faiss.METRIC_INNER_PRODUCT
KEPT = {"float32": 4, "float16": 2, "int8": 1}  # bytes a number, best first
LISTS_TO_ROOT = 4  # lists for each square root of the count
TRAINED_ON = 50  # vectors a list
ROUNDS = 6
SEED = 1
SAMPLE = 200
AMONG = 50_000  # vectors, so that what tells two neighbours apart hangs on the texts and not on their number
NEIGHBOURS = 10
RECALL = 0.985  # asked of the sample, so that questions that are farther off than it find 0.97
CANDIDATES = (30, 50, 100, 200, 400, 800, 1600)
FEWEST_CODES = 64  # 4-bit codes a vector


class Approximate:
    """A `Nearest` that finds most of the nearest.

    `faiss_index`: codes in lists, `base_index`, and the vectors, `refine_index`, in which a row's number is its place
    (a removed one leaves a gap). Its `k_factor` times ten is how many are compared in full.
    """

    def __init__(self, faiss_index: Any, recall: float = math.nan) -> None:
        self.faiss_index = faiss_index
        self.codes: Any = faiss.downcast_index(faiss_index.base_index)
        self.kept: Any = faiss.downcast_index(faiss_index.refine_index)
        self.recall = recall
        make_room(self.kept)

    @classmethod
    def build(cls, vectors: Vectors, *, memory: int) -> "Approximate":
        """`memory`: bytes that the index should not take more of."""
        codes = empty_codes(vectors)
        kept = empty_store(vectors, kind=kept_as(*vectors.shape, memory=memory))
        whole = faiss.IndexRefine(codes, kept)
        whole.own_fields = whole.own_refine_index = True
        codes.this.disown(), kept.this.disown()
        made = cls(whole)
        made.add(vectors, np.arange(len(vectors), dtype=np.int64))
        make_room(made.kept)
        made.calibrate(vectors)
        return made

    def __len__(self) -> int:
        return int(self.codes.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.faiss_index.d)

    @property
    def structure(self) -> dict[str, float | str]:
        return {
            "kind": "lists",
            "lists": int(self.codes.nlist),
            "searched": int(self.codes.nprobe),
            "compared": round(NEIGHBOURS * self.faiss_index.k_factor),
            "recall": self.recall,
            "bits": 8 * int(self.kept.code_size) // self.dimension,
        }

    def add(self, vectors: Vectors, numbers: Numbers) -> None:
        self.codes.add_with_ids(vectors, numbers)
        self.kept.add(vectors)
        self.faiss_index.ntotal = self.kept.ntotal

    def remove(self, numbers: Numbers) -> None:
        self.codes.remove_ids(numbers)

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Numbers]:
        """More neighbours than calibrated for take more lists; where there are still too few, all vectors."""
        compared = max(k, round(NEIGHBOURS * self.faiss_index.k_factor))
        filled = 2 * compared * self.codes.nlist / max(1, len(self))
        lists = min(self.codes.nlist, max(self.codes.nprobe, math.ceil(filled)))
        products, numbers = self.compare(vectors, k, lists=lists, compared=compared)
        short = np.flatnonzero(numbers[:, -1] < 0)
        if len(short):
            products[short], numbers[short] = self.compare_all(vectors[short], k)
        return products, numbers

    def compare(self, vectors: Vectors, k: int, *, lists: int, compared: int) -> tuple[Vectors, Numbers]:
        scan = search_parameters("IVFSearchParameters", nprobe=lists)
        whole = search_parameters("IndexRefineSearchParameters", k_factor=(compared + 0.5) / k, base_index_params=scan)
        return self.faiss_index.search(vectors, k, params=whole)

    def compare_all(self, vectors: Vectors, k: int) -> tuple[Vectors, Numbers]:
        lists = self.codes.invlists
        sizes = [lists.list_size(place) for place in range(self.codes.nlist)]
        ids = [faiss.rev_swig_ptr(lists.get_ids(place), size).copy() for place, size in enumerate(sizes) if size]
        there = np.sort(np.concatenate(ids))
        products, places = faiss.knn(vectors, self.vectors(there), k, metric=INNER_PRODUCT)
        return products, there[places]

    def vectors(self, numbers: Numbers) -> Vectors:
        return self.kept.reconstruct_batch(numbers)

    def save(self, path: Path) -> None:
        faiss.write_index(self.faiss_index, str(path))

    def calibrate(self, vectors: Vectors) -> None:
        """Search as few lists, and compare as few vectors, as find enough of the nearest to a sample of questions."""
        asked = questions(vectors, np.random.default_rng(SEED).integers(len(vectors), size=SAMPLE))
        right = faiss.knn(asked, vectors, NEIGHBOURS, metric=INNER_PRODUCT)[1]

        def recall(lists: int, compared: int) -> float:
            found = self.compare(asked, NEIGHBOURS, lists=lists, compared=compared)[1]
            return float(np.mean([np.isin(*pair).mean() for pair in zip(found, right, strict=True)]))

        lists = next((n for n in doublings(self.codes.nlist) if recall(n, CANDIDATES[-1]) >= RECALL), self.codes.nlist)
        compared = next((n for n in CANDIDATES if recall(lists, n) >= RECALL), CANDIDATES[-1])
        self.codes.nprobe = lists
        self.faiss_index.k_factor = compared / NEIGHBOURS
        self.recall = round(recall(lists, compared), 4)


def search_parameters(name: str, **values: Any) -> Any:
    """FAISS's own, whose type hints do not know that they take values."""
    return getattr(faiss, name)(**values)


def empty_codes(vectors: Vectors) -> Any:
    """Lists around the centres of `vectors`, and 4-bit codes of 4 numbers each, or of fewer in short vectors."""
    count, dimension = vectors.shape
    lists = int(LISTS_TO_ROOT * math.sqrt(count))
    taken = np.random.default_rng(SEED).permutation(count)[: TRAINED_ON * lists]
    sample = np.ascontiguousarray(vectors[taken])
    centres: Any = faiss.IndexFlatIP(dimension)
    clustering = faiss.Clustering(dimension, lists)
    clustering.niter, clustering.seed, clustering.spherical = ROUNDS, SEED, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, TRAINED_ON
    clustering.train(sample, centres)
    together = next((n for n in (4, 2) if dimension % n == 0 and dimension // n >= FEWEST_CODES), 1)
    codes = faiss.IndexIVFPQFastScan(centres, dimension, lists, dimension // together, 4, INNER_PRODUCT)
    codes.own_fields = True
    centres.this.disown()
    codes.by_residual = False
    codes.pq.cp.min_points_per_centroid = 1
    codes.train(sample)
    return codes


def empty_store(vectors: Vectors, *, kind: str) -> Any:
    if kind == "float32":
        return faiss.IndexFlatIP(vectors.shape[1])
    quantizer = {"float16": faiss.ScalarQuantizer.QT_fp16, "int8": faiss.ScalarQuantizer.QT_8bit}[kind]
    store = faiss.IndexScalarQuantizer(vectors.shape[1], quantizer, INNER_PRODUCT)
    store.train(vectors)
    return store


def make_room(store: Any) -> None:
    """Move the vectors into twice the room now, so that one that is added while serving does not wait for that."""
    size = store.codes.size()
    store.codes.resize(size + 1)
    store.codes.resize(size)


def kept_as(count: int, dimension: int, *, memory: int) -> str:
    """The most exact way to keep the vectors in `memory` bytes; the smallest where none fits."""
    codes = count * (dimension / 8 + 8)  # half a byte for 4 numbers, and the row's number
    return next((kind for kind, size in KEPT.items() if codes + count * dimension * size <= memory), "int8")


def questions(vectors: Vectors, picked: Numbers) -> Vectors:
    """Questions like those of customers, which do not come nearer because there are more vectors.

    Each picked vector is moved by what tells another picked one from its nearest neighbour among at most `AMONG`.
    """
    among = np.random.default_rng(SEED).permutation(len(vectors))[:AMONG]
    two = among[faiss.knn(vectors[picked], vectors[among], 2, metric=INNER_PRODUCT)[1]]
    nearest = np.where(two[:, 0] == picked, two[:, 1], two[:, 0])
    moved = vectors[picked] + np.roll(vectors[nearest] - vectors[picked], 1, axis=0)
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)


def doublings(most: int) -> list[int]:
    """1, 2, 3, 4, 6, 8, 12 … below `most`."""
    steps = {step * 2**power for power in range(most.bit_length()) for step in (1, 1.5)}
    return sorted(int(step) for step in steps if step == int(step) and step < most)
