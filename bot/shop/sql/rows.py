"""Rows into values."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.shop.money import from_pence
from bot.shop.port import Customer, Discount, Order, OrderLine, Product, Return, Review
from bot.shop.tables import (
    CustomerRow,
    DiscountRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    ReturnRow,
    ReviewRow,
)

IDS_A_STATEMENT = 500


def to_product(row: ProductRow) -> Product:
    return Product(
        id=row.id,
        name=row.name,
        category=row.category,
        description=row.description,
        price=from_pence(row.price_pence),
        currency=row.currency,
        attributes=row.attributes,
        stock=row.stock,
        image=row.image or f"/pictures/{row.id}.svg",
        url=row.url or f"/products/{row.id}",
    )


def to_customer(row: CustomerRow) -> Customer:
    return Customer(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        address=row.address,
        newsletter=row.newsletter,
        since=row.since,
    )


def to_return(row: ReturnRow) -> Return:
    return Return(
        id=row.id,
        order_id=row.order_id,
        product_id=row.product_id,
        name=row.name,
        quantity=row.quantity,
        reason=row.reason,
        resolution=row.resolution,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        requested_on=row.requested_on,
        closed_on=row.closed_on,
        amount=from_pence(row.amount_pence),
    )


def to_review(row: ReviewRow) -> Review:
    return Review(
        product_id=row.product_id,
        customer_id=row.customer_id,
        rating=row.rating,
        text=row.body,
        written_on=row.written_on,
    )


def to_discount(row: DiscountRow) -> Discount:
    return Discount(
        code=row.code,
        description=row.description,
        percent=row.percent,
        minimum=from_pence(row.minimum_pence),
        valid_until=row.valid_until,
    )


def to_order(row: OrderRow, lines: Iterable[OrderLineRow], returns: Iterable[ReturnRow]) -> Order:
    values = tuple(
        OrderLine(
            product_id=line.product_id, name=line.name, quantity=line.quantity, price=from_pence(line.price_pence)
        )
        for line in lines
    )
    shipping = from_pence(row.shipping_pence)
    return Order(
        id=row.id,
        customer_id=row.customer_id,
        status=row.status,  # type: ignore[arg-type]
        placed_at=row.placed_at,
        expected_on=row.expected_on,
        shipped_on=row.shipped_on,
        delivered_on=row.delivered_on,
        cancelled_on=row.cancelled_on,
        lines=values,
        shipping=shipping,
        total=sum((line.total for line in values), shipping),
        currency=row.currency,
        address=row.address,
        delivery=row.delivery,
        payment=row.payment,
        carrier=row.carrier,
        tracking=row.tracking,
        returns=tuple(to_return(returned) for returned in returns),
    )


def to_orders(session: Session, rows: Sequence[OrderRow]) -> list[Order]:
    """The orders of these rows in their order, with lines and returns read in two statements a batch."""
    orders: list[Order] = []
    for start in range(0, len(rows), IDS_A_STATEMENT):
        batch = rows[start : start + IDS_A_STATEMENT]
        ids = [row.id for row in batch]
        lines: dict[str, list[OrderLineRow]] = {id: [] for id in ids}
        returns: dict[str, list[ReturnRow]] = {id: [] for id in ids}
        wanted = select(OrderLineRow).where(OrderLineRow.order_id.in_(ids)).order_by(OrderLineRow.position)
        for line in session.scalars(wanted):
            lines[line.order_id].append(line)
        sent_back = select(ReturnRow).where(ReturnRow.order_id.in_(ids)).order_by(ReturnRow.requested_on, ReturnRow.id)
        for returned in session.scalars(sent_back):
            returns[returned.order_id].append(returned)
        orders.extend(to_order(row, lines[row.id], returns[row.id]) for row in batch)
    return orders


def long_date(day: date) -> str:
    """For a sentence: `3 May 2026`."""
    return f"{day.day} {day:%B %Y}"
