"""Building an index: embed and tune. Nothing is rebuilt whose inputs have not changed (`is_current`)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import IndexRefused
from retrieval.index import Index, read_manifest
from retrieval.search import Array, Fusion, Searcher, passages, rows, searchable, templates_hash
from retrieval.templates import Template
from retrieval.tuning import Material, texts, tune

BATCH = 64
METHOD = 3  # part of the inputs' hash: raise it when tuning changes
Embed = Callable[[Sequence[str]], Any]
Classify = Callable[[Sequence[str]], Sequence[Mapping[str, float]]]
Progress = Callable[[Sequence[Sequence[str]]], Iterable[Sequence[str]]]


def assemble(
    templates: Sequence[Template],
    embed: Embed,
    *,
    model: str,
    none: Sequence[str] = (),
    classify: Classify | None = None,
    classifier: str = "",
    fusion: Fusion | None = None,
    progress: Progress | None = None,
) -> Searcher:
    """Index `templates` and return the searcher; `.index.save(folder)` keeps it.

    `embed`: texts to (n, d) rows of length 1, by the encoder `model`. `none`: questions without an answer. `classify`:
    texts to the probability of each intent, by the model `classifier`; without it intents carry no weight. `fusion`:
    given when the weights were chosen elsewhere. Raises `IndexRefused` when no template can be searched.
    """
    if not searchable(templates):
        raise IndexRefused("there is nothing to index: no answer template has a question")
    found = searchable(templates)
    needed = [text for template in found for text in passages(template)] + (texts(found) if fusion is None else [])
    vector_of = embedded(list(dict.fromkeys([*needed, *none])), embed, progress)
    metrics: dict[str, float | int | None] = {}
    if fusion is None:
        questions = [question for template in found for question in template.questions]
        intents_of = intents_by_text([*questions, *none], classify)
        fusion, metrics = tune(Material(found, vector_of, none, intents_of))
    vectors, ids, kinds = rows(templates, vector_of, none)
    index = Index.build(
        vectors,
        ids,
        kinds=kinds,
        model=model,
        templates=templates_hash(templates),
        inputs=inputs_hash(templates, model=model, none=none, classifier=classifier),
        fusion=asdict(fusion),
        metrics=metrics,
    )
    return Searcher(index, templates, fusion)


def embedded(texts: Sequence[str], embed: Embed, progress: Progress | None) -> dict[str, Array]:
    """The vector of each text, embedded batch by batch so that `progress` can show it."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    vectors = [np.asarray(embed(batch), dtype=np.float32) for batch in (progress(batches) if progress else batches)]
    return dict(zip(texts, np.vstack(vectors), strict=True))


def intents_by_text(texts: Sequence[str], classify: Classify | None) -> dict[str, Mapping[str, float]]:
    if classify is None:
        return {}
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    return {text: intents for batch in batches for text, intents in zip(batch, classify(batch), strict=True)}


def inputs_hash(templates: Sequence[Template], *, model: str, none: Sequence[str] = (), classifier: str = "") -> str:
    """A hash of all that an index is made of: one with the same hash would come out the same."""
    inputs = [METHOD, templates_hash(templates), model, list(none), classifier]
    return sha256(json.dumps(inputs).encode()).hexdigest()


def is_current(folder: Path, inputs: str) -> bool:
    """Whether `folder` holds an index with that `inputs_hash`."""
    try:
        return read_manifest(folder).inputs == inputs
    except IndexRefused:
        return False
