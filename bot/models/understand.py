"""One message to Rasa's parse: the classifier's decision, entities, and the templates that answer it.

`faq` is decided here, because it takes two models: the classifier abstains, yet search is sure of an answer. So is
which intents are no request of their own: "hello, where is my order" asks one thing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.clauses import Request
from nlu.entities import EntityFinder
from nlu.parse import RANKING, Entity, Prediction, Thresholds, entities_as_rasa, ranking_as_rasa, understand
from retrieval.search import Hit, Query, Searcher

FAQ = "faq"
HITS = 3
ASIDE = frozenset({"affirm", "bot_challenge", "complaint", "deny", "goodbye", "greet", "thanks"})

Vector = NDArray[np.float32]


def parse(
    text: str,
    prediction: Prediction,
    vector: Vector,
    *,
    finder: EntityFinder,
    searcher: Searcher,
    thresholds: Thresholds,
    model: str,
    requests: Sequence[tuple[Request, Vector]] = (),
    whole: Query | None = None,
    shown: str = "",
) -> dict[str, Any]:
    """Rasa's parse format plus `sentiment`, `model` and `response_selector`; every number a Python float.

    `requests`: the two that the message makes, if it makes two. Then intent, entities and templates are the first
    one's, and `intents` has both with all that is needed to answer each. `whole` and `shown`: see `Searcher.search`.
    """
    found = finder.find(text)
    decided = understand(text, prediction, found, thresholds, model=model)
    if requests:
        both = [_asked(request, vector, found, searcher) for request, vector in requests]
        return decided.as_rasa() | _first(both[0], requests[0][0]) | {"intents": both}
    hits = searcher.search(text, vector, evidence(prediction), k=HITS, whole=whole, shown=shown)
    best = hits[0] if hits and hits[0].fits else None
    if decided.abstains and best is not None and decided.says_something:
        decided = replace(decided, intent=FAQ, confidence=best.score)
    return decided.as_rasa() | {"response_selector": {"default": _selected(hits, best)}}


def _asked(request: Request, vector: Vector, found: Sequence[Entity], searcher: Searcher) -> dict[str, Any]:
    """One of two requests: what is named in its own words comes first, what the other half names after that."""
    clause = request.clause
    entities = sorted(found, key=lambda entity: not clause.start <= entity.start < clause.end)
    hits = searcher.search(clause.text, vector, evidence(request.prediction), k=HITS)
    return {
        "name": request.intent,
        "confidence": float(request.confidence),
        "text": clause.text,
        "entities": entities_as_rasa(entities),
        "response_selector": {"default": _selected(hits, hits[0] if hits and hits[0].fits else None)},
    }


def _first(asked: dict[str, Any], request: Request) -> dict[str, Any]:
    return {
        "intent": {"name": asked["name"], "confidence": asked["confidence"]},
        "intent_ranking": ranking_as_rasa(request.prediction.intents[:RANKING]),
        "entities": asked["entities"],
        "response_selector": asked["response_selector"],
    }


def evidence(prediction: Prediction) -> dict[str, float]:
    """What the classifier tells search: how likely each intent is, the less the likelier it is that none is meant."""
    return {name: probability * (1 - prediction.oos_score) for name, probability in prediction.intents}


def _selected(hits: list[Hit], best: Hit | None) -> dict[str, Any]:
    return {"response": _response(best) if best else None, "ranking": [_response(hit) for hit in hits]}


def _response(hit: Hit) -> dict[str, Any]:
    return {"intent_response_key": hit.template_id, "confidence": float(hit.score), "fits": hit.fits}
