"""The index of the shop's answers: made with the untouched encoder, and only when what it is made of has changed."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from bot.settings import Settings
from nlu.encoder import Encoder, model_id
from retrieval.build import build, inputs_hash, is_current
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
    inputs = inputs_hash(templates, model=model_id(settings.encoder), none=none)
    if is_current(index_folder(settings), inputs) and not force:
        return False
    encoder = load_encoder(settings)
    build(index_folder(settings), templates, encoder.encode, model=encoder.model, none=none, progress=shown)
    return True


def load_searcher(settings: Settings) -> Searcher:
    """The saved index; raises `IndexRefused` when it does not match answers and encoder."""
    templates = load(answers_folder(settings))
    return Searcher.load(index_folder(settings), templates, model=model_id(settings.encoder))


def shown(batches: Sequence[Sequence[str]]) -> Iterable[Sequence[str]]:
    """A progress bar on stderr."""
    return tqdm(batches, desc="Reading the answers", unit="batch", file=sys.stderr)
