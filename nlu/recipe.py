"""The settings of a training, what follows from them for given examples, and the hash of everything a model depends on.

No setting knows a data set: what has to differ between a shop with ten examples a label and one with ten thousand
follows from the examples by the rules in here. No torch: who asks whether a model is up to date should not wait for it.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from nlu.classifier import FORMAT, Config
from nlu.data import Example
from nlu.encoder import PACKAGED, model_id
from nlu.errors import ModelRefused

TRAINING_FORMAT = 8  # part of the hash: raise it when training changes
CHARACTERS_A_TOKEN = 4.5
LONGEST = 128  # tokens that are read of a text
ADVERSARY = 0.28  # the adversary's step, in lengths of an average word of the encoder
MOST_READ_TWICE = 6_000  # examples up to which there is an adversary: with it every step takes twice the time
EPOCHS, EPOCHS_READ_TWICE = 6, 4
LEADS = 4  # times as many examples of sentiment as of intents, and sentiment is what is trained


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; the defaults were chosen on validation examples, see docs/nlu-experiments.md."""

    epochs: int = 0  # 0: as `planned`
    least_steps: int = 150  # a small set is read more often, until the weights had time to move
    most_tokens: int = 3_000_000  # a large one less often: about a quarter of an hour on two cores
    batch: int = 32
    learning_rate: float = 1e-4  # of the encoder's last layer
    layer_decay: float = 0.9  # each layer below learns that much slower
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warm_up: float = 0.1  # share of all steps
    label_smoothing: float = 0.1
    contrast: float = 0.5  # weight of the supervised contrastive loss
    noise: float = 0.0  # share of texts that an epoch reads with typing mistakes
    adversarial: float | None = None  # the adversary's step in lengths of a word, 0: none; None: as `planned`
    lora: int = 0  # rank of the adapters that are trained in place of the encoder, 0: the encoder itself
    patience: int = 3  # epochs without a better validation score
    seed: int = 1


def sentiment_leads(intents: int, sentiment: int) -> bool:
    """Whether an epoch is one pass over the sentiment examples and not over those of intents."""
    return sentiment > LEADS * intents


def planned(recipe: Recipe, rows: Sequence[Example], sentiment_rows: Sequence[Example]) -> Recipe:
    """`recipe` with what it leaves open.

    An adversary unless there are very many examples, fewer epochs with it, and in any case as many as these examples
    need: the least steps, no more tokens than allowed.
    """
    leading = sentiment_rows if sentiment_leads(len(rows), len(sentiment_rows)) else rows
    adversarial = recipe.adversarial
    if adversarial is None:
        adversarial = ADVERSARY if len(leading) <= MOST_READ_TWICE else 0.0
    steps = math.ceil(len(leading) / recipe.batch)
    wanted = max(recipe.epochs or (EPOCHS_READ_TWICE if adversarial else EPOCHS), math.ceil(recipe.least_steps / steps))
    tokens = sum(min(LONGEST, len(e.text) / CHARACTERS_A_TOKEN) for e in [*rows, *sentiment_rows])
    epochs = max(1, min(wanted, int(recipe.most_tokens / max(tokens, 1.0))))
    return replace(recipe, epochs=epochs, adversarial=adversarial)


def data_hash(
    rows: Sequence[Example],
    sentiment_rows: Sequence[Example],
    *,
    base: Path | str = PACKAGED,
    recipe: Recipe = Recipe(),
    validation: Sequence[Example] = (),
) -> str:
    """Equal when training again would give the same model: examples, base weights, settings, format."""
    settings = (FORMAT, TRAINING_FORMAT, model_id(base), sorted(asdict(recipe).items()))
    digest = sha256(repr(settings).encode())
    for part in (rows, sentiment_rows, validation):
        digest.update(repr([(example.text, example.label) for example in part]).encode())
    return digest.hexdigest()[:16]


def is_current(out: Path, expected: str) -> bool:
    """Whether the model in `out` was trained from what hashes to `expected`."""
    try:
        return Config.load(out).data_hash == expected
    except ModelRefused:
        return False
