"""What a customer may do with an order that has not left: cancel it, change its address, change its products."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.shop.errors import Invalid, NotPossible, ProductNotFound
from bot.shop.port import OPEN_STATUSES, Receipt
from bot.shop.sql.rows import long_date
from bot.shop.sql.write import Write, described, lines_of
from bot.shop.tables import OrderLineRow, OrderRow, ProductRow

MOST_OF_ONE_PRODUCT = 99
SHORTEST_ADDRESS, LONGEST_ADDRESS = 8, 300


def cancel(write: Write, order_id: str, *, reason: str) -> Receipt:
    order = write.own_order(order_id)
    if order.status == "cancelled":
        when = f" on {long_date(order.cancelled_on)}" if order.cancelled_on else ""
        message = f"Order {order.id} was cancelled already{when}."
        return write.receipt("cancel_order", message, changed=False, order=order)
    _require_open(order, wish="be cancelled")
    lines = lines_of(write.session, order.id)
    for line in lines:
        _put_back(write.session, line.product_id, line.quantity)
    order.status = "cancelled"
    order.cancelled_on = write.now.date()
    order.expected_on = None
    write.report(
        "Order Cancelled", order_id=order.id, products=described(write.session, lines), reason=reason, resolution=""
    )
    message = f"Order {order.id} is cancelled, and what you paid is on its way back to you."
    return write.receipt("cancel_order", message, order=order)


def change_address(write: Write, order_id: str, *, address: str) -> Receipt:
    order = write.own_order(order_id)
    address = tidy_address(address)
    if order.address == address:
        message = f"Order {order.id} goes to that address already."
        return write.receipt("change_address", message, changed=False, order=order)
    _require_open(order, wish="be sent to another address")
    order.address = address
    write.report(
        "Order Updated",
        order_id=order.id,
        products=described(write.session, lines_of(write.session, order.id)),
        reason="address",
        resolution="",
    )
    return write.receipt("change_address", f"Order {order.id} will go to {address}.", order=order)


def change_line(write: Write, order_id: str, *, product_id: str, quantity: int) -> Receipt:
    order = write.own_order(order_id)
    if not 0 <= quantity <= MOST_OF_ONE_PRODUCT:
        raise Invalid(f"The quantity must be between 0 and {MOST_OF_ONE_PRODUCT}.")
    lines = lines_of(write.session, order.id)
    line = next((line for line in lines if line.product_id == product_id), None)
    product = write.session.get(ProductRow, product_id)
    if line is None and product is None:
        raise ProductNotFound()
    name = line.name if line else product.name if product else product_id
    before = line.quantity if line else 0
    if quantity == before:
        message = f"Order {order.id} has {quantity} × {name} already."
        return write.receipt("change_line", message, changed=False, order=order)
    _require_open(order, wish="be changed")
    if quantity == 0 and len(lines) == 1:
        raise NotPossible(f"{name} is the only product in order {order.id}. You can cancel the whole order instead.")
    _take(write.session, product, name=name, more=quantity - before)
    if line is None and product is not None:
        line = _new_line(order.id, product, position=max(row.position for row in lines) + 1, quantity=quantity)
        write.session.add(line)
    elif line is not None and quantity == 0:
        write.session.delete(line)
    elif line is not None:
        line.quantity = quantity
    write.session.flush()
    write.report(
        "Order Updated",
        order_id=order.id,
        products=described(write.session, lines_of(write.session, order.id)),
        reason="products",
        resolution="",
    )
    outcome = f"{quantity} × {name}" if quantity else f"no {name} any more"
    return write.receipt("change_line", f"Order {order.id} now has {outcome}.", order=order)


def tidy_address(address: str) -> str:
    """One line, parts separated by commas; `Invalid` when it cannot be one."""
    parts = [" ".join(part.split()).strip(",") for part in address.replace("\n", ",").split(",")]
    tidy = ", ".join(part for part in parts if part)
    if not SHORTEST_ADDRESS <= len(tidy) <= LONGEST_ADDRESS or not any(map(str.isalpha, tidy)):
        raise Invalid("That does not look like a full address. Please give street, town and postcode.")
    return tidy


def _require_open(order: OrderRow, *, wish: str) -> None:
    if order.status not in OPEN_STATUSES:
        why, instead = WHY_NOT[order.status]
        raise NotPossible(f"Order {order.id} {why}, so it can't {wish} any more. {instead}")


WHY_NOT = {
    "packed": (
        "is packed and waiting for the carrier",
        "Once it has arrived you can send it back, or refuse the parcel at the door.",
    ),
    "shipped": (
        "is with the carrier already",
        "Once it has arrived you can send it back, or refuse the parcel at the door.",
    ),
    "delivered": ("was delivered already", "You can send back what you don't want to keep: I can start a return."),
    "cancelled": ("was cancelled", "You can place a new order at any time."),
    "returned": ("was sent back already", "You can place a new order at any time."),
}


def _take(session: Session, product: ProductRow | None, *, name: str, more: int) -> None:
    """Take `more` of a product from the stock (a negative number puts back); `NotPossible` when there are too few."""
    if more <= 0:
        if product is not None:
            _put_back(session, product.id, -more)
        return
    locked = (
        product
        and session.scalars(
            select(ProductRow)
            .where(ProductRow.id == product.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
    )
    left = locked.stock if locked else 0
    if locked is None or left < more:
        has = f"we have only {left} more of {name}" if left else f"{name} is out of stock"
        raise NotPossible(f"Sorry, {has}.")
    locked.stock -= more


def _put_back(session: Session, product_id: str, quantity: int) -> None:
    wanted = select(ProductRow).where(ProductRow.id == product_id).with_for_update()
    product = session.scalars(wanted.execution_options(populate_existing=True)).first()
    if product is not None:
        product.stock += quantity


def _new_line(order_id: str, product: ProductRow, *, position: int, quantity: int) -> OrderLineRow:
    return OrderLineRow(
        order_id=order_id,
        position=position,
        product_id=product.id,
        name=product.name,
        quantity=quantity,
        price_pence=product.price_pence,
    )
