"""How good a model is on any labelled file: what `shopkeeper nlu eval` prints; the model is never touched.

`accuracy` and `macro_f1` look at in-scope rows and the best intent without a threshold; the `oos_` ones use the model's
stored threshold, which was chosen on validation examples.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from nlu import metrics
from nlu.classifier import Classifier
from nlu.data import OUT_OF_SCOPE, Example
from nlu.errors import DataError
from nlu.parse import Prediction, Thresholds

BATCH = 32
TIMED = 100


@dataclass(frozen=True)
class Scores:
    """None where the rows have nothing to measure it on."""

    n: int
    n_in_scope: int
    n_out_of_scope: int
    accuracy: float | None  # in-scope rows, best intent, no threshold
    accuracy_low: float | None  # 95 % interval of it
    accuracy_high: float | None
    macro_f1: float | None
    oos_auroc: float | None
    oos_recall: float | None  # out-of-scope rows at or above the stored threshold
    in_scope_kept: float | None  # in-scope rows below it
    ece: float | None  # of the best intent's probability, in-scope rows
    ms_per_message: float | None = None  # one message at a time

    def as_dict(self) -> dict[str, float | int | None]:
        return asdict(self)


def evaluate(classifier: Classifier, examples: Sequence[Example], *, task: str = "intent") -> Scores:
    """Measure on `examples`, for `task` intent or sentiment; raises `DataError` for a label the model does not know."""
    known = [*classifier.config.in_scope, OUT_OF_SCOPE] if task == "intent" else list(classifier.config.sentiments)
    for number, example in enumerate(examples, 2):
        if example.label not in known:
            raise DataError(f"Row {number}: the model does not know the label {example.label!r}.")
    predictions = predict(classifier, [example.text for example in examples])
    labels = [example.label for example in examples]
    if task == "sentiment":
        scores = sentiment_scores(predictions, labels)
    else:
        scores = intent_scores(predictions, labels, thresholds=classifier.config.thresholds)
    return Scores(**scores.as_dict() | {"ms_per_message": latency_ms(classifier, examples)})  # type: ignore[arg-type]


def predict(classifier: Classifier, texts: Sequence[str]) -> list[Prediction]:
    """Predictions for many texts, a batch at a time."""
    starts = range(0, len(texts), BATCH)
    return [prediction for start in starts for prediction in classifier.predict(texts[start : start + BATCH])]


def intent_scores(predictions: Sequence[Prediction], labels: Sequence[str], *, thresholds: Thresholds) -> Scores:
    pairs = list(zip(predictions, labels, strict=True))
    inside = [(prediction, label) for prediction, label in pairs if label != OUT_OF_SCOPE]
    outside = [prediction for prediction, label in pairs if label == OUT_OF_SCOPE]
    kept = [prediction.oos_score < thresholds.out_of_scope for prediction, _ in inside]
    caught = [prediction.oos_score >= thresholds.out_of_scope for prediction in outside]
    return _scores(
        [label for _, label in inside],
        [prediction.intents[0][0] for prediction, _ in inside],
        [prediction.intents[0][1] for prediction, _ in inside],
        n=len(pairs),
        oos_auroc=metrics.auroc([p.oos_score for p in outside], [p.oos_score for p, _ in inside])
        if outside and inside
        else None,
        oos_recall=sum(caught) / len(caught) if caught else None,
        in_scope_kept=sum(kept) / len(kept) if kept else None,
    )


def sentiment_scores(predictions: Sequence[Prediction], labels: Sequence[str]) -> Scores:
    best = [max(prediction.sentiment.items(), key=lambda item: item[1]) for prediction in predictions]
    guesses, confidences = [label for label, _ in best], [score for _, score in best]
    return _scores(labels, guesses, confidences, n=len(labels), oos_auroc=None, oos_recall=None, in_scope_kept=None)


def latency_ms(classifier: Classifier, examples: Sequence[Example]) -> float:
    """Milliseconds a message takes alone, the median of up to 100 after a warm-up."""
    texts = [example.text for example in examples[:TIMED]]
    classifier.predict(texts[:1])
    times = []
    for text in texts:
        started = time.perf_counter()
        classifier.predict([text])
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2] * 1000


def _scores(
    truth: Sequence[str],
    guesses: Sequence[str],
    confidences: Sequence[float],
    *,
    n: int,
    oos_auroc: float | None,
    oos_recall: float | None,
    in_scope_kept: float | None,
) -> Scores:
    right = [real == guess for real, guess in zip(truth, guesses, strict=True)]
    share = sum(right) / len(right) if right else None
    low, high = metrics.interval(share, len(right)) if share is not None else (None, None)
    return Scores(
        n=n,
        n_in_scope=len(truth),
        n_out_of_scope=n - len(truth),
        accuracy=share,
        accuracy_low=low,
        accuracy_high=high,
        macro_f1=metrics.macro_f1(truth, guesses) if truth else None,
        oos_auroc=oos_auroc,
        oos_recall=oos_recall,
        in_scope_kept=in_scope_kept,
        ece=metrics.expected_calibration_error(confidences, right) if right else None,
    )
