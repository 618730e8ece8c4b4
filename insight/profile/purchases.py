"""Orders: what recency, frequency and money are computed from, and what was bought when."""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import listed, number, text

MOST_PRODUCTS = 1_000


def completed(document: dict[str, Any], recorded: Recorded) -> None:
    properties = recorded.event.properties
    at = recorded.event.occurred_at.timestamp()
    order_id = text(properties, "order_id") or recorded.event.message_id
    products = listed(properties, "products")
    total = number(properties, "total", number(properties, "revenue", sum(_price(product) for product in products)))
    before = document["orders"].get(order_id)
    document["orders"][order_id] = {
        "at": before["at"] if before else at,
        "total": total,
        "refunded": before["refunded"] if before else 0.0,
        "cancelled": bool(before and before["cancelled"]),
    }
    for product in products:
        product_id = text(product, "product_id")
        if product_id is not None:
            document["bought"][product_id] = at
    if len(document["bought"]) > MOST_PRODUCTS:
        latest = sorted(document["bought"].items(), key=lambda bought: (-bought[1], bought[0]))
        document["bought"] = dict(latest[: MOST_PRODUCTS // 2])


def cancelled(document: dict[str, Any], recorded: Recorded) -> None:
    order = document["orders"].get(text(recorded.event.properties, "order_id"))
    if order is not None:
        order["cancelled"] = True


def refunded(document: dict[str, Any], recorded: Recorded) -> None:
    """Takes back `total`, else the price of the listed products, else the whole order; never more than was paid."""
    properties = recorded.event.properties
    order = document["orders"].get(text(properties, "order_id"))
    if order is None:
        return
    priced = sum(_price(product) for product in listed(properties, "products"))
    amount = number(properties, "total") or priced or order["total"]
    order["refunded"] = min(order["total"], order["refunded"] + max(0.0, amount))


def _price(product: Any) -> float:
    return number(product, "price") * number(product, "quantity", 1.0)
