"""One message to Rasa's parse: the classifier's decision, entities, and the templates that answer it.

`faq` is decided here, because it takes two models: the classifier abstains, yet search is sure of an answer.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.entities import EntityFinder
from nlu.parse import Prediction, Thresholds, understand
from retrieval.search import Hit, Searcher

FAQ = "faq"
HITS = 3


def parse(
    text: str,
    prediction: Prediction,
    vector: NDArray[np.float32],
    *,
    finder: EntityFinder,
    searcher: Searcher,
    thresholds: Thresholds,
    model: str,
) -> dict[str, Any]:
    """Rasa's parse format plus `sentiment`, `model` and `response_selector`; every number a Python float."""
    decided = understand(text, prediction, finder.find(text), thresholds, model=model)
    hits = searcher.search(text, vector, evidence(prediction), k=HITS)
    best = hits[0] if hits and hits[0].fits else None
    if decided.abstains and best is not None and decided.says_something:
        decided = replace(decided, intent=FAQ, confidence=best.score)
    return decided.as_rasa() | {"response_selector": {"default": _selected(hits, best)}}


def evidence(prediction: Prediction) -> dict[str, float]:
    """What the classifier tells search: how likely each intent is, the less the likelier it is that none is meant."""
    return {name: probability * (1 - prediction.oos_score) for name, probability in prediction.intents}


def _selected(hits: list[Hit], best: Hit | None) -> dict[str, Any]:
    return {"response": _response(best) if best else None, "ranking": [_response(hit) for hit in hits]}


def _response(hit: Hit) -> dict[str, Any]:
    return {"intent_response_key": hit.template_id, "confidence": float(hit.score)}
