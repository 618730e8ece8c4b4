"""Suggestions shown to, clicked and declined by the customer: the last time of each, by product; and who gets none."""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import text

MOST_PRODUCTS = 200
WITHHELD = "Suggestion Withheld"


def shown(document: dict[str, Any], recorded: Recorded) -> None:
    _remember(document, "shown", recorded)


def clicked(document: dict[str, Any], recorded: Recorded) -> None:
    _remember(document, "clicked", recorded)


def declined(document: dict[str, Any], recorded: Recorded) -> None:
    _remember(document, "declined", recorded)


def assigned(document: dict[str, Any], recorded: Recorded) -> None:
    """The first suggestion that nobody asked for says whether they are held back, whoever they turn out to be later."""
    if document.get("held_back") is None and not recorded.event.properties.get("requested"):
        document["held_back"] = recorded.event.name == WITHHELD


def _remember(document: dict[str, Any], what: str, recorded: Recorded) -> None:
    product_id = text(recorded.event.properties, "product_id")
    if product_id is None:
        return
    document[what][product_id] = recorded.event.occurred_at.timestamp()
    if len(document[what]) > MOST_PRODUCTS:
        latest = sorted(document[what].items(), key=lambda showing: (-showing[1], showing[0]))
        document[what] = dict(latest[: MOST_PRODUCTS // 2])
