"""Why a message was understood as it was: the words that carried the intent and the nearest training examples.

`explain` leaves out one word after the other and asks the served model again: it needs no torch, so the console uses
it. `nlu.gradients` gives the same `Explanation` by integrated gradients, for the command line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.classifier import NEIGHBOURS_CSV, Classifier
from nlu.data import OUT_OF_SCOPE, read
from nlu.evaluate import predict
from nlu.network import MAX_CHARACTERS
from nlu.parse import Prediction

WORDS = re.compile(r"\S+")
NEAREST = 5
SMALLEST = 1e-30


@dataclass(frozen=True)
class Explanation:
    """`words` in their order, each with what it did for `intent` (negative: against it), absolute values summing to 1.

    `nearest`: (text, label, cosine) of in-scope training examples, best first; empty for a model that keeps no texts.
    """

    intent: str
    words: tuple[tuple[str, float], ...]
    nearest: tuple[tuple[str, str, float], ...]


def explain(folder: Path, text: str) -> Explanation:
    """Explain `text` by the model in `folder`; about half a second, so call it in a thread. Raises `ModelRefused`.

    A word's weight is how much the log-odds of the intent fall without it (Li and others 2016, "Understanding neural
    networks through representation erasure").
    """
    classifier = Classifier.load(folder, threads=1, device="cpu", exact=True)
    text = text[:MAX_CHARACTERS]
    spans = [found.span() for found in WORDS.finditer(text)]
    whole, *without = predict(classifier, [text, *(text[:start] + text[end:] for start, end in spans)])
    intent = explained_intent(classifier, whole)
    falls = [log_odds(whole, intent) - log_odds(prediction, intent) for prediction in without]
    words = [text[start:end] for start, end in spans]
    return Explanation(intent, shares(words, falls), nearest(folder, classifier, text))


def nearest(folder: Path, classifier: Classifier, text: str) -> tuple[tuple[str, str, float], ...]:
    """(text, label, cosine) of the training examples nearest to `text`."""
    if not (folder / NEIGHBOURS_CSV).exists():
        return ()
    examples = read(folder / NEIGHBOURS_CSV)
    found = classifier.nearest(text, count=NEAREST)
    return tuple((examples[row].text, examples[row].label, cosine) for row, cosine in found)


def explained_intent(classifier: Classifier, prediction: Prediction) -> str:
    """The decided intent; the likeliest one where it is not clear which is meant."""
    outside = prediction.oos_score >= classifier.config.thresholds.out_of_scope
    return OUT_OF_SCOPE if outside else prediction.intents[0][0]


def log_odds(prediction: Prediction, intent: str) -> float:
    """The others' probabilities are added up, for 1 minus a sure one would be 0 whichever word is missing."""
    if intent == OUT_OF_SCOPE:
        yes, no = prediction.oos_score, 1.0 - prediction.oos_score
    else:
        yes = dict(prediction.intents)[intent]
        no = sum(probability for name, probability in prediction.intents if name != intent)
    return float(np.log(max(yes, SMALLEST)) - np.log(max(no, SMALLEST)))


def shares(words: Sequence[str], weights: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """Words and weights in pairs, the weights' absolute values summing to 1 (all 0 where none does anything)."""
    total = sum(abs(weight) for weight in weights) or 1.0
    return tuple((word, weight / total) for word, weight in zip(words, weights, strict=True))
