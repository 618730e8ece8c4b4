"""Those that are measured: ours and its peers, each built, kept on disk and searched in the same way.

Each searches on one thread. hnswlib is built with its own defaults, above `LARGE` with half the effort, and its `ef` is
the smallest that finds as many of the nearest as we do on questions that are not measured. What is built may use every
core; its time is the processor's.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.index import Index
from retrieval.lexical import words
from tests.bench.retrieval.live import Change
from tests.bench.retrieval.made_up import MadeUp

K = 10  # neighbours
LARGE = 100_000  # templates
EFFORT = 200  # hnswlib's `ef_construction`
PART = 50_000  # templates that a graph grows by before it is kept on disk
EF = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
Numbers = NDArray[np.int64]
Search = Callable[[Sequence[int]], Numbers]  # numbers of questions to (n, K) rows


@dataclass(frozen=True)
class System:
    """One that is ready. `search`: the rows it finds for questions; `exact`: whether it compares everything.

    `build_seconds`: of one processor. `by_words`: it knows no vectors, so its neighbours are others. `right`: what it
    should find for the first questions, None: the nearest vectors. `change`: a change while it serves, where it can.
    """

    name: str
    templates: int
    search: Search
    bytes_a_template: float
    exact: bool
    build_seconds: float = 0.0
    settings: str = ""
    by_words: bool = False
    right: Numbers | None = None
    change: Callable[[], Change] | None = None


def ours(made: MadeUp, folder: Path, **_: Any) -> System:
    index, seconds, size = our_index(made, folder)
    structure = index.manifest.structure
    return System(
        "shopkeeper",
        len(made.vectors),
        lambda asked: index.search(made.asked[asked], K)[1],
        size,
        structure["kind"] == "exact",
        seconds,
        ", ".join(f"{name} {value}" for name, value in structure.items()),
    )


def our_index(made: MadeUp, folder: Path) -> tuple[Index, float, float]:
    """The index, the seconds it took to build, and its bytes a template."""

    def make() -> None:
        Index.build(made.vectors, [str(number) for number in range(len(made.vectors))], model="bench").save(folder)

    seconds = once([make], folder)
    index = Index.load(folder, model="bench")
    return index, seconds, (folder / index.manifest.files["vectors"]).stat().st_size / len(made.vectors)


def hnswlib(made: MadeUp, folder: Path, *, right: Numbers, least: float) -> System:
    """`right`: the truth of the questions for tuning; `least`: the recall on them that is asked for."""
    import hnswlib as library

    file, (count, dimension) = folder / "graph", made.vectors.shape
    graph = library.Index("ip", dimension)
    effort = EFFORT if count <= LARGE else EFFORT // 2
    there = False  # whether the library holds the graph: it crashes when an empty one is asked

    def grow(start: int) -> None:
        nonlocal there
        if not start:
            graph.init_index(count, M=16, ef_construction=effort, random_seed=1)
        elif not there:
            graph.load_index(str(file), max_elements=count)
        there = True
        graph.add_items(made.vectors[start : start + PART], num_threads=os.cpu_count() or 1)
        growing = file.with_suffix(".growing")
        graph.save_index(str(growing))
        growing.replace(file)

    seconds = once([partial(grow, start) for start in range(0, count, PART)], folder)
    if not there:
        graph.load_index(str(file))
    for ef in EF:
        graph.set_ef(ef)
        if recall(graph.knn_query(made.asked[made.tuning], K, num_threads=1)[0], right) >= least:
            break
    return System(
        "hnswlib",
        len(made.vectors),
        lambda asked: graph.knn_query(made.asked[asked], K, num_threads=1)[0],
        file.stat().st_size / len(made.vectors),
        False,
        seconds,
        f"M 16, built with ef {effort}, ef {ef}",
    )


def numpy(made: MadeUp, folder: Path, **_: Any) -> System:
    def search(asked: Sequence[int]) -> Numbers:
        products = made.asked[asked] @ made.vectors.T
        best = np.argpartition(-products, K - 1, axis=1)[:, :K]
        order = np.argsort(-np.take_along_axis(products, best, axis=1), axis=1)
        return np.take_along_axis(best, order, axis=1)

    return System("numpy", len(made.vectors), search, made.vectors.nbytes / len(made.vectors), True)


def semantic_search(made: MadeUp, folder: Path, **_: Any) -> System:
    import torch
    from sentence_transformers import util

    torch.set_num_threads(1)
    corpus, questions = torch.from_numpy(made.vectors), torch.from_numpy(made.asked)

    def search(asked: Sequence[int]) -> Numbers:
        found = util.semantic_search(questions[list(asked)], corpus, top_k=K, score_function=util.dot_score)
        return np.array([[hit["corpus_id"] for hit in hits] for hits in found])

    return System("semantic_search", len(made.vectors), search, made.vectors.nbytes / len(made.vectors), True)


def bm25s(made: MadeUp, folder: Path, **_: Any) -> System:
    import bm25s as library

    logging.getLogger("bm25s").setLevel(logging.WARNING)

    def make() -> None:
        index = library.BM25(k1=1.2, b=0.75, method="lucene")
        index.index([words(text) for text in made.texts], show_progress=False)
        index.save(folder)

    seconds = once([make], folder)
    index = library.BM25.load(folder)

    def search(asked: Sequence[int]) -> Numbers:
        tokens = [words(made.asked_texts[number]) for number in asked]
        return index.retrieve(tokens, k=K, show_progress=False, n_threads=0)[0]

    size = sum(file.stat().st_size for file in folder.iterdir())
    return System("bm25s", len(made.vectors), search, size / len(made.vectors), False, seconds, by_words=True)


def once(parts: Sequence[Callable[[], None]], folder: Path) -> float:
    """The processor seconds that `parts` take to fill `folder`; those that were done before are not done again."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, make in enumerate(parts):
        stamp = folder / f"seconds-{number}.json"
        if not stamp.exists():
            started = time.process_time()
            make()
            stamp.write_text(json.dumps(time.process_time() - started))
    return sum(json.loads((folder / f"seconds-{number}.json").read_text()) for number in range(len(parts)))


def recall(found: Numbers, right: Numbers) -> float:
    return float(np.mean([np.isin(*pair).mean() for pair in zip(found, right, strict=True)]))


def nearest(made: MadeUp) -> Numbers:
    """The truth: the rows nearest to each question, every one compared."""
    return faiss.knn(made.asked, made.vectors, K, metric=faiss.METRIC_INNER_PRODUCT)[1]
