"""The index of the shop's answers: made with the untouched encoder, and only when what it is made of has changed.

How much the classifier's intents weigh in it is chosen with the classifier that is there; without one, they do not.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from bot.models import training
from bot.models.understand import evidence
from bot.settings import Settings
from nlu.classifier import CONFIG_FILE, Classifier, Config
from nlu.encoder import Encoder, model_id
from retrieval.build import Classify, assemble, inputs_hash, is_current
from retrieval.search import Searcher
from retrieval.tables import read_none
from retrieval.templates import load


def answers_folder(settings: Settings) -> Path:
    return settings.data_dir / "answers"


def index_folder(settings: Settings) -> Path:
    return settings.var_dir / "index" / "answers"


def load_encoder(settings: Settings, *, threads: int | None = None) -> Encoder:
    """The untouched encoder; exported into `VAR_DIR` the first time. `threads`: for one run, None: all cores."""
    cache = settings.var_dir / "encoder"
    return Encoder.load(settings.encoder, cache=cache, threads=threads, device=settings.device)


def index_if_changed(settings: Settings, *, force: bool = False) -> bool:
    """Build the index of `data/answers`; False when it was up to date."""
    answers = answers_folder(settings)
    templates, none = load(answers), read_none(answers)
    classifier = classifier_id(settings)
    inputs = inputs_hash(templates, model=model_id(settings.encoder), none=none, classifier=classifier)
    if is_current(index_folder(settings), inputs) and not force:
        return False
    encoder = load_encoder(settings)
    searcher = assemble(
        templates,
        encoder.encode,
        model=encoder.model,
        none=none,
        classify=load_classify(settings),
        classifier=classifier,
        progress=shown,
    )
    searcher.index.save(index_folder(settings))
    return True


def classifier_id(settings: Settings) -> str:
    """The id of the shop's trained classifier; empty when there is none."""
    folder = training.model_folder(settings)
    return Config.load(folder).model if (folder / CONFIG_FILE).exists() else ""


def load_classify(settings: Settings) -> Classify | None:
    """Texts to what the classifier tells search of each; None when none is trained."""
    if not classifier_id(settings):
        return None
    classifier = Classifier.load(training.model_folder(settings), device=settings.device)
    return lambda texts: [evidence(prediction) for prediction in classifier.predict(texts)]


def load_searcher(settings: Settings) -> Searcher:
    """The saved index; raises `IndexRefused` when it does not match answers and encoder."""
    templates = load(answers_folder(settings))
    return Searcher.load(index_folder(settings), templates, model=model_id(settings.encoder))


def shown(batches: Sequence[Sequence[str]]) -> Iterable[Sequence[str]]:
    """A progress bar on stderr."""
    return tqdm(batches, desc="Reading the answers", unit="batch", file=sys.stderr)
