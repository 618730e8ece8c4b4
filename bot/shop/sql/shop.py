"""`SqlShop`: the `Shop` protocol on our own tables; each method is one short transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.database import Database
from bot.shop.money import to_pence
from bot.shop.port import Customer, Discount, Order, Product, Receipt, Refund, Resolution, Review
from bot.shop.sql import accounts, orders, person, returns
from bot.shop.sql.rows import to_customer, to_discount, to_orders, to_product, to_review
from bot.shop.sql.search import SearchIndex, build_index, words
from bot.shop.sql.write import Write, find_order, once, read_order
from bot.shop.tables import CustomerRow, DiscountRow, LoadRow, OrderRow, ProductRow, ReviewRow

CANDIDATES = 400
FEWEST_LETTERS = 2


class SqlShop:
    """Safe to share between threads."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.database = database
        self.clock = clock
        self._index: tuple[str, SearchIndex] | None = None

    def products(self) -> Sequence[Product]:
        with self.database.reading() as session:
            return [to_product(row) for row in session.scalars(select(ProductRow).order_by(ProductRow.id))]

    def product(self, product_id: str) -> Product | None:
        with self.database.reading() as session:
            row = session.get(ProductRow, product_id)
            return to_product(row) if row else None

    def find_products(
        self, text: str, *, category: str | None = None, max_price: Decimal | None = None, limit: int = 5
    ) -> Sequence[Product]:
        with self.database.reading() as session:
            scores = self._search_index(session).scores(text)
            if category is None and not scores and words(text):
                return []
            wanted = select(ProductRow)
            if scores and category is None:
                best = sorted(scores, key=lambda id: -scores[id])[:CANDIDATES]
                wanted = wanted.where(ProductRow.id.in_(best))
            if category is not None:
                wanted = wanted.where(func.lower(ProductRow.category) == category.lower())
            if max_price is not None:
                wanted = wanted.where(ProductRow.price_pence <= to_pence(max_price))
            found = [to_product(row) for row in session.scalars(wanted)]
        found = [product for product in found if product.id in scores] or found
        found.sort(key=lambda product: (-round(scores.get(product.id, 0.0), 2), not product.in_stock, product.id))
        return found[:limit]

    def in_stock(self, product_id: str) -> int | None:
        product = self.product(product_id)
        return product.stock if product else None

    def reviews(self, product_id: str, *, limit: int = 5) -> Sequence[Review]:
        wanted = select(ReviewRow).where(ReviewRow.product_id == product_id).order_by(ReviewRow.written_on.desc())
        with self.database.reading() as session:
            return [to_review(row) for row in session.scalars(wanted.limit(limit))]

    def customer(self, customer_id: str) -> Customer | None:
        with self.database.reading() as session:
            row = session.get(CustomerRow, customer_id)
            return to_customer(row) if row else None

    def customers(self, customer_ids: Sequence[str]) -> Mapping[str, Customer]:
        with self.database.reading() as session:
            rows = session.scalars(select(CustomerRow).where(CustomerRow.id.in_(customer_ids)))
            return {row.id: to_customer(row) for row in rows}

    def find_customers(self, text: str, *, limit: int = 20) -> Sequence[Customer]:
        text = " ".join(text.split())
        if len(text) < FEWEST_LETTERS:
            return []
        named = CustomerRow.name.icontains(text, autoescape=True) | CustomerRow.email.icontains(text, autoescape=True)
        with self.database.reading() as session:
            rows = session.scalars(
                select(CustomerRow).where(named).order_by(CustomerRow.name, CustomerRow.id).limit(limit)
            )
            return [to_customer(row) for row in rows]

    def customer_by_email(self, email: str) -> Customer | None:
        email = email.strip().lower()
        if not email:
            return None
        with self.database.reading() as session:
            row = session.scalars(select(CustomerRow).where(CustomerRow.email == email)).first()
            return to_customer(row) if row else None

    def orders(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        wanted = select(OrderRow).where(OrderRow.customer_id == customer_id)
        with self.database.reading() as session:
            rows = session.scalars(wanted.order_by(OrderRow.placed_at.desc(), OrderRow.id.desc()).limit(limit)).all()
            return to_orders(session, rows)

    def order(self, order_id: str) -> Order | None:
        with self.database.reading() as session:
            return read_order(session, find_order(session, order_id))

    def refunds(self, customer_id: str, *, order_id: str | None = None) -> Sequence[Refund]:
        found = self.orders(customer_id)
        if order_id is not None:
            one = self.order(order_id)
            found = [one] if one and one.customer_id == customer_id else []
        return [refund for order in found for refund in returns.refunds(order, today=self.clock().date())]

    def discounts(self, customer_id: str | None = None) -> Sequence[Discount]:
        wanted = select(DiscountRow).where(DiscountRow.valid_until >= self.clock().date())
        with self.database.reading() as session:
            return [to_discount(row) for row in session.scalars(wanted.order_by(DiscountRow.code))]

    def facts(self) -> Mapping[str, str]:
        with self.database.reading() as session:
            categories = session.scalars(select(ProductRow.category).distinct().order_by(ProductRow.category)).all()
            count = session.scalar(select(func.count()).select_from(ProductRow)) or 0
        facts = {"product_count": str(count)}
        if categories:
            facts["categories"] = ", ".join(categories)
        if codes := [discount.code for discount in self.discounts()]:
            facts["discount_codes"] = ", ".join(codes)
        return facts

    def cancel_order(self, customer_id: str, order_id: str, *, key: str, reason: str = "") -> Receipt:
        return self._write(
            customer_id, "cancel_order", key, lambda write: orders.cancel(write, order_id, reason=reason)
        )

    def change_address(self, customer_id: str, order_id: str, *, address: str, key: str) -> Receipt:
        return self._write(
            customer_id, "change_address", key, lambda write: orders.change_address(write, order_id, address=address)
        )

    def change_line(self, customer_id: str, order_id: str, *, product_id: str, quantity: int, key: str) -> Receipt:
        return self._write(
            customer_id,
            "change_line",
            key,
            lambda write: orders.change_line(write, order_id, product_id=product_id, quantity=quantity),
        )

    def start_return(
        self,
        customer_id: str,
        order_id: str,
        *,
        product_id: str,
        reason: str,
        resolution: Resolution,
        key: str,
        quantity: int | None = None,
    ) -> Receipt:
        return self._write(
            customer_id,
            "start_return",
            key,
            lambda write: returns.start(
                write, order_id, product_id=product_id, reason=reason, resolution=resolution, quantity=quantity
            ),
        )

    def request_invoice(self, customer_id: str, order_id: str, *, key: str) -> Receipt:
        return self._write(customer_id, "request_invoice", key, lambda write: accounts.request_invoice(write, order_id))

    def subscribe_newsletter(self, customer_id: str, *, key: str) -> Receipt:
        return self._write(
            customer_id, "subscribe_newsletter", key, lambda write: accounts.set_newsletter(write, wanted=True)
        )

    def unsubscribe_newsletter(self, customer_id: str, *, key: str) -> Receipt:
        return self._write(
            customer_id, "unsubscribe_newsletter", key, lambda write: accounts.set_newsletter(write, wanted=False)
        )

    def open_complaint(self, customer_id: str, *, text: str, key: str, order_id: str | None = None) -> Receipt:
        return self._write(
            customer_id,
            "open_complaint",
            key,
            lambda write: accounts.open_complaint(write, text=text, order_id=order_id),
        )

    def add_review(self, customer_id: str, *, product_id: str, rating: int, text: str, key: str) -> Receipt:
        return self._write(
            customer_id,
            "add_review",
            key,
            lambda write: accounts.add_review(write, product_id=product_id, rating=rating, text=text),
        )

    def set_customer_address(self, customer_id: str, *, address: str, key: str) -> Receipt:
        return self._write(
            customer_id, "set_customer_address", key, lambda write: accounts.set_address(write, address=address)
        )

    def update_customer(
        self, customer_id: str, *, key: str, name: str | None = None, email: str | None = None, phone: str | None = None
    ) -> Receipt:
        return self._write(
            customer_id,
            "update_customer",
            key,
            lambda write: accounts.update(write, name=name, email=email, phone=phone),
        )

    def export_customer(self, customer_id: str) -> Mapping[str, object]:
        with self.database.reading() as session:
            return person.export(session, customer_id)

    def erase_customer(self, customer_id: str) -> bool:
        with self.database.writing() as session:
            return person.erase(session, customer_id)

    def _write(self, customer_id: str, action: str, key: str, step: Callable[[Write], Receipt]) -> Receipt:
        with self.database.writing() as session:
            return once(session, customer_id, action, key=key, now=self.clock(), step=step)

    def _search_index(self, session: Session) -> SearchIndex:
        """Built again when another catalogue was loaded."""
        loaded = session.get(LoadRow, "catalogue")
        version = loaded.hash if loaded else ""
        if self._index is None or self._index[0] != version:
            products = [to_product(row) for row in session.scalars(select(ProductRow))]
            self._index = (version, build_index(products))
        return self._index[1]
