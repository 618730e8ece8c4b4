"""What a customer does, in plain numbers; the refresh measures everybody by them and the worker one at a time.

A new number is an entry in `NUMBERS`, a new kind of share one in `SHARES`. Hours are UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log1p
from typing import Any

from insight.profile.document import Document
from insight.profile.interests import DAY_S

PARTS_OF_DAY = ("at night", "in the morning", "in the afternoon", "in the evening")  # six hours each


@dataclass(frozen=True)
class Behaviour:
    """`numbers` by name, None where nothing is known; `shares`: kind -> name -> how often; `behind`: observations."""

    numbers: Mapping[str, float | None]
    shares: Mapping[str, Mapping[str, float]]
    behind: Mapping[str, float]


@dataclass(frozen=True)
class Number:
    """`says` it of a group (`here`) beside all customers (`all`); `high` and `low` name a group that stands out by it.

    `behind`: what it is a mean of; of few of them it says little. `grows`: by factors, so its logarithm is compared.
    """

    says: str
    high: str
    low: str
    read: Callable[[Document, float], float | None]
    grows: bool = True
    behind: str | None = None


@dataclass(frozen=True)
class Share:
    """A composition, such as of interest by category; `says` and `high` have a place for the `name`."""

    says: str
    high: str
    count: Callable[[Document], Mapping[str, float]]


def measure(document: Document, now: datetime) -> Behaviour | None:
    """The behaviour that a profile's document tells; None of somebody who neither ordered nor wrote anything."""
    orders, messages = len(_kept(document)), document["sentiment"]["messages"]
    if not orders and not messages:
        return None
    at = max(now.timestamp(), document["last_at"])
    return Behaviour(
        {name: number.read(document, at) for name, number in NUMBERS.items()},
        {kind: share.count(document) for kind, share in SHARES.items()},
        {"orders": float(len(document["orders"])), "messages": float(messages)},
    )


def compared(name: str, value: float) -> float:
    """A number as it is compared: by factors where it grows by them."""
    return log1p(max(0.0, value)) if NUMBERS[name].grows else value


def _kept(document: Document) -> list[Mapping[str, Any]]:
    return [order for order in document["orders"].values() if not order["cancelled"]]


def _recency(document: Document, at: float) -> float | None:
    kept = _kept(document)
    return (at - max(order["at"] for order in kept)) / DAY_S if kept else None


def _spent(document: Document, at: float) -> float:
    return float(sum(order["total"] - order["refunded"] for order in _kept(document)))


def _basket(document: Document, at: float) -> float | None:
    kept = _kept(document)
    return sum(order["total"] for order in kept) / len(kept) if kept else None


def _returns(document: Document, at: float) -> float | None:
    """Orders of which something came back, by their number."""
    orders = document["orders"]
    asked = {issue["order_id"] for issue in document["issues"] if issue["kind"] == "return"}
    back = [id for id, order in orders.items() if order["refunded"] > 0 or id in asked]
    return len(back) / len(orders) if orders else None


def _mood(document: Document, at: float) -> float | None:
    sentiment = document["sentiment"]
    return float(sentiment["mean"]) if sentiment["messages"] else None


def _categories(document: Document) -> Mapping[str, float]:
    """Interest as it was when each was last touched: what fades with time is said by recency."""
    return {name: entry["weight"] for name, entry in document["interests"]["category"].items()}


def _hours(document: Document) -> Mapping[str, float]:
    counted = dict.fromkeys(PARTS_OF_DAY, 0.0)
    for order in document["orders"].values():
        counted[PARTS_OF_DAY[datetime.fromtimestamp(order["at"], UTC).hour // 6]] += 1.0
    return counted


def _intents(document: Document) -> Mapping[str, float]:
    return {name.replace("_", " "): float(seen["count"]) for name, seen in document["intents"].items()}


NUMBERS: Mapping[str, Number] = {
    "recency": Number(
        "The last order was {here:,.0f} days ago, {all:,.0f} days among all customers.",
        "long away",
        "here lately",
        _recency,
    ),
    "orders": Number(
        "{here:,.1f} orders a customer, {all:,.1f} among all.",
        "many orders",
        "few orders",
        lambda document, at: float(len(_kept(document))),
    ),
    "spent": Number("{here:,.2f} spent a customer, {all:,.2f} among all.", "high spending", "low spending", _spent),
    "basket": Number("{here:,.2f} an order, {all:,.2f} among all.", "large orders", "small orders", _basket),
    "returns": Number(
        "Something came back of {here:.0%} of their orders, {all:.0%} among all.",
        "many returns",
        "few returns",
        _returns,
        grows=False,
        behind="orders",
    ),
    "messages": Number(
        "{here:,.1f} messages a customer, {all:,.1f} among all.",
        "many messages",
        "few messages",
        lambda document, at: float(document["sentiment"]["messages"]),
    ),
    "mood": Number(
        "The mood of their messages is {here:+.2f}, {all:+.2f} among all.",
        "content",
        "discontent",
        _mood,
        grows=False,
        behind="messages",
    ),
}
SHARES: Mapping[str, Share] = {
    "category": Share(
        "{here:.0%} of their interest is in {name}, {all:.0%} of all customers'.", "mostly {name}", _categories
    ),
    "hour": Share("{here:.0%} of their orders are placed {name}, {all:.0%} among all.", "ordering {name}", _hours),
    "intent": Share("{here:.0%} of their messages say “{name}”, {all:.0%} among all.", "asking “{name}”", _intents),
}
