"""Train a classifier on a shop's own examples and leave a folder that `nlu.classifier` serves.

Everything happens in a folder beside `out` (checkpoint, export, checks), which takes the place of `out` at the very
end: a training that dies leaves the old model alone, and goes on where it stopped when it is started again.
"""

import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nlu.classifier import Config
from nlu.data import SENTIMENTS, Example, require_sentiments, require_several_labels
from nlu.encoder import PACKAGED, source
from nlu.errors import ModelRefused
from nlu.fit import Task, fit
from nlu.metrics import places
from nlu.model import make, tokenise
from nlu.recipe import Recipe, data_hash
from nlu.release import Held, release

VALIDATION = 0.1

Parts = tuple[list[Example], list[Example]]  # to train on, to validate on


def train(
    rows: Sequence[Example],
    sentiment_rows: Sequence[Example],
    out: Path,
    *,
    base: Path | str = PACKAGED,
    recipe: Recipe = Recipe(),
    device: str = "auto",
) -> Config:
    """Train both heads on one encoder and write the model folder `out`; returns its `Config` with validation metrics.

    A tenth of each label is held out to stop by, calibrate and choose thresholds. Raises `DataError` for examples that
    cannot be learnt from, `ModelRefused` for a base that cannot be loaded.
    """
    started = time.monotonic()
    require_several_labels(rows)
    require_sentiments(sentiment_rows)
    expected = data_hash(rows, sentiment_rows, base=base, recipe=recipe)
    workplace = out.with_name(f"{out.name}.training")
    workplace.mkdir(parents=True, exist_ok=True)
    intents, sentiment = split(rows, seed=recipe.seed), split(sentiment_rows, seed=recipe.seed)
    labels = tuple(sorted({example.label for example in rows}))
    torch.manual_seed(recipe.seed)
    network, tokenizer = make(source(base), intents=len(labels), sentiments=len(SENTIMENTS))
    best_epoch = fit(
        network,
        intents=_tasks(tokenizer, intents, labels),
        sentiment=_tasks(tokenizer, sentiment, SENTIMENTS),
        recipe=recipe,
        padding=tokenizer.pad_token_id or 0,
        checkpoint=workplace / "checkpoint.pt",
        fingerprint=expected,
        device=_device(device),
    )
    config = release(
        network,
        tokenizer,
        workplace / "model",
        held=Held(intents[0], intents[1], sentiment[1]),
        labels=labels,
        base_model=str(base),
        data_hash=expected,
        seed=recipe.seed,
    )
    training = {"examples": len(intents[0]), "sentiment_examples": len(sentiment[0]), "best_epoch": best_epoch}
    seconds = round(time.monotonic() - started, 1)
    config = replace(config, metrics={**config.metrics, "training": {**training, "seconds": seconds}})
    config.save(workplace / "model")
    _put(workplace / "model", out)
    shutil.rmtree(workplace)
    return config


def split(examples: Sequence[Example], *, seed: int) -> Parts:
    """(to train on, to validate on): a tenth of each label, at least one; repeated examples count once."""
    unique = list(dict.fromkeys(examples))
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in unique:
        by_label[example.label].append(example)
    draw = np.random.default_rng(seed)
    chosen: set[Example] = set()
    for label in sorted(by_label):
        few = by_label[label]
        share = max(1, round(VALIDATION * len(few))) if len(few) > 1 else 0
        chosen |= {few[number] for number in draw.permutation(len(few))[:share]}
    return [e for e in unique if e not in chosen], [e for e in unique if e in chosen]


def _tasks(tokenizer: Any, parts: Parts, labels: Sequence[str]) -> tuple[Task, Task]:
    first, second = (
        Task(tokenise(tokenizer, [e.text for e in part]), places([e.label for e in part], labels)) for part in parts
    )
    return first, second


def _device(name: str) -> torch.device:
    gpu = torch.cuda.is_available()
    if name == "cuda" and not gpu:
        raise ModelRefused("DEVICE is cuda, but torch finds no GPU; set it to auto or cpu.")
    return torch.device("cuda" if gpu and name != "cpu" else "cpu")


def _put(folder: Path, out: Path) -> None:
    """Let `folder` take the place of `out`."""
    old = out.with_name(f"{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    folder.rename(out)
    shutil.rmtree(old, ignore_errors=True)
