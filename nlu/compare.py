"""What a new model changes: every message that was decided rightly and would not be any more, before it goes live.

"Decided" is what a customer meets: the intent after the model's own thresholds, so a message that the new model only
asks about counts as lost. Whether the difference is more than chance says McNemar's exact test (1947) on the flips.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest

from nlu.classifier import Classifier
from nlu.data import Example
from nlu.evaluate import Scores, intent_scores, latency_ms, predict
from nlu.parse import Prediction, Thresholds, decide

Decision = tuple[str, float]


@dataclass(frozen=True)
class Flip:
    """A message that one model decides rightly and the other does not; each with its confidence."""

    text: str
    label: str
    old: str
    old_confidence: float
    new: str
    new_confidence: float


@dataclass(frozen=True)
class LabelChange:
    label: str
    n: int
    old_right: int
    new_right: int


@dataclass(frozen=True)
class Model:
    """One side: its numbers on the messages, and its thresholds."""

    model: str
    scores: Scores
    thresholds: Thresholds


@dataclass(frozen=True)
class Comparison:
    """`broken` and `mended`: surest first. `p_value`: how likely such a difference is when neither is better."""

    n: int
    old: Model
    new: Model
    broken: tuple[Flip, ...]
    mended: tuple[Flip, ...]
    labels: tuple[LabelChange, ...]  # those that changed, most lost first
    p_value: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(old: Classifier, new: Classifier, examples: Sequence[Example]) -> Comparison:
    """Both models on the same `examples`; a label that a model does not know is wrong in it."""
    texts, labels = [example.text for example in examples], [example.label for example in examples]
    before, after = predict(old, texts), predict(new, texts)
    decided = [_decided(old, before), _decided(new, after)]
    pairs = list(zip(examples, *decided, strict=True))
    broken = [_flip(*pair) for pair in pairs if _right(pair[0], pair[1]) and not _right(pair[0], pair[2])]
    mended = [_flip(*pair) for pair in pairs if _right(pair[0], pair[2]) and not _right(pair[0], pair[1])]
    flips = len(broken) + len(mended)
    return Comparison(
        n=len(examples),
        old=_model(old, before, labels, examples),
        new=_model(new, after, labels, examples),
        broken=tuple(sorted(broken, key=lambda flip: -flip.new_confidence)),
        mended=tuple(sorted(mended, key=lambda flip: -flip.new_confidence)),
        labels=_changes(pairs),
        p_value=float(binomtest(len(broken), flips, 0.5).pvalue) if flips else 1.0,
    )


def _decided(classifier: Classifier, predictions: Sequence[Prediction]) -> list[Decision]:
    return [decide(prediction, classifier.config.thresholds) for prediction in predictions]


def _right(example: Example, decision: Decision) -> bool:
    return decision[0] == example.label


def _flip(example: Example, old: Decision, new: Decision) -> Flip:
    return Flip(example.text, example.label, *old, *new)


def _model(
    classifier: Classifier, predictions: Sequence[Prediction], labels: Sequence[str], examples: Sequence[Example]
) -> Model:
    config = classifier.config
    scores = intent_scores(predictions, labels, thresholds=config.thresholds).as_dict()
    timed = Scores(**scores | {"ms_per_message": latency_ms(classifier, examples)})  # type: ignore[arg-type]
    return Model(config.model, timed, config.thresholds)


def _changes(pairs: Sequence[tuple[Example, Decision, Decision]]) -> tuple[LabelChange, ...]:
    right: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for example, old, new in pairs:
        right[example.label].append((_right(example, old), _right(example, new)))
    changes = [
        LabelChange(label, len(both), sum(old for old, _ in both), sum(new for _, new in both))
        for label, both in right.items()
    ]
    changed = [change for change in changes if change.old_right != change.new_right]
    return tuple(sorted(changed, key=lambda change: (change.new_right - change.old_right, change.label)))
