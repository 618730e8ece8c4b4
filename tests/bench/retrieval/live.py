"""What a change while serving costs: a template is added to very many and removed again.

    .venv/bin/python -m tests.bench.retrieval.live --templates 100000

The templates are the shop's own with three words in ten changed, each with one question and vectors drawn at random,
since the cost hangs on how many there are and not on what they say. Prints seconds by the clock and of the processor.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Index
from retrieval.search import Fusion, Searcher, passages, rows, searchable
from retrieval.templates import Template, load
from tests.bench.retrieval.made_up import SEED, reworded

ANSWERS = Path(__file__).parents[3] / "data" / "answers"
DIMENSION = 16
WEIGHTS = Fusion(nearest=0.3, joint=0.3, centre=0.2, lexical=0.15, intent=0.05, unanswered=0, threshold=0.5)
NEW = Template("new", ("We engrave rings.",), ("can you engrave a ring",))
TIMES = 5


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--templates", type=int, default=100_000)
    count = asked.parse_args().templates
    random = np.random.default_rng(SEED)
    templates = made_up(count, random)
    vectors, ids, kinds = rows(templates, units([text for one in templates for text in passages(one)], random), [])
    searcher = Searcher(Index.build(vectors, ids, kinds=kinds, model="bench"), templates, WEIGHTS)
    print(f"{count:,} templates, {len(ids):,} rows, {searcher.index.manifest.structure['kind']}")
    vector_of = units(passages(NEW), random)
    (question, *_), vector = NEW.questions, vector_of[NEW.questions[0]]
    for _ in range(TIMES):
        timed("add", lambda: searcher.add([NEW], vector_of))
        timed("search", lambda: searcher.search(question, vector))
        if searcher.search(question, vector)[0].template_id != NEW.id:
            raise SystemExit("what was added is not found")
        timed("remove", lambda: searcher.remove([NEW.id]))


def made_up(count: int, random: np.random.Generator) -> list[Template]:
    real = searchable(load(ANSWERS))
    vocabulary = sorted({word for one in real for question in one.questions for word in question.split()})
    made = (
        replace(
            one,
            id=f"{one.id}_{turn}",
            questions=(reworded(one.questions[turn % len(one.questions)], vocabulary, random),),
        )
        for turn in range(count)
        for one in real
    )
    return list(islice(made, count))


def units(texts: list[str], random: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    drawn = random.standard_normal((len(texts), DIMENSION), dtype=np.float32)
    return dict(zip(texts, drawn / np.linalg.norm(drawn, axis=1, keepdims=True), strict=True))


def timed(name: str, act: Callable[[], object]) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    act()
    print(f"{name:8}{time.perf_counter() - clock:8.3f} s {time.process_time() - processor:8.3f} s of the processor")


if __name__ == "__main__":
    main()
