"""Typed reading of an event's properties: what is missing or of the wrong kind reads as nothing, never as an error.

Events come from browsers and other shops' systems; one odd field must not cost us the rest of the event.
"""

import math
from collections.abc import Mapping
from typing import Any


def text(properties: Mapping[str, Any], name: str) -> str | None:
    """The property as a non-empty string (numbers are ids too), else None."""
    value = properties.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def number(properties: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    """The property as a finite number, else `default`."""
    value = properties.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return default
    try:
        read = float(value)
    except ValueError:
        return default
    return read if math.isfinite(read) else default


def listed(properties: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects in a list property."""
    value = properties.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def mapping(properties: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object property, else an empty one."""
    value = properties.get(name)
    return value if isinstance(value, Mapping) else {}
