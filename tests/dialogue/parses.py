"""Parses as the gateway hands them to Rasa, written by hand: the dialogue is tested without any model."""

import json
import re
from typing import Any


def typed(
    text: str, intent: str, *, hit: str | None = None, ranking: tuple[str, ...] = (), **entities: Any
) -> dict[str, Any]:
    """A typed message; `hit`: the template that search found, `ranking`: the intents it could also be."""
    response = {"intent_response_key": hit, "confidence": 0.9} if hit else None
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": name, "confidence": 0.4} for name in (ranking or (intent,))],
        "entities": [{"entity": k, "value": v, "start": 0, "end": 0} for k, v in entities.items()],
        "sentiment": {"label": "neutral", "scores": {"negative": 0.1, "neutral": 0.8, "positive": 0.1}},
        "model": "hand",
        "response_selector": {"default": {"response": response, "ranking": [response] if response else []}},
    }


def pressed(button: dict[str, str]) -> dict[str, Any]:
    """A pressed button, read as the gateway reads it."""
    found = re.fullmatch(r"/([a-z_]+)(\{.*\})?", button["payload"], re.DOTALL)
    assert found, button
    return typed(button["title"], found[1], **json.loads(found[2] or "{}")) | {"model": "button"}
