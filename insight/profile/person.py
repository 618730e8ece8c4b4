"""Traits and consents: what the customer told or agreed to, and how they use the shop."""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import mapping, number, text


def identified(document: dict[str, Any], recorded: Recorded) -> None:
    """Keeps plain values of `traits` (Segment's identify) beside how the customer proved who they are."""
    told = mapping(recorded.event.properties, "traits")
    plain = {key: value for key, value in told.items() if isinstance(value, str | int | float | bool)}
    document["traits"].update(plain)
    method = text(recorded.event.properties, "method")
    if method is not None:
        document["traits"]["identified_by"] = method


def started_talking(document: dict[str, Any], recorded: Recorded) -> None:
    document["traits"]["conversations"] = document["traits"].get("conversations", 0) + 1
    channel = text(recorded.event.properties, "channel")
    if channel is not None:
        document["traits"]["channel"] = channel


def reviewed(document: dict[str, Any], recorded: Recorded) -> None:
    document["traits"]["reviews"] = document["traits"].get("reviews", 0) + 1


def rated(document: dict[str, Any], recorded: Recorded) -> None:
    document["traits"]["last_rating"] = number(recorded.event.properties, "score")


def consented(document: dict[str, Any], recorded: Recorded) -> None:
    """To what the shop asks before the first message."""
    document["consents"]["policy"] = recorded.event.occurred_at.timestamp()


def subscribed(document: dict[str, Any], recorded: Recorded) -> None:
    document["consents"]["newsletter"] = recorded.event.occurred_at.timestamp()


def withdrawn(document: dict[str, Any], recorded: Recorded) -> None:
    document["consents"].pop("policy", None)


def unsubscribed(document: dict[str, Any], recorded: Recorded) -> None:
    document["consents"].pop("newsletter", None)
