"""What search found for a message, as its parse tells it (`bot.models.understand` writes it there)."""

from collections.abc import Mapping
from typing import Any

from retrieval.search import Hit

Parse = Mapping[str, Any] | None  # of a message; None: not understood yet


def ranked(parse: Parse) -> list[Hit]:
    """All that were told, the best first."""
    return [_hit(told) for told in _selected(parse).get("ranking") or ()]


def sure(parse: Parse) -> list[Hit]:
    """Those that search is sure of, the best first: what is said is the first whose conditions hold."""
    best = _selected(parse).get("response")
    if not best:
        return []
    first = _hit(best)
    return [first, *(hit for hit in ranked(parse) if hit.fits and hit.template_id != first.template_id)]


def _selected(parse: Parse) -> Mapping[str, Any]:
    return ((parse or {}).get("response_selector") or {}).get("default") or {}


def _hit(told: Mapping[str, Any]) -> Hit:
    return Hit(str(told["intent_response_key"]), float(told["confidence"]), bool(told.get("fits")))
