"""What a change while serving costs: a template is added to very many, and removed again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from retrieval.search import Searcher, passages
from retrieval.templates import Template
from tests.bench.retrieval.made_up import SEED

NEW = Template("new", ("We engrave rings.",), ("can you engrave a ring",))
TIMES = 5


@dataclass(frozen=True)
class Change:
    """Seconds from the call until a search finds what was added, and finds it no more: the longest of `TIMES`."""

    added: float
    removed: float


def change(searcher: Searcher) -> Change:
    """Its vectors are drawn at random: the cost hangs on how many templates there are, not on what they say."""
    drawn = np.random.default_rng(SEED).standard_normal((len(passages(NEW)), searcher.index.manifest.dimension))
    units = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    vector_of = dict(zip(passages(NEW), units, strict=True))
    question = NEW.questions[0]

    def seconds(act: Callable[[], None], *, found: bool) -> float:
        started = time.perf_counter()
        act()
        best = searcher.search(question, vector_of[question], k=1)[0]
        if (best.template_id == NEW.id) != found:
            raise SystemExit(f"what was {'added is not' if found else 'removed is still'} found")
        return time.perf_counter() - started

    both = [
        (
            seconds(lambda: searcher.add([NEW], vector_of), found=True),
            seconds(lambda: searcher.remove([NEW.id]), found=False),
        )
        for _ in range(TIMES)
    ]
    return Change(*np.max(both, axis=0).round(4).tolist())
