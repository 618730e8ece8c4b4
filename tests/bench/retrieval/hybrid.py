"""The whole search as a system: our index, the words in common, and both fused into the templates a customer gets."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.search import Fusion, Searcher, highest
from retrieval.templates import Template
from tests.bench.retrieval.live import change
from tests.bench.retrieval.made_up import MadeUp
from tests.bench.retrieval.systems import K, Numbers, System, our_index

CHECKED = 100  # questions whose whole truth is known
WEIGHTS = Fusion(nearest=0.8, centre=0, lexical=0.2, intent=0, unanswered=0, threshold=0.5)  # words as on the shop's


def hybrid(made: MadeUp, folder: Path, **_: Any) -> System:
    """Each template is one question and its vector. `build_seconds` and `bytes_a_template`: of index and words."""
    index, seconds, size = our_index(made, folder.parent / "shopkeeper")
    started = time.process_time()
    templates = [Template(str(number), (), (text,)) for number, text in enumerate(made.texts)]
    searcher = Searcher(index, templates, WEIGHTS)
    seconds += time.process_time() - started

    def search(asked: Sequence[int]) -> Numbers:
        hits = [searcher.search(made.asked_texts[number], made.asked[number], k=K) for number in asked]
        return np.array([[int(hit.template_id) for hit in some] for some in hits])

    return System(
        "hybrid",
        len(made.vectors),
        search,
        size + words_size(searcher) / len(made.vectors),
        False,
        seconds,
        f"words weigh {WEIGHTS.lexical}",
        right=best(made, searcher),
        change=partial(change, searcher),
    )


def best(made: MadeUp, searcher: Searcher) -> Numbers:
    """The truth: the best of all templates by their vectors and words, for the first questions that are measured."""
    everything = np.arange(len(made.vectors))
    scores = (
        WEIGHTS.nearest * np.clip(made.vectors @ made.asked[number], 0, 1)
        + WEIGHTS.lexical * searcher.lexicon.scores(made.asked_texts[number], everything)
        for number in made.measured[:CHECKED]
    )
    return np.stack([highest(some, K) for some in scores])


def words_size(searcher: Searcher) -> int:
    """Bytes of the tables of words, each of which is kept by text and by token."""
    tables = [table for part in searcher.lexicon.parts for table in (part.by_text, part.by_token)]
    return sum(part.nbytes for table in tables for part in (table.data, table.indices, table.indptr))
