"""The templates that answer a question, best first, and whether any of them fits.

Evidence for a template is added up: the cosine to the nearest of its questions and wordings, the cosine to their
centre, the words in common with them (BM25), and how likely the intents are that it belongs to. Evidence against all of
them is the cosine to the nearest question known to have no answer. The weights, and the threshold below which nothing
fits, are chosen by `retrieval.evaluate` and live in the index.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexRefused
from retrieval.fill import render
from retrieval.index import REBUILD, Index
from retrieval.lexical import Lexicon
from retrieval.templates import PLACEHOLDER, Template

POOL = 2000
NO_TEMPLATE = ""  # the id of an index row that belongs to a question without an answer
PASSAGE, CENTRE, UNANSWERABLE = 0, 1, 2  # the kinds of rows
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Hit:
    """A template and its score (0 to 1); `fits`: the score passes the threshold stored with the index."""

    template_id: str
    score: float
    fits: bool


@dataclass(frozen=True)
class Fusion:
    """The weights of the evidence: `nearest` to `intent` sum to 1, `unanswered` is taken off. `threshold`: of a fit."""

    nearest: float
    centre: float
    lexical: float
    intent: float
    unanswered: float
    threshold: float

    def scores(self, evidence: Array, unanswered: Array | float = 0.0) -> Array:
        """Scores (…, templates) of evidence (…, templates, 4) and the nearest unanswerable question's cosine (…)."""
        weights = np.array([self.nearest, self.centre, self.lexical, self.intent], dtype=np.float32)
        taken = np.float32(self.unanswered) * np.asarray(unanswered, dtype=np.float32)
        return np.clip(evidence @ weights - taken[..., None], 0, 1)


class Searcher:
    """Searches `index`, whose rows are those of `rows`."""

    def __init__(self, index: Index, templates: Sequence[Template], fusion: Fusion) -> None:
        self.index = index
        self.fusion = fusion
        self._know(searchable(templates))

    def _know(self, templates: Sequence[Template]) -> None:
        """Let exactly these be found, all of which the index has rows of."""
        self.templates = list(templates)
        self.ids = [template.id for template in templates]
        self.linked = [template.intents for template in templates]
        place = {name: number for number, name in enumerate(self.ids)} | {NO_TEMPLATE: -1}
        self.owner = np.array([place.get(name, -1) for name in self.index.rows.names])[self.index.rows.owner]
        self.lexicon = Lexicon([" ".join(passages(template)) for template in templates])

    @classmethod
    def load(cls, folder: Path, templates: Sequence[Template], *, model: str) -> "Searcher":
        """The searcher saved in `folder`; raises `IndexRefused` when it is not of these templates and `model`."""
        index = Index.load(folder, model=model)
        if index.manifest.templates != templates_hash(templates):
            raise IndexRefused(f"the answers have changed since the index in {folder} was built; {REBUILD}")
        return cls(index, templates, Fusion(**index.manifest.fusion))

    def add(self, templates: Sequence[Template], vector_of: Mapping[str, Array]) -> None:
        """Find these too, from the next search on. `vector_of`: by text, of all their `passages`."""
        added = searchable(templates)
        vectors, ids, kinds = rows(added, vector_of, ())
        self.index.add(vectors, ids, kinds=kinds)
        self._know([*self.templates, *added])

    def remove(self, ids: Collection[str]) -> None:
        """Find these no more, from the next search on."""
        self.index.remove(list(ids))
        self._know([template for template in self.templates if template.id not in ids])

    def search(self, text: str, vector: Array, intents: Mapping[str, float] | None = None, *, k: int = 3) -> list[Hit]:
        """The `k` best templates for `text`; `vector`: its embedding, of length 1; `intents`: probability of each."""
        scores = self.fusion.scores(*self.evidence(text, vector, intents or {}))
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(self.ids[i], float(scores[i]), bool(scores[i] >= self.fusion.threshold)) for i in best]

    def evidence(self, text: str, vector: Array, intents: Mapping[str, float]) -> tuple[Array, float]:
        """For each template (nearest, centre, lexical, intent), and the cosine to the nearest unanswerable question.

        Rows beyond the pool count as the last in it, which is at least what they are.
        """
        cosines, found = self.index.search(vector.reshape(1, -1), POOL)
        cosine, row = np.clip(cosines[0], 0, 1), found[0]
        owner, kind = self.owner[row], self.index.rows.kinds[row]
        evidence = np.full((len(self.ids), 4), cosine[-1], dtype=np.float32)
        passage, centre = kind == PASSAGE, kind == CENTRE
        np.maximum.at(evidence[:, 0], owner[passage], cosine[passage])
        evidence[owner[centre], 1] = cosine[centre]
        evidence[:, 2] = self.lexicon.scores(text)
        evidence[:, 3] = support(self.linked, intents)
        return evidence, float(cosine[kind == UNANSWERABLE].max(initial=0.0))


def support(linked: Sequence[Sequence[str]], intents: Mapping[str, float]) -> Array:
    """For each template the probability that one of its intents is meant."""
    return np.array([min(1.0, sum(intents.get(name, 0.0) for name in names)) for names in linked], dtype=np.float32)


def searchable(templates: Sequence[Template]) -> list[Template]:
    return [template for template in templates if template.searchable]


def passages(template: Template) -> list[str]:
    """What a message is compared with: the template's questions, and its wordings with the shop's facts filled in."""
    return [*template.questions, *(as_passage(template, wording) for wording in template.wordings)]


def as_passage(template: Template, wording: str) -> str:
    def said(name: str) -> str:
        slot = template.slots[name]
        return render(slot, slot.value, {}) or name.replace("_", " ")

    return PLACEHOLDER.sub(lambda match: said(match.group(1)), wording)


def rows(
    templates: Sequence[Template], vector_of: Mapping[str, Array], none: Sequence[str]
) -> tuple[Array, list[str], list[int]]:
    """Vectors, template ids and kinds of an index: every passage, every centre, every question without an answer."""
    found = searchable(templates)
    said = [np.stack([vector_of[text] for text in passages(template)]) for template in found]
    centres = [vectors.mean(axis=0) for vectors in said]
    unit = [centre / max(float(np.linalg.norm(centre)), 1e-9) for centre in centres]
    stacked = np.vstack([*said, *unit, *(vector_of[text] for text in none)]) if found else np.zeros((0, 1))
    ids = [template.id for template, vectors in zip(found, said, strict=True) for _ in vectors]
    kinds = [PASSAGE] * len(ids) + [CENTRE] * len(found) + [UNANSWERABLE] * len(none)
    return (
        stacked.astype(np.float32),
        [*ids, *(template.id for template in found), *([NO_TEMPLATE] * len(none))],
        kinds,
    )


def templates_hash(templates: Sequence[Template]) -> str:
    """A hash of all that searching depends on."""
    searched = [[template.id, passages(template), template.intents] for template in searchable(templates)]
    return sha256(json.dumps(searched).encode()).hexdigest()
