"""The templates that answer a question, best first, and whether any of them fits.

Evidence for a template is added up: the cosines to the nearest of its questions, to a question with its answer, and to
the centre of all it says; the words in common with it; and how likely the intents are that it belongs to. Evidence
against all of them is the cosine to the nearest question known to have no answer. The weights, and the threshold below
which nothing fits, are chosen by `retrieval.tuning` and live in the index.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexRefused
from retrieval.fill import render
from retrieval.fusion import Array, Fusion, Signs
from retrieval.index import REBUILD, Index
from retrieval.lexical import Lexicon
from retrieval.places import Numbers, Places
from retrieval.templates import PLACEHOLDER, Template

__all__ = ["Array", "Fusion", "Hit", "Query", "Searcher", "passages", "rows", "searchable", "templates_hash"]

POOL = 2000  # rows that are evidence; of more than 2,048, removed ones included, FAISS's GPU indexes know nothing
EVERY = 5_000  # templates that are all compared; among more only those with a near row or rare words in common
NEAREST = 500  # rows that are evidence then
NO_TEMPLATE = ""  # the id of an index row that belongs to a question without an answer
QUESTION, CENTRE, UNANSWERABLE, JOINT = 0, 1, 2, 3  # the kinds of rows


@dataclass(frozen=True)
class Hit:
    """A template and how certain it is (0 to 1); `fits`: that passes the threshold stored with the index."""

    template_id: str
    score: float
    fits: bool


@dataclass(frozen=True)
class Query:
    """A text to search for, its embedding of length 1, and the probability of each intent."""

    text: str
    vector: Array
    intents: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Near:
    """The rows nearest to a query, the nearest first: cosine, place of the template (-1: of none), and kind."""

    query: Query
    cosine: Array
    owner: NDArray[np.int64]
    kind: NDArray[np.int8]


class Searcher:
    """Searches `index`, whose rows are those of `rows`. `owner`: by row, the place of its template, -1: of none."""

    def __init__(self, index: Index, templates: Sequence[Template], fusion: Fusion) -> None:
        self.index = index
        self.fusion = fusion
        self.places = Places()
        self.places.add(searchable(templates))
        self.lexicon = Lexicon([words_of(template) for template in self.templates])
        self.owner = self._places_of(index.rows.names)[index.rows.owner]

    @classmethod
    def load(cls, folder: Path, templates: Sequence[Template], *, model: str, device: str = "cpu") -> "Searcher":
        """The searcher saved in `folder`; raises `IndexRefused` when it is not of these templates and `model`.

        `device`: auto, cpu or cuda; a GPU is used if it finds what the CPU finds.
        """
        index = Index.load(folder, model=model, device=device)
        if index.manifest.templates != templates_hash(templates):
            raise IndexRefused(f"the answers have changed since the index in {folder} was built; {REBUILD}")
        return cls(index, templates, Fusion(**index.manifest.fusion))

    @property
    def templates(self) -> list[Template]:
        return list(self.places.templates.values())

    @property
    def ids(self) -> list[str]:
        return list(self.places.templates)

    def add(self, templates: Sequence[Template], vector_of: Mapping[str, Array]) -> None:
        """Find these too, from the next search on. `vector_of`: by text, of all their `passages`."""
        added = searchable(templates)
        vectors, ids, kinds = rows(added, vector_of, ())
        self.index.add(vectors, ids, kinds=kinds)
        self.lexicon.add([words_of(template) for template in added])
        self.places.add(added)
        self.owner = np.append(self.owner, self._places_of(ids))

    def remove(self, ids: Collection[str]) -> None:
        """Find these no more, from the next search on."""
        self.index.remove(list(ids))
        self.places.remove(ids)

    def search(
        self,
        text: str,
        vector: Array,
        intents: Mapping[str, float] | None = None,
        *,
        k: int = 3,
        whole: Query | None = None,
        shown: str = "",
    ) -> list[Hit]:
        """The `k` best templates for `text`; `vector`: its embedding, of length 1; `intents`: probability of each.

        `whole`: the question with the one before it, where it leans on that (`retrieval.context`); `shown`: the
        template that was said then.
        """
        asked = [Query(text, vector, intents or {}), *([] if whole is None else [whole])]
        everything = len(self.places) <= max(EVERY, k)
        near = [self._near(query, POOL if everything else NEAREST) for query in asked]
        places = self.places.all() if everything else self._worth_comparing(near)
        evidence, signs = self._evidence(near[0], places)
        if whole is not None:
            said = places == self.places.place_of.get(shown, -1)
            evidence, signs = with_context((evidence, signs), self._evidence(near[1], places), said)
        scores = self.fusion.scores(evidence)
        certain = self.fusion.certainty(scores, signs)
        return [
            Hit(self.places.ids[places[i]], float(np.clip(certain[i], 0, 1)), bool(certain[i] >= self.fusion.threshold))
            for i in highest(scores, k)
        ]

    def evidence(self, text: str, vector: Array, intents: Mapping[str, float]) -> tuple[Array, Signs]:
        """For each template (nearest, joint, centre, lexical, intent), and what the question itself tells."""
        return self._evidence(self._near(Query(text, vector, intents), POOL), self.places.all())

    def _near(self, query: Query, pool: int) -> Near:
        cosines, found = self.index.search(query.vector.reshape(1, -1), pool)
        return Near(query, np.clip(cosines[0], 0, 1), self.owner[found[0]], self.index.rows.kinds[found[0]])

    def _worth_comparing(self, near: Sequence[Near]) -> Numbers:
        """The places, in order, of the templates that may be among the best."""
        found = [places for one in near for places in (one.owner, self.lexicon.likely(one.query.text))]
        unique = np.unique(np.concatenate(found))
        return unique[(unique >= 0) & self.places.there[unique]]

    def _evidence(self, near: Near, places: Numbers) -> tuple[Array, Signs]:
        """Rows beyond the pool count as the last in it, which is at least what they are.

        `places`: in order, and all that are near among them.
        """
        evidence = np.full((len(places), 5), near.cosine.min(initial=1), dtype=np.float32)
        for column, wanted in enumerate((QUESTION, JOINT, CENTRE)):
            of_it = (near.kind == wanted) & (near.owner >= 0)
            np.maximum.at(evidence[:, column], np.searchsorted(places, near.owner[of_it]), near.cosine[of_it])
        evidence[:, 3] = self.lexicon.scores(near.query.text, places)
        evidence[:, 4] = self.places.support(near.query.intents, places)
        unanswered = float(near.cosine[near.kind == UNANSWERABLE].max(initial=0.0))
        known = min(1.0, sum(near.query.intents.values())) if near.query.intents else 1.0
        return evidence, Signs(unanswered, known)

    def _places_of(self, ids: Sequence[str]) -> Numbers:
        return np.array([self.places.place_of.get(name, -1) for name in ids], dtype=np.int64)


def with_context(
    alone: tuple[Array, Signs], together: tuple[Array, Signs], said: NDArray[np.bool_]
) -> tuple[Array, Signs]:
    """The mean of both; for what was just `said`, only what the question itself says for it."""
    (evidence, signs), (others, whole) = alone, together
    mean: Array = np.mean([evidence, others], axis=0, dtype=np.float32)
    mean[said] = np.minimum(evidence, mean)[said]
    return mean, Signs(min(signs.unanswered, whole.unanswered), max(signs.known, whole.known))


def highest(scores: Array, k: int) -> NDArray[np.int64]:
    """The places of the `k` highest, the best first; of equal ones those that come first."""
    if not 0 < k < len(scores):
        return np.argsort(-scores, kind="stable")[:k]
    candidates = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
    return candidates[np.argsort(-scores[candidates], kind="stable")[:k]]


def searchable(templates: Sequence[Template]) -> list[Template]:
    return [template for template in templates if template.searchable]


def passages(template: Template) -> list[str]:
    """All of a template that is embedded: its questions, its wordings with the shop's facts filled in, and a question
    with its answer."""
    return [*template.questions, *said(template), joint(template)]


def said(template: Template) -> list[str]:
    """The wordings with the shop's facts filled in."""
    return [as_passage(template, wording) for wording in template.wordings]


def words_of(template: Template) -> str:
    """All that its words are compared by."""
    return " ".join([*template.questions, *said(template)])


def joint(template: Template) -> str:
    """The first question and the first answer in one: a message may be like either."""
    return " ".join([*template.questions[:1], *said(template)[:1]])


def as_passage(template: Template, wording: str) -> str:
    def value(name: str) -> str:
        slot = template.slots[name]
        return render(slot, slot.value, {}) or name.replace("_", " ")

    return PLACEHOLDER.sub(lambda match: value(match.group(1)), wording)


def rows(
    templates: Sequence[Template], vector_of: Mapping[str, Array], none: Sequence[str]
) -> tuple[Array, list[str], list[int]]:
    """Vectors, template ids and kinds of an index; a template without a question (a trial) is found by its wordings."""
    found = searchable(templates)
    vectors: list[Array] = []
    ids: list[str] = []
    kinds: list[int] = []
    for template in found:
        asked = [vector_of[text] for text in template.questions or said(template)]
        whole = [vector_of[text] for text in (*template.questions, *said(template))]
        vectors += [*asked, vector_of[joint(template)], unit(np.mean(whole, axis=0))]
        kinds += [*[QUESTION] * len(asked), JOINT, CENTRE]
        ids += [template.id] * (len(asked) + 2)
    vectors += [vector_of[text] for text in none]
    stacked = np.vstack(vectors).astype(np.float32) if found else np.zeros((0, 1), dtype=np.float32)
    return stacked, [*ids, *[NO_TEMPLATE] * len(none)], [*kinds, *[UNANSWERABLE] * len(none)]


def unit(vector: Array) -> Array:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def templates_hash(templates: Sequence[Template]) -> str:
    """A hash of all that searching depends on."""
    searched = [[template.id, passages(template), template.intents] for template in searchable(templates)]
    return sha256(json.dumps(searched).encode()).hexdigest()
