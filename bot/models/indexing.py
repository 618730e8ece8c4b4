"""The index of the shop's answers: made with both encoders, and only when what it is made of has changed.

The classifier that is there gives its vectors and its intents; without one, it is the untouched encoder's index.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bot import answers
from bot.models import space, versions
from bot.models.understand import evidence
from bot.settings import Settings
from nlu.classifier import Classifier, Config
from nlu.encoder import Encoder, model_id
from nlu.parse import Prediction
from retrieval.build import assemble, inputs_hash, is_current
from retrieval.index import Manifest, read_manifest
from retrieval.search import Searcher
from retrieval.tables import read_none
from retrieval.templates import load

Vector = NDArray[np.float32]


def load_encoder(settings: Settings, *, threads: int | None = None) -> Encoder:
    """The untouched encoder; exported into `VAR_DIR` the first time. `threads`: for one run, None: all cores."""
    folder = settings.var_dir / "encoder"
    return Encoder.load(settings.encoder, cache=folder, threads=threads, device=settings.device)


def embedding(settings: Settings) -> Callable[[Sequence[str]], Vector]:
    """The untouched encoder's rows of length 1 for texts; it is loaded with the first ones."""
    encoder = cache(partial(load_encoder, settings))
    return lambda texts: encoder().encode(texts)


def index_if_changed(settings: Settings, *, force: bool = False, classifier: Path | None = None) -> bool:
    """Build the index of `data/answers`; False when it was up to date. `classifier`: tune for that folder's model."""
    files = answers.folder(settings)
    templates, none = load(files), read_none(files)
    folder = classifier or versions.in_use(settings)
    name = Config.load(folder).model if folder else ""
    model = space.model_of(model_id(settings.encoder), name)
    inputs = inputs_hash(templates, model=model, none=none, classifier=name)
    if is_current(answers.index_folder(settings), inputs) and not force:
        return False
    reader = Reader.open(settings, folder)
    searcher = assemble(
        templates,
        reader.embed,
        model=model,
        none=none,
        classify=reader.classify if folder else None,
        classifier=name,
        progress=shown,
    )
    searcher.index.save(answers.index_folder(settings))
    return True


class Reader:
    """Both encoders outside a service; the classifier reads each text once. Without one, there are no intents."""

    def __init__(self, encoder: Encoder, classifier: Classifier | None) -> None:
        self.encoder, self.classifier = encoder, classifier
        self._known: dict[str, Prediction] = {}

    @classmethod
    def open(cls, settings: Settings, folder: Path | None) -> "Reader":
        """With the classifier in `folder`."""
        classifier = Classifier.load(folder, device=settings.device) if folder else None
        return cls(load_encoder(settings), classifier)

    def embed(self, texts: Sequence[str]) -> Vector:
        """Rows for an index of both."""
        vectors = self.encoder.encode(texts)
        if self.classifier is None:
            return vectors
        return space.joined(
            vectors, np.stack([one.vector for one in self._understood(texts) if one.vector is not None])
        )

    def classify(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """What the classifier tells search of each text."""
        return [evidence(one) for one in self._understood(texts)] if self.classifier else [{} for _ in texts]

    def questions(self, texts: Sequence[str], index: Manifest) -> list[Vector]:
        """What to search `index` with, as a service would."""
        name = self.classifier.config.model if self.classifier else ""
        tuned = [one.vector for one in self._understood(texts)] if self.classifier else [None] * len(texts)
        rows = zip(self.encoder.encode(texts), tuned, strict=True)
        return [space.of_question(untouched, own, classifier=name, index=index) for untouched, own in rows]

    def _understood(self, texts: Sequence[str]) -> list[Prediction]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new and self.classifier is not None:
            self._known |= dict(zip(new, self.classifier.predict(new), strict=True))
        return [self._known[text] for text in texts]


def load_searcher(settings: Settings) -> Searcher:
    """The saved index; raises `IndexRefused` when it does not match answers and encoder."""
    templates = load(answers.folder(settings))
    folder, encoder = answers.index_folder(settings), model_id(settings.encoder)
    made = read_manifest(folder).model
    model = made if space.encoder_of(made) == encoder else encoder
    return Searcher.load(folder, templates, model=model, device=settings.device)


def shown(batches: Sequence[Sequence[str]]) -> Iterable[Sequence[str]]:
    """A progress bar on stderr."""
    return tqdm(batches, desc="Reading the answers", unit="batch", file=sys.stderr)
