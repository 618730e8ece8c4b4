"""What a message means: the classifier's numbers turned into one intent, by thresholds that came with the model.

`out_of_scope`: the shop's assistant is not there for this. `nlu_fallback`: it is, but which intent is not clear. Both
are decided here, in one place, and nothing else reads the thresholds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.data import OUT_OF_SCOPE, SENTIMENTS
from nlu.emoji import has_words

NLU_FALLBACK = "nlu_fallback"
RANKING = 5


@dataclass(frozen=True)
class Prediction:
    """What one pass of the tuned encoder gives; every probability is calibrated."""

    intents: tuple[tuple[str, float], ...]  # in-scope intents, best first, summing to 1
    sentiment: dict[str, float]  # of negative, neutral, positive; summing to 1
    oos_score: float
    vector: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)  # of the text, of length 1


@dataclass(frozen=True)
class Thresholds:
    """Chosen on validation examples by `nlu.evaluate`, stored in the model's `config.json`."""

    out_of_scope: float  # this score or more: out of scope
    fallback: float  # the best intent less probable than this: unsure
    margin: float  # the best less than this above the second: unsure


@dataclass(frozen=True)
class Entity:
    """A thing named in the text, `text[start:end]`, with the value that the rest of the shop works with."""

    entity: str
    value: str | float | int
    start: int
    end: int


@dataclass(frozen=True)
class Parse:
    """The decided intent, everything it was decided from, and the id of the model that did."""

    text: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    sentiment: Mapping[str, float]
    entities: tuple[Entity, ...] = ()
    model: str = ""

    @property
    def sentiment_label(self) -> str:
        return max(SENTIMENTS, key=lambda label: self.sentiment.get(label, 0.0))

    @property
    def says_something(self) -> bool:
        """Whether there is a letter or a digit in it, or an emoji that stands for words."""
        return has_words(self.text)

    @property
    def abstains(self) -> bool:
        return self.intent in (OUT_OF_SCOPE, NLU_FALLBACK)

    def as_rasa(self) -> dict[str, Any]:
        """Rasa's parse format plus `sentiment` and `model`; `intent_ranking` begins with the decided intent."""
        others = [(name, score) for name, score in self.ranking if name != self.intent]
        ranking = [(self.intent, self.confidence), *others][:RANKING]
        return {
            "text": self.text,
            "intent": {"name": self.intent, "confidence": float(self.confidence)},
            "intent_ranking": ranking_as_rasa(ranking),
            "entities": entities_as_rasa(self.entities),
            "sentiment": {
                "label": self.sentiment_label,
                "scores": {label: float(self.sentiment.get(label, 0.0)) for label in SENTIMENTS},
            },
            "model": self.model,
        }


def ranking_as_rasa(intents: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": float(score)} for name, score in intents]


def entities_as_rasa(entities: Sequence[Entity]) -> list[dict[str, Any]]:
    return [{"entity": each.entity, "value": each.value, "start": each.start, "end": each.end} for each in entities]


def understand(
    text: str, prediction: Prediction, entities: Sequence[Entity], thresholds: Thresholds, *, model: str = ""
) -> Parse:
    """Decide the intent. A text without words, in letters or emoji, says nothing: `nlu_fallback`, neutral."""
    if not has_words(text):
        neutral = {label: float(label == "neutral") for label in SENTIMENTS}
        return Parse(text, NLU_FALLBACK, 1.0, prediction.intents, neutral, tuple(entities), model)
    intent, confidence = decide(prediction, thresholds)
    return Parse(text, intent, confidence, prediction.intents, prediction.sentiment, tuple(entities), model)


def decide(prediction: Prediction, thresholds: Thresholds) -> tuple[str, float]:
    """The intent and how sure we are of it; for `nlu_fallback`, how sure that it is unclear."""
    best, probability = prediction.intents[0]
    second = prediction.intents[1][1] if len(prediction.intents) > 1 else 0.0
    if prediction.oos_score >= thresholds.out_of_scope:
        return OUT_OF_SCOPE, prediction.oos_score
    if probability < thresholds.fallback or probability - second < thresholds.margin:
        return NLU_FALLBACK, 1.0 - probability
    return best, probability
