"""What turns a trained head's numbers into decisions: temperature and thresholds, chosen on validation examples.

Nothing here is typed in: the temperature makes the head as sure as it is right (Guo and others 2017), and the
thresholds follow from what a mistake costs. Refusing a customer who asked something sensible costs more than asking
once too often, and an overconfident wrong answer more than either.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize_scalar

from nlu.data import OUT_OF_SCOPE
from nlu.metrics import macro_f1, softmax
from nlu.parse import Prediction, Thresholds

KEPT = 0.9875  # share of rightly understood messages that must not be called out of scope
WRONG_COSTS = 3  # times what a needless question costs
ASKED_TOO_OFTEN = 0.05  # share of rightly understood messages that may still be asked about
STEPS = 200
RAISED = np.arange(0.0, 3.0, 0.1)  # logits that a rare class may get on top
BLUR = 3.0  # steps of these, over which scores are averaged before the best is chosen
WORTH = 0.005  # macro-F1


def temperature(logits: NDArray[np.floating], truth: Sequence[int]) -> float:
    """The divisor of `logits` under which the true labels are likeliest."""
    rows = np.arange(len(truth))

    def loss(log_value: float) -> float:
        probabilities = softmax(logits, temperature=float(np.exp(log_value)))
        return -float(np.mean(np.log(probabilities[rows, list(truth)] + 1e-12)))

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def balance(logits: NDArray[np.floating], truth: Sequence[int]) -> NDArray[np.float64]:
    """What to add to the logits of each of few classes so that the rare ones are found as well as the others.

    A head that learnt from many of one class and few of others is right most often by naming the first; macro-F1, where
    each class counts as much, wants the others' logits raised. What is chosen lies where the scores around are high
    too: a single peak of a thousand examples is chance. Zeros where that gains less than `WORTH`.
    """
    classes = logits.shape[1]
    common = int(np.bincount(truth, minlength=classes).argmax())
    raised = [place for place in range(classes) if place != common]
    steps = np.array(list(product(RAISED, repeat=len(raised))))
    offsets = np.zeros((len(steps), classes))
    offsets[:, raised] = steps
    scores = np.array([macro_f1(truth, (logits + each).argmax(axis=1)) for each in offsets])
    around = gaussian_filter(scores.reshape((len(RAISED),) * len(raised)), BLUR, mode="nearest")
    best = int(around.argmax())
    return offsets[best] if scores[best] > scores[0] + WORTH else offsets[0]


def thresholds(predictions: Sequence[Prediction], truth: Sequence[str]) -> Thresholds:
    """Choose by validation predictions and their true labels (`out_of_scope` may be among them)."""
    scope = out_of_scope_threshold(predictions, truth)
    kept = [
        (prediction, label)
        for prediction, label in zip(predictions, truth, strict=True)
        if label != OUT_OF_SCOPE and prediction.oos_score < scope
    ]
    right = [prediction for prediction, label in kept if prediction.intents[0][0] == label]
    wrong = [prediction for prediction, label in kept if prediction.intents[0][0] != label]
    allowed = int(ASKED_TOO_OFTEN * len(right))
    fallback = _cut([_best(p) for p in right], [_best(p) for p in wrong], allowed=allowed)
    sure_right = [prediction for prediction in right if _best(prediction) >= fallback]
    sure_wrong = [prediction for prediction in wrong if _best(prediction) >= fallback]
    left = allowed - (len(right) - len(sure_right))
    margin = _cut([_margin(p) for p in sure_right], [_margin(p) for p in sure_wrong], allowed=left)
    return Thresholds(scope, fallback, margin)


def out_of_scope_threshold(predictions: Sequence[Prediction], truth: Sequence[str]) -> float:
    """The score that tells both sides best apart among those that keep `KEPT` of the rightly understood messages.

    A message that would be misunderstood anyway is no loss. Without out-of-scope examples: the lowest of those.
    """
    pairs = list(zip(predictions, truth, strict=True))
    inside = np.array([prediction.oos_score for prediction, label in pairs if label != OUT_OF_SCOPE])
    outside = np.array([prediction.oos_score for prediction, label in pairs if label == OUT_OF_SCOPE])
    right = np.array([p.oos_score for p, label in pairs if p.intents[0][0] == label])
    scores = np.unique(np.concatenate([inside, outside]))
    cuts = [*(scores[:-1] + scores[1:]) / 2, np.nextafter(scores[-1], np.inf)]
    allowed = [float(cut) for cut in cuts if not len(right) or np.mean(right < cut) >= KEPT]
    if not len(outside):
        return allowed[0]
    return max(allowed, key=lambda cut: float(np.mean(inside < cut) + np.mean(outside >= cut)))


def _cut(right: Sequence[float], wrong: Sequence[float], *, allowed: int) -> float:
    """The lowest cut that saves most: wrong ones it stops against right ones it asks about in vain."""
    if not wrong:
        return 0.0
    good, bad = np.array(right), np.array(wrong)
    cuts = [cut for cut in np.linspace(0, 1, STEPS, endpoint=False) if np.sum(good < cut) <= allowed]
    return float(max(cuts, key=lambda cut: (WRONG_COSTS * int(np.sum(bad < cut)) - int(np.sum(good < cut)), -cut)))


def _best(prediction: Prediction) -> float:
    return prediction.intents[0][1]


def _margin(prediction: Prediction) -> float:
    return _best(prediction) - prediction.intents[1][1]
