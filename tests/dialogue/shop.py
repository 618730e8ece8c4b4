"""A shop in memory, small enough to read at a glance: what the dialogue's tests talk about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.shop.errors import NotPossible, OrderNotFound
from bot.shop.port import Customer, Discount, Order, OrderLine, OrderStatus, Product, Receipt, Refund, Return

TODAY = datetime.now(UTC).date()


def product(id: str, name: str, *, stock: int = 9, price: str = "24.50", **attributes: str) -> Product:
    return Product(
        id, name, "Kitchen", f"A fine {name.lower()}.", Decimal(price), "GBP", attributes, stock, f"/{id}.png", f"/{id}"
    )


def customer(id: str, name: str) -> Customer:
    email = f"{name.split()[0].lower()}@example.com"
    return Customer(id, name, email, "", "1 Old Street, York, YO1 1AA", False, date(2024, 1, 1))


def order(id: str, customer_id: str | None, status: OrderStatus, *product_ids: str, age_days: int = 3) -> Order:
    placed = datetime.now(UTC) - timedelta(days=age_days)
    lines = tuple(OrderLine(id, PRODUCTS[id].name, 1, PRODUCTS[id].price) for id in product_ids)
    return Order(
        id=id,
        customer_id=customer_id,
        status=status,
        placed_at=placed,
        expected_on=TODAY + timedelta(days=2) if status in ("placed", "paid", "packed", "shipped") else None,
        shipped_on=TODAY if status == "shipped" else None,
        delivered_on=placed.date() + timedelta(days=2) if status == "delivered" else None,
        cancelled_on=TODAY if status == "cancelled" else None,
        lines=lines,
        shipping=Decimal("3.95"),
        total=sum((line.total for line in lines), Decimal("3.95")),
        currency="GBP",
        address="1 Old Street, York, YO1 1AA",
        delivery="standard",
        payment="Visa ending 4242",
        carrier="DPD" if status == "shipped" else "",
        tracking="DPD-1" if status == "shipped" else "",
    )


PRODUCTS = {
    p.id: p
    for p in (
        product("P-1", "Blue Mug", colour="deep blue", material="stoneware", care="dishwasher safe"),
        product("P-2", "Oak Bowl", stock=0, material="oak"),
        product("P-3", "Linen Apron", stock=2, price="39.00", material="linen"),
    )
}


@dataclass
class FakeShop:
    """`writes` lists every change by (action, key), so that a test sees what happened how often."""

    people: dict[str, Customer] = field(default_factory=dict)
    book: dict[str, Order] = field(default_factory=dict)
    writes: list[tuple[str, str]] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    catalogue: Mapping[str, Product] = field(default_factory=lambda: PRODUCTS)

    def products(self) -> Sequence[Product]:
        return list(self.catalogue.values())

    def product(self, product_id: str) -> Product | None:
        return self.catalogue.get(product_id)

    def find_products(
        self, text: str, *, category: str | None = None, max_price: Decimal | None = None, limit: int = 5
    ) -> Sequence[Product]:
        words = set(text.casefold().split())
        found = [p for p in self.products() if words & set(p.name.casefold().split())]
        return [p for p in found if max_price is None or p.price <= max_price][:limit]

    def in_stock(self, product_id: str) -> int | None:
        return self.catalogue[product_id].stock if product_id in self.catalogue else None

    def reviews(self, product_id: str, *, limit: int = 5) -> Sequence[Any]:
        return []

    def customer(self, customer_id: str) -> Customer | None:
        return self.people.get(customer_id)

    def customer_by_email(self, email: str) -> Customer | None:
        return next((c for c in self.people.values() if c.email == email), None)

    def orders(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        mine = [order for order in self.book.values() if order.customer_id == customer_id]
        return sorted(mine, key=lambda order: order.placed_at, reverse=True)[:limit]

    def order(self, order_id: str) -> Order | None:
        digits = "".join(filter(str.isdigit, order_id))
        return self.book.get(f"HP-{digits}")

    def refunds(self, customer_id: str, *, order_id: str | None = None) -> Sequence[Refund]:
        return [
            Refund(o.id, o.total, "GBP", "the whole order", "on its way", TODAY, None)
            for o in self.orders(customer_id)
            if o.status == "cancelled" and order_id in (None, o.id)
        ]

    def discounts(self, customer_id: str | None = None) -> Sequence[Discount]:
        return [Discount("SAVE10", "10% off", 10, Decimal(0), TODAY + timedelta(days=9))]

    def facts(self) -> Mapping[str, str]:
        return {"categories": "kitchen", "product_count": "3", "discount_codes": "SAVE10"}

    def cancel_order(self, customer_id: str, order_id: str, *, key: str, reason: str = "") -> Receipt:
        own = self._own(customer_id, order_id)
        if own.status == "cancelled":
            return Receipt(False, "cancel_order", own.id, "", order=own)
        if not own.can_cancel:
            raise NotPossible(f"Order {own.id} has left.")
        return self._write("cancel_order", key, replace(own, status="cancelled", cancelled_on=TODAY))

    def change_address(self, customer_id: str, order_id: str, *, address: str, key: str) -> Receipt:
        return self._write("change_address", key, replace(self._own(customer_id, order_id), address=address))

    def change_line(self, customer_id: str, order_id: str, *, product_id: str, quantity: int, key: str) -> Receipt:
        own = self._own(customer_id, order_id)
        lines = tuple(replace(x, quantity=quantity) if x.product_id == product_id else x for x in own.lines)
        return self._write("change_line", key, replace(own, lines=tuple(x for x in lines if x.quantity)))

    def start_return(
        self,
        customer_id: str,
        order_id: str,
        *,
        product_id: str,
        reason: str,
        resolution: Any,
        key: str,
        quantity: int | None = None,
    ) -> Receipt:
        own = self._own(customer_id, order_id)
        line = own.line(product_id)
        assert line is not None
        one = Return(
            "RT-1", own.id, product_id, line.name, 1, reason, resolution, "requested", TODAY, None, Decimal("24.50")
        )
        done = self._write("start_return", key, replace(own, returns=(*own.returns, one)))
        return replace(done, returned=one)

    def request_invoice(self, customer_id: str, order_id: str, *, key: str) -> Receipt:
        return self._write("request_invoice", key, self._own(customer_id, order_id))

    def subscribe_newsletter(self, customer_id: str, *, key: str) -> Receipt:
        return self._person("subscribe_newsletter", key, replace(self.people[customer_id], newsletter=True))

    def unsubscribe_newsletter(self, customer_id: str, *, key: str) -> Receipt:
        return self._person("unsubscribe_newsletter", key, replace(self.people[customer_id], newsletter=False))

    def open_complaint(self, customer_id: str, *, text: str, key: str, order_id: str | None = None) -> Receipt:
        return self._person("open_complaint", key, self.people[customer_id])

    def add_review(self, customer_id: str, *, product_id: str, rating: int, text: str, key: str) -> Receipt:
        return self._person("add_review", key, self.people[customer_id])

    def set_customer_address(self, customer_id: str, *, address: str, key: str) -> Receipt:
        return self._person("set_customer_address", key, replace(self.people[customer_id], address=address))

    def update_customer(
        self, customer_id: str, *, key: str, name: str | None = None, email: str | None = None, phone: str | None = None
    ) -> Receipt:
        told = {k: v for k, v in {"name": name, "email": email, "phone": phone}.items() if v is not None}
        return self._person("update_customer", key, replace(self.people[customer_id], **told))

    def export_customer(self, customer_id: str) -> Mapping[str, object]:
        return {}

    def erase_customer(self, customer_id: str) -> bool:
        return False

    def _own(self, customer_id: str, order_id: str) -> Order:
        found = self.order(order_id)
        if found is None or found.customer_id != customer_id:
            raise OrderNotFound()
        return found

    def _write(self, action: str, key: str, changed: Order) -> Receipt:
        if key in self.receipts:
            return replace(self.receipts[key], changed=False)
        self.writes.append((action, key))
        self.book[changed.id] = changed
        self.receipts[key] = Receipt(True, action, changed.id, "", order=changed)
        return self.receipts[key]

    def _person(self, action: str, key: str, changed: Customer) -> Receipt:
        if key in self.receipts:
            return replace(self.receipts[key], changed=False)
        self.writes.append((action, key))
        self.people[changed.id] = changed
        self.receipts[key] = Receipt(True, action, changed.id, "", customer=changed)
        return self.receipts[key]
