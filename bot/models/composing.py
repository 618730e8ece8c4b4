"""What the thread that composes is asked: messages as both encoders understood them, and work on the searcher."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.classifier import Config
from nlu.clauses import Request
from nlu.parse import Prediction
from retrieval.templates import Template

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Understood:
    """What the two encoders say of a text."""

    text: str
    prediction: Prediction
    vector: Vector  # of the untouched one
    config: Config  # of the classifier


@dataclass(frozen=True)
class Twofold:
    """A message that makes two requests."""

    message: Understood
    requests: Sequence[tuple[Request, Vector]]


@dataclass(frozen=True)
class Leaning:
    """A message that the one before makes whole, and the template that was said to that one."""

    message: Understood
    whole: Understood
    shown: str


@dataclass(frozen=True)
class Rehearsing:
    """Texts to search for before and after a draft is among the answers."""

    texts: Sequence[Understood]
    draft: Template | None
    vector_of: Mapping[str, Vector]  # of the draft's passages


Composing = (
    Understood | Twofold | Leaning | Rehearsing | Callable[[], None]
)  # a message, batch work, or a change of the searcher
