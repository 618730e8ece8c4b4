"""What every write has in common: one customer at a time, once for each key, its events in the same transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.shop.errors import CustomerNotFound, Invalid, OrderNotFound
from bot.shop.port import Order, Receipt
from bot.shop.sql.rows import to_customer, to_orders, to_return
from bot.shop.tables import CustomerRow, OrderLineRow, OrderRow, ProductRow, ReceiptRow, ReturnRow
from insight.events import Event, append

LONGEST_KEY = 160


@dataclass(frozen=True)
class Write:
    """One write in its transaction; `report` collects the events that are appended when it changed something."""

    session: Session
    customer: CustomerRow
    key: str
    now: datetime
    events: list[Event] = field(default_factory=list)

    def own_order(self, order_id: str) -> OrderRow:
        """The customer's order, `OrderNotFound` for anybody else's."""
        row = find_order(self.session, order_id)
        if row is None or row.customer_id != self.customer.id:
            raise OrderNotFound()
        return row

    def report(self, name: str, **properties: Any) -> None:
        message_id = f"shop:{self.customer.id}:{self.key}:{len(self.events)}"
        self.events.append(
            Event(
                name=name,
                message_id=message_id,
                occurred_at=self.now,
                customer_id=self.customer.id,
                properties=properties,
            )
        )

    def receipt(
        self,
        action: str,
        message: str,
        *,
        changed: bool = True,
        order: OrderRow | None = None,
        returned: ReturnRow | None = None,
        reference: str = "",
    ) -> Receipt:
        """A receipt whose values are as the transaction leaves them."""
        self.session.flush()
        return Receipt(
            changed=changed,
            action=action,
            reference=reference or (returned.id if returned else order.id if order else self.customer.id),
            message=message,
            order=read_order(self.session, order),
            returned=to_return(returned) if returned else None,
            customer=to_customer(self.customer),
        )


def once(
    session: Session, customer_id: str, action: str, *, key: str, now: datetime, step: Callable[[Write], Receipt]
) -> Receipt:
    """Run `step` unless `key` was used before; then give the receipt of that time, with `changed` False."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid(f"a write needs a key of 1 to {LONGEST_KEY} characters")
    # The lock makes one customer's writes take turns, so a key that arrives twice at the same time is still seen.
    customer = session.scalars(select(CustomerRow).where(CustomerRow.id == customer_id).with_for_update()).first()
    if customer is None:
        raise CustomerNotFound()
    write = Write(session, customer, key, now)
    known = session.get(ReceiptRow, (customer_id, key))
    if known is not None:
        return _again(write, known, action)
    receipt = step(write)
    if receipt.changed:
        session.add(
            ReceiptRow(
                customer_id=customer_id,
                key=key,
                action=action,
                reference=receipt.reference,
                message=receipt.message,
                written_at=now,
            )
        )
        session.flush()
        append(session, write.events)
    return receipt


def _again(write: Write, known: ReceiptRow, action: str) -> Receipt:
    if known.action != action:
        raise Invalid(f"the key of this request was used for {known.action} before; use a new one")
    returned = write.session.get(ReturnRow, known.reference) if action == "start_return" else None
    order = write.session.get(OrderRow, returned.order_id if returned else known.reference)
    receipt = write.receipt(action, known.message, changed=False, order=order, returned=returned)
    return replace(receipt, reference=known.reference)


def find_order(session: Session, order_id: str) -> OrderRow | None:
    """By its number, however a customer writes it: "#10482", "10482", "hp-10482", "HP 10482"."""
    written = "".join(order_id.upper().split()).lstrip("#")
    digits = "".join(filter(str.isdigit, written))
    candidates = [written, *([f"HP-{digits}"] if digits and written in (digits, f"HP{digits}", f"HP-{digits}") else [])]
    for candidate in candidates:
        if (row := session.get(OrderRow, candidate)) is not None:
            return row
    return None


def lines_of(session: Session, order_id: str) -> list[OrderLineRow]:
    wanted = select(OrderLineRow).where(OrderLineRow.order_id == order_id).order_by(OrderLineRow.position)
    return list(session.scalars(wanted))


def described(session: Session, lines: Iterable[OrderLineRow]) -> list[dict[str, Any]]:
    """Order lines as the `products` of an event."""
    lines = list(lines)
    wanted = select(ProductRow.id, ProductRow.category).where(ProductRow.id.in_({line.product_id for line in lines}))
    categories = dict(session.execute(wanted).tuples().all())
    return [
        {
            "product_id": line.product_id,
            "name": line.name,
            "category": categories.get(line.product_id, ""),
            "price": line.price_pence / 100,
            "quantity": line.quantity,
        }
        for line in lines
    ]


def read_order(session: Session, row: OrderRow | None) -> Order | None:
    return to_orders(session, [row])[0] if row is not None else None
