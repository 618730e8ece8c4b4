"""A person's data in the shop's tables: everything about them, and blanking it."""

from typing import Any

from sqlalchemy import Select, inspect, select, update
from sqlalchemy.orm import Session

from bot.shop.tables import (
    ComplaintRow,
    CustomerRow,
    OrderLineRow,
    OrderRow,
    ReceiptRow,
    ReturnRow,
    ReviewRow,
)

ERASED = "Erased customer"


def export(session: Session, customer_id: str) -> dict[str, Any]:
    """Table name → rows as JSON values."""
    theirs = select(OrderRow.id).where(OrderRow.customer_id == customer_id)
    wanted: dict[str, Select[Any]] = {
        "customer": select(CustomerRow).where(CustomerRow.id == customer_id),
        "orders": select(OrderRow).where(OrderRow.customer_id == customer_id).order_by(OrderRow.placed_at),
        "order_lines": select(OrderLineRow).where(OrderLineRow.order_id.in_(theirs)),
        "returns": select(ReturnRow).where(ReturnRow.order_id.in_(theirs)),
        "reviews": select(ReviewRow).where(ReviewRow.customer_id == customer_id),
        "complaints": select(ComplaintRow).where(ComplaintRow.customer_id == customer_id),
        "receipts": select(ReceiptRow).where(ReceiptRow.customer_id == customer_id),
    }
    return {name: [_as_json(row) for row in session.scalars(rows)] for name, rows in wanted.items()}


def erase(session: Session, customer_id: str) -> bool:
    """Blank what tells who the person is or what they wrote; False when there is nobody of that id."""
    customer = session.get(CustomerRow, customer_id, with_for_update=True)
    if customer is None:
        return False
    customer.name, customer.email, customer.phone, customer.address = ERASED, "", "", ""
    customer.newsletter = False
    theirs = select(OrderRow.id).where(OrderRow.customer_id == customer_id)
    session.execute(
        update(OrderRow).where(OrderRow.customer_id == customer_id).values(address="", payment="", tracking="")
    )
    session.execute(update(ReturnRow).where(ReturnRow.order_id.in_(theirs)).values(reason=""))
    session.execute(update(ReviewRow).where(ReviewRow.customer_id == customer_id).values(body=""))
    session.execute(update(ComplaintRow).where(ComplaintRow.customer_id == customer_id).values(body=""))
    session.execute(update(ReceiptRow).where(ReceiptRow.customer_id == customer_id).values(message=""))
    return True


def _as_json(row: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).columns}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
