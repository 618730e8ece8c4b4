"""Interests by category and by product: weights that halve with time, and the last events behind each.

An entry holds its weight as of the time of its last event; its value at a later time is derived (`value_at`).
"""

from collections.abc import Mapping
from typing import Any

from insight.events import Recorded
from insight.profile.properties import listed, number, text

DAY_S = 86_400.0
WEIGHTS = {
    "viewed": 1.0,
    "added": 3.0,
    "removed": -1.5,
    "ordered": 4.0,
    "liked": 2.0,  # a review with 4 or 5 stars
    "disliked": -3.0,  # a review with 1 or 2 stars
    "mentioned": 2.0,
    "clicked": 2.0,
    "declined": -2.0,
    "returned": -4.0,
}
EVENTS_BEHIND = 3
MOST_ENTRIES = 200
LEAST_WEIGHT = 0.01


def value_at(entry: Mapping[str, Any], at: float, half_life_days: float) -> float:
    """What an interest's weight has become at epoch second `at`."""
    age_days = max(0.0, at - entry["at"]) / DAY_S
    return float(entry["weight"]) * 0.5 ** (age_days / half_life_days)


def viewed(document: dict[str, Any], recorded: Recorded) -> None:
    _both(document, recorded, recorded.event.properties, WEIGHTS["viewed"])


def added(document: dict[str, Any], recorded: Recorded) -> None:
    _both(document, recorded, recorded.event.properties, WEIGHTS["added"])


def removed(document: dict[str, Any], recorded: Recorded) -> None:
    _both(document, recorded, recorded.event.properties, WEIGHTS["removed"])


def clicked(document: dict[str, Any], recorded: Recorded) -> None:
    _both(document, recorded, recorded.event.properties, WEIGHTS["clicked"])


def ordered(document: dict[str, Any], recorded: Recorded) -> None:
    """An order reported twice counts once."""
    if text(recorded.event.properties, "order_id") in document["orders"]:
        return
    for product in listed(recorded.event.properties, "products"):
        _both(document, recorded, product, WEIGHTS["ordered"])


def reviewed(document: dict[str, Any], recorded: Recorded) -> None:
    stars = number(recorded.event.properties, "rating", 3.0)
    if stars >= 4:
        _both(document, recorded, recorded.event.properties, WEIGHTS["liked"])
    elif stars <= 2:
        _one(document, recorded, "product", text(recorded.event.properties, "product_id"), WEIGHTS["disliked"])


def mentioned(document: dict[str, Any], recorded: Recorded) -> None:
    """A product talked about; an angry message about one is not an interest in it."""
    if text(recorded.event.properties, "sentiment") == "negative":
        return
    for product in listed(recorded.event.properties, "products"):
        _both(document, recorded, product, WEIGHTS["mentioned"])


def declined(document: dict[str, Any], recorded: Recorded) -> None:
    """No to one product says little about its category."""
    _one(document, recorded, "product", text(recorded.event.properties, "product_id"), WEIGHTS["declined"])


def returned(document: dict[str, Any], recorded: Recorded) -> None:
    _one(document, recorded, "product", text(recorded.event.properties, "product_id"), WEIGHTS["returned"])


def _both(document: dict[str, Any], recorded: Recorded, product: Mapping[str, Any], weight: float) -> None:
    _one(document, recorded, "product", text(product, "product_id"), weight)
    _one(document, recorded, "category", text(product, "category"), weight)


def _one(document: dict[str, Any], recorded: Recorded, kind: str, name: str | None, weight: float) -> None:
    if name is None:
        return
    entries = document["interests"][kind]
    at = recorded.event.occurred_at.timestamp()
    before = entries.get(name)
    weight += value_at(before, at, document["half_life_days"]) if before else 0.0
    if weight < LEAST_WEIGHT:
        entries.pop(name, None)
        return
    behind = [*(before["because"] if before else []), [recorded.id, recorded.event.name, at]]
    entries[name] = {"weight": weight, "at": at, "because": behind[-EVENTS_BEHIND:]}
    if len(entries) > MOST_ENTRIES:
        document["interests"][kind] = _strongest(entries, at, document["half_life_days"])


def _strongest(entries: dict[str, Any], at: float, half_life_days: float) -> dict[str, Any]:
    """The better half, so that the sorting is rare."""
    ranked = sorted(entries, key=lambda name: (-value_at(entries[name], at, half_life_days), name))
    return {name: entries[name] for name in ranked[: MOST_ENTRIES // 2]}
