"""The index of the shop's answers: made with the untouched encoder, and only when what it is made of has changed.

How much the classifier's intents weigh in it is chosen with the classifier that is there; without one, they do not.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from bot import answers
from bot.models import versions
from bot.models.understand import evidence
from bot.settings import Settings
from nlu.classifier import Classifier, Config
from nlu.encoder import Encoder, model_id
from retrieval.build import Classify, assemble, inputs_hash, is_current
from retrieval.search import Searcher
from retrieval.tables import read_none
from retrieval.templates import load


def load_encoder(settings: Settings, *, threads: int | None = None) -> Encoder:
    """The untouched encoder; exported into `VAR_DIR` the first time. `threads`: for one run, None: all cores."""
    cache = settings.var_dir / "encoder"
    return Encoder.load(settings.encoder, cache=cache, threads=threads, device=settings.device)


def index_if_changed(settings: Settings, *, force: bool = False, classifier: Path | None = None) -> bool:
    """Build the index of `data/answers`; False when it was up to date. `classifier`: tune for that folder's model."""
    files = answers.folder(settings)
    templates, none = load(files), read_none(files)
    folder = classifier or versions.in_use(settings)
    name = Config.load(folder).model if folder else ""
    inputs = inputs_hash(templates, model=model_id(settings.encoder), none=none, classifier=name)
    if is_current(answers.index_folder(settings), inputs) and not force:
        return False
    encoder = load_encoder(settings)
    searcher = assemble(
        templates,
        encoder.encode,
        model=encoder.model,
        none=none,
        classify=load_classify(settings, folder),
        classifier=name,
        progress=shown,
    )
    searcher.index.save(answers.index_folder(settings))
    return True


def load_classify(settings: Settings, folder: Path | None = None) -> Classify | None:
    """Texts to what the classifier (in use, or in `folder`) tells search of each; None when none is trained."""
    folder = folder or versions.in_use(settings)
    if folder is None:
        return None
    classifier = Classifier.load(folder, device=settings.device)
    return lambda texts: [evidence(prediction) for prediction in classifier.predict(texts)]


def load_searcher(settings: Settings) -> Searcher:
    """The saved index; raises `IndexRefused` when it does not match answers and encoder."""
    templates = load(answers.folder(settings))
    model = model_id(settings.encoder)
    return Searcher.load(answers.index_folder(settings), templates, model=model, device=settings.device)


def shown(batches: Sequence[Sequence[str]]) -> Iterable[Sequence[str]]:
    """A progress bar on stderr."""
    return tqdm(batches, desc="Reading the answers", unit="batch", file=sys.stderr)
