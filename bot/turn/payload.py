"""Buttons: Rasa's `/intent{"entity": "value"}`, read by us so that nobody else's slash ever becomes an intent."""

import json
import re
from collections.abc import Mapping
from typing import Any

MODEL = "button"
PATTERN = re.compile(r"/([a-z][a-z0-9_]*)\s*(\{.*\})?", re.DOTALL)


def read(payload: str) -> tuple[str, dict[str, Any]] | None:
    """Intent and entities of a payload; None when it is none."""
    found = PATTERN.fullmatch(payload.strip())
    if found is None:
        return None
    try:
        entities = json.loads(found[2] or "{}")
    except ValueError:
        return None
    return found[1], entities


def parse(title: str, intent: str, entities: dict[str, Any]) -> dict[str, Any]:
    """A parse in Rasa's format for a button that says `title`: certain of its intent, of no mood."""
    best = {"name": intent, "confidence": 1.0}
    return {
        "text": title,
        "intent": best,
        "intent_ranking": [best],
        "entities": [
            {"entity": name, "value": each, "start": 0, "end": 0}
            for name, value in entities.items()
            for each in (value if isinstance(value, list) else [value])
        ],
        "sentiment": {"label": "neutral", "scores": {"negative": 0.0, "neutral": 1.0, "positive": 0.0}},
        "model": MODEL,
        "response_selector": {"default": {"response": None, "ranking": []}},
    }


def entity(parse: Mapping[str, Any], name: str) -> Any:
    """The first value of an entity; None without one."""
    return next((found["value"] for found in parse["entities"] if found["entity"] == name), None)
