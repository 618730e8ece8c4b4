"""The shop's own classifier: trained from `data/`, and only when what it is made of has changed."""

import os
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings
from nlu.classifier import Config
from nlu.data import Example, read
from nlu.recipe import data_hash, is_current

Trainer = Callable[..., Config]


def model_folder(settings: Settings) -> Path:
    return settings.var_dir / "models" / "nlu"


def intents_file(settings: Settings) -> Path:
    return settings.data_dir / "intents.csv"


def sentiment_file(settings: Settings) -> Path:
    return settings.data_dir / "sentiment.csv"


def examples(settings: Settings) -> tuple[list[Example], list[Example]]:
    """The shop's intents and sentiment examples; raises `nlu.errors.DataError`."""
    return read(intents_file(settings)), read(sentiment_file(settings))


def train_if_changed(settings: Settings) -> bool:
    """Train on `data/`; False when the model there is of the same examples, base and settings."""
    rows, sentiment_rows = examples(settings)
    out = model_folder(settings)
    if is_current(out, data_hash(rows, sentiment_rows, base=settings.encoder)):
        return False
    trainer()(rows, sentiment_rows, out, base=settings.encoder, device=settings.device)
    return True


def trainer() -> Trainer:
    """`nlu.train.train`. torch is imported here and nowhere else in this package.

    Its threads must not spin while they wait: on a machine with other work that doubled the time of a step.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from nlu.train import train

    return train
