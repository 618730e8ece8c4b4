"""Sending a delivered product back, and where the money is."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from bot.shop.errors import Invalid, NotPossible
from bot.shop.money import from_pence, written
from bot.shop.port import Order, Receipt, Refund
from bot.shop.sql.rows import long_date
from bot.shop.sql.write import Write, described, lines_of
from bot.shop.tables import OrderLineRow, OrderRow, ProductRow, ReturnRow

RETURN_DAYS = 30
REFUND_DAYS = 5  # from the cancellation, or from the parcel's arrival at the shop
RESOLUTIONS = ("refund", "replacement")
NOT_YET = {
    "placed": "has not been sent yet. I can cancel it instead.",
    "paid": "has not been sent yet. I can cancel it instead.",
    "packed": "has not arrived yet. You can return it once it is there.",
    "shipped": "is still on its way. You can return it once it is there.",
    "cancelled": "was cancelled, so there is nothing to send back.",
}


def start(
    write: Write, order_id: str, *, product_id: str, reason: str, resolution: str, quantity: int | None
) -> Receipt:
    order = write.own_order(order_id)
    if resolution not in RESOLUTIONS:
        raise Invalid("A return ends in a refund or in a replacement.")
    line = next((line for line in lines_of(write.session, order.id) if line.product_id == product_id), None)
    if line is None:
        raise NotPossible(f"That product is not in order {order.id}.")
    id = f"RT-{order.id.removeprefix('HP-')}-{line.position}"
    if (known := write.session.get(ReturnRow, id)) is not None:
        message = f"A return of {line.name} from order {order.id} was started on {long_date(known.requested_on)}."
        return write.receipt("start_return", message, changed=False, order=order, returned=known)
    _require_returnable(write, order)
    quantity = line.quantity if quantity is None else quantity
    if not 0 < quantity <= line.quantity:
        raise Invalid(f"Order {order.id} has {line.quantity} × {line.name}; please return between 1 and that.")
    if resolution == "replacement":
        _reserve(write, line, quantity)
    returned = ReturnRow(
        id=id,
        order_id=order.id,
        product_id=product_id,
        name=line.name,
        quantity=quantity,
        reason=reason,
        resolution=resolution,
        status="requested",
        requested_on=write.now.date(),
        closed_on=None,
        amount_pence=line.price_pence * quantity if resolution == "refund" else 0,
    )
    write.session.add(returned)
    write.report(
        "Return Requested",
        order_id=order.id,
        product_id=product_id,
        products=[{**described(write.session, [line])[0], "quantity": quantity}],
        reason=reason,
        resolution=resolution,
    )
    return write.receipt("start_return", _promise(returned, order.currency), order=order, returned=returned)


def refunds(order: Order, *, today: date) -> Iterable[Refund]:
    """Every refund that belongs to the order; one for a cancellation counts as paid once it is due."""
    if order.status == "cancelled" and order.cancelled_on is not None:
        yield _refund(order, "the whole order", order.total, sent_on=order.cancelled_on, today=today)
    for returned in order.returns:
        if returned.resolution == "refund":
            sent_on = None if returned.status == "requested" else returned.closed_on
            yield _refund(order, returned.name, returned.amount, sent_on=sent_on, today=today)


def _refund(order: Order, what: str, amount: Decimal, *, sent_on: date | None, today: date) -> Refund:
    if sent_on is None:
        return Refund(order.id, amount, order.currency, what, "waiting for the parcel", None, None)
    due = sent_on + timedelta(days=REFUND_DAYS)
    paid = today >= due
    return Refund(order.id, amount, order.currency, what, "paid" if paid else "on its way", due, due if paid else None)


def _require_returnable(write: Write, order: OrderRow) -> None:
    if order.status in NOT_YET:
        raise NotPossible(f"Order {order.id} {NOT_YET[order.status]}")
    arrived = order.delivered_on or order.placed_at.date()
    if write.now.date() > arrived + timedelta(days=RETURN_DAYS):
        raise NotPossible(
            f"Order {order.id} arrived on {long_date(arrived)}, and returns end {RETURN_DAYS} days later. "
            "If something is faulty, a colleague can look at it with you."
        )


def _reserve(write: Write, line: OrderLineRow, quantity: int) -> None:
    product = write.session.get(ProductRow, line.product_id, with_for_update=True, populate_existing=True)
    if product is None or product.stock < quantity:
        raise NotPossible(f"{line.name} is out of stock, so I can't replace it. I can refund it instead.")
    product.stock -= quantity


def _promise(returned: ReturnRow, currency: str) -> str:
    begun = f"Return {returned.id} is started: {returned.quantity} × {returned.name}."
    if returned.resolution == "replacement":
        return f"{begun} A replacement leaves as soon as the parcel is back with us."
    amount = written(from_pence(returned.amount_pence), currency)
    return f"{begun} {amount} comes back to you within {REFUND_DAYS} working days after the parcel reaches us."
