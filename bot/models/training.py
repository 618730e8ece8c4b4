"""The shop's own classifier: trained from `data/`, and by `setup` only when what it is made of has changed."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.models import versions
from bot.review.examples import learned_file, refresh, with_learned
from bot.settings import Settings
from nlu.classifier import Config
from nlu.data import Example, read
from nlu.errors import ModelRefused
from nlu.recipe import Recipe, data_hash

Trainer = Callable[..., Config]
CANDIDATE = "candidate"


def model_folder(settings: Settings) -> Path:
    """The folder of the classifier in use; raises `ModelRefused` when none is trained."""
    folder = versions.in_use(settings)
    if folder is None:
        raise ModelRefused(versions.NONE_TRAINED)
    return folder


def intents_file(settings: Settings) -> Path:
    return settings.data_dir / "intents.csv"


def sentiment_file(settings: Settings) -> Path:
    return settings.data_dir / "sentiment.csv"


def intents(settings: Settings, *, fresh: bool = False) -> list[Example]:
    """The shop's examples and those that people confirmed: as the last training saw them, or all (`fresh`).

    So confirming a message makes no `setup` train: a new model is asked for, compared and chosen.
    """
    if fresh:
        refresh(settings)
    return with_learned(read(intents_file(settings)), learned_file(settings))


def examples(settings: Settings) -> tuple[list[Example], list[Example]]:
    """The shop's intents and sentiment examples; raises `nlu.errors.DataError`."""
    return intents(settings), read(sentiment_file(settings))


def set_aside(settings: Settings) -> tuple[list[Example], list[Example]]:
    """What a training on the shop's examples does not learn but measures itself by: intents and sentiment.

    A model that learnt from other examples may know some of them.
    """
    trainer()
    from nlu.train import split

    intent_rows, sentiment_rows = (split(rows, seed=Recipe.seed)[1] for rows in examples(settings))
    return intent_rows, sentiment_rows


def train_if_changed(settings: Settings) -> bool:
    """Train on `data/` and use the new model; False when there is a model of the same examples, base and settings.

    That model need not be in use: whoever went back to an older one keeps it until the examples change.
    """
    rows, sentiment_rows = examples(settings)
    expected = data_hash(rows, sentiment_rows, base=settings.encoder)
    if any(version.config.data_hash == expected for version in versions.every(settings)):
        return False
    trained, _ = train_candidate(settings, rows, sentiment_rows)
    versions.use(settings, trained)
    return True


def train_candidate(
    settings: Settings,
    rows: Sequence[Example],
    sentiment_rows: Sequence[Example],
    *,
    recipe: Recipe = Recipe(),
    validation: Sequence[Example] = (),
) -> tuple[Path, Config]:
    """Train a model of the shop's own into its folder; it is used only where there is no other."""
    used = versions.in_use(settings)
    out = versions.models_folder(settings) / CANDIDATE
    config = trainer()(
        rows,
        sentiment_rows,
        out,
        base=settings.encoder,
        recipe=recipe,
        device=settings.device,
        validation=validation,
    )
    folder = versions.take_in(settings, out, move=True)
    versions.use(settings, used or folder)
    return folder, config


def trainer() -> Trainer:
    """`nlu.train.train`. torch is imported here and nowhere else in this package.

    Its threads must not spin while they wait: on a machine with other work that doubled the time of a step.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from nlu.train import train

    return train
