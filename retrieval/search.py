"""The templates that answer a question, best first, and whether any of them fits.

Three kinds of evidence are added up: the cosine to the nearest of a template's questions, the words in common with one
of them, and how likely the intents are that the template belongs to. The weights and the threshold below which nothing
fits are chosen by `retrieval.evaluate` and live in the index.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexRefused
from retrieval.index import REBUILD, Index
from retrieval.lexical import Lexicon
from retrieval.templates import Template

POOL = 1000


@dataclass(frozen=True)
class Hit:
    """A template and its score (0 to 1); `fits`: the score passes the threshold stored with the index."""

    template_id: str
    score: float
    fits: bool


@dataclass(frozen=True)
class Fusion:
    """Weights of the three kinds of evidence, which sum to 1, and the score from which a template fits."""

    dense: float
    lexical: float
    intent: float
    threshold: float


class Searcher:
    """Searches `index`, whose rows are the questions of `templates` in order (see `rows`)."""

    def __init__(self, index: Index, templates: Sequence[Template], fusion: Fusion) -> None:
        self.index = index
        self.fusion = fusion
        self.ids = [template.id for template in templates if template.searchable]
        place = {name: number for number, name in enumerate(self.ids)}
        self.owner = np.array([place[name] for name in index.manifest.ids])
        self.lexicon = Lexicon([question for _, question in rows(templates)])
        self.linked = [template.intents for template in templates if template.searchable]

    @classmethod
    def load(cls, folder: Path, templates: Sequence[Template], *, model: str) -> "Searcher":
        """The searcher saved in `folder`; raises `IndexRefused` when it is not of these templates and `model`."""
        index = Index.load(folder, model=model)
        if index.manifest.templates != templates_hash(templates):
            raise IndexRefused(f"the answers have changed since the index in {folder} was built; {REBUILD}")
        return cls(index, templates, Fusion(**index.manifest.fusion))

    def search(
        self, text: str, vector: NDArray[np.float32], intents: Mapping[str, float] | None = None, *, k: int = 3
    ) -> list[Hit]:
        """The `k` best templates for `text`; `vector`: its embedding, of length 1; `intents`: probability of each."""
        scores = self.scores(text, vector, intents or {})
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(self.ids[i], float(scores[i]), bool(scores[i] >= self.fusion.threshold)) for i in best]

    def scores(self, text: str, vector: NDArray[np.float32], intents: Mapping[str, float]) -> NDArray[np.float32]:
        """The fused score of every template."""
        dense = self.dense(vector)
        lexical = np.zeros(len(self.ids), dtype=np.float32)
        np.maximum.at(lexical, self.owner, self.lexicon.scores(text))
        supported = support(self.linked, intents)
        return self.fusion.dense * dense + self.fusion.lexical * lexical + self.fusion.intent * supported

    def dense(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine of each template's nearest question; those beyond the pool count as its last."""
        cosines, found = self.index.search(vector.reshape(1, -1), POOL)
        nearest = np.full(len(self.ids), cosines[0, -1], dtype=np.float32)
        np.maximum.at(nearest, self.owner[found[0]], cosines[0])
        return np.clip(nearest, 0, 1)


def support(linked: Sequence[Sequence[str]], intents: Mapping[str, float]) -> NDArray[np.float32]:
    """For each template the probability that one of its intents is meant."""
    return np.array([min(1.0, sum(intents.get(name, 0.0) for name in names)) for names in linked], dtype=np.float32)


def rows(templates: Sequence[Template]) -> list[tuple[str, str]]:
    """(template id, question) of every searchable template: the rows of the index, in order."""
    return [(template.id, question) for template in templates if template.searchable for question in template.questions]


def templates_hash(templates: Sequence[Template]) -> str:
    """A hash of all that searching depends on."""
    searched = [[template.id, template.questions, template.intents] for template in templates if template.searchable]
    return sha256(json.dumps(searched).encode()).hexdigest()


def as_mapping(fusion: Fusion) -> dict[str, float]:
    return asdict(fusion)
