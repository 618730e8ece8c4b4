"""The settings of a training and the hash of everything it depends on, so that nobody trains twice for nothing.

No torch in here: who only asks whether a model is up to date should not wait for it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from nlu.classifier import FORMAT, Config
from nlu.data import Example
from nlu.encoder import PACKAGED, model_id
from nlu.errors import ModelRefused


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; the defaults were chosen on validation examples."""

    epochs: int = 6
    batch: int = 32
    learning_rate: float = 1e-4  # of the encoder's last layer
    layer_decay: float = 0.9  # each layer below learns that much slower
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warm_up: float = 0.1  # share of all steps
    label_smoothing: float = 0.1
    patience: int = 3  # epochs without a better validation score
    seed: int = 1


def data_hash(
    rows: Sequence[Example],
    sentiment_rows: Sequence[Example],
    *,
    base: Path | str = PACKAGED,
    recipe: Recipe = Recipe(),
) -> str:
    """Equal when training again would give the same model: examples, base weights, settings, format."""
    digest = sha256(repr((FORMAT, model_id(base), sorted(asdict(recipe).items()))).encode())
    for part in (rows, sentiment_rows):
        digest.update(repr([(example.text, example.label) for example in part]).encode())
    return digest.hexdigest()[:16]


def is_current(out: Path, expected: str) -> bool:
    """Whether the model in `out` was trained from what hashes to `expected`."""
    try:
        return Config.load(out).data_hash == expected
    except ModelRefused:
        return False
