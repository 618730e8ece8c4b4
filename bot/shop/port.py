"""What the bot asks of a shop: values and the `Shop` protocol; `bot.shop.sql.SqlShop` keeps one in SQL tables.

Money is a `Decimal` in units of its currency with two places (`Decimal("24.50")`). Every write takes the verified
customer and an idempotency `key`: the same key again, or a state that is reached already, changes nothing and gives a
receipt that says so. A shop reports its own writes to the event log, so callers append nothing for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from bot.shop.errors import OrderNotFound

OrderStatus = Literal["placed", "paid", "packed", "shipped", "delivered", "cancelled", "returned"]
Resolution = Literal["refund", "replacement"]
ReturnStatus = Literal["requested", "received", "refunded", "replaced"]


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    category: str
    description: str
    price: Decimal
    currency: str
    attributes: Mapping[str, str]  # colour, material, dimensions, care …: words a customer can read
    stock: int
    image: str  # path or URL of a picture
    url: str  # path or URL of the product's page

    @property
    def in_stock(self) -> bool:
        return self.stock > 0


@dataclass(frozen=True)
class Customer:
    id: str
    name: str
    email: str
    phone: str
    address: str  # one line, parts separated by commas; empty when none is stored
    newsletter: bool
    since: date

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]


@dataclass(frozen=True)
class OrderLine:
    product_id: str
    name: str
    quantity: int
    price: Decimal  # of one

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True)
class Return:
    id: str
    order_id: str
    product_id: str
    name: str
    quantity: int
    reason: str
    resolution: Resolution
    status: ReturnStatus
    requested_on: date
    closed_on: date | None
    amount: Decimal  # to be refunded; 0 for a replacement


@dataclass(frozen=True)
class Order:
    id: str
    customer_id: str | None  # None: bought as a guest
    status: OrderStatus
    placed_at: datetime
    expected_on: date | None  # the day delivery is promised for; None once it cannot come any more
    shipped_on: date | None
    delivered_on: date | None
    cancelled_on: date | None
    lines: tuple[OrderLine, ...]
    shipping: Decimal
    total: Decimal  # lines and shipping
    currency: str
    address: str
    delivery: str  # standard, express
    payment: str  # how it was paid, for instance "Visa ending 4242"
    carrier: str  # empty until it is shipped
    tracking: str  # empty until it is shipped
    returns: tuple[Return, ...] = ()

    @property
    def can_cancel(self) -> bool:
        return self.status in OPEN_STATUSES

    def line(self, product_id: str) -> OrderLine | None:
        return next((line for line in self.lines if line.product_id == product_id), None)


OPEN_STATUSES: tuple[OrderStatus, ...] = ("placed", "paid")  # not being packed yet: may be cancelled and changed


@dataclass(frozen=True)
class Refund:
    """Money on its way back, or back already, for a cancelled order or a returned product."""

    order_id: str
    amount: Decimal
    currency: str
    what: str  # "the whole order", or the product's name
    status: Literal["waiting for the parcel", "on its way", "paid"]
    expected_on: date | None  # None while the parcel is not back yet
    paid_on: date | None


@dataclass(frozen=True)
class Discount:
    code: str
    description: str
    percent: int
    minimum: Decimal  # of the basket; 0: none
    valid_until: date


@dataclass(frozen=True)
class Review:
    product_id: str
    customer_id: str
    rating: int  # 1-5
    text: str
    written_on: date


@dataclass(frozen=True)
class Receipt:
    """What a write did. `changed` False: it was so already, and the rest says what is there."""

    changed: bool
    action: str  # cancel_order, start_return …
    reference: str  # the order's, return's, complaint's or customer's id
    message: str  # one plain sentence for the customer
    order: Order | None = None
    returned: Return | None = None
    customer: Customer | None = field(default=None, repr=False)


class Shop(Protocol):
    """Synchronous: async code runs it in a thread. Writes raise `bot.shop.errors.*` and then have changed nothing."""

    def products(self) -> Sequence[Product]: ...
    def product(self, product_id: str) -> Product | None: ...
    def find_products(
        self, text: str, *, category: str | None = None, max_price: Decimal | None = None, limit: int = 5
    ) -> Sequence[Product]:
        """Best match first, also for misspelt words; words that fit nothing find nothing, or all of `category`."""

    def in_stock(self, product_id: str) -> int | None:
        """How many are there; None for an unknown product."""

    def reviews(self, product_id: str, *, limit: int = 5) -> Sequence[Review]: ...

    def customer(self, customer_id: str) -> Customer | None: ...
    def customers(self, customer_ids: Sequence[str]) -> Mapping[str, Customer]:
        """Those of them that there are, by id."""

    def find_customers(self, text: str, *, limit: int = 20) -> Sequence[Customer]:
        """Whose name or e-mail address has `text` in it, by name; none for less than two letters."""

    def customer_by_email(self, email: str) -> Customer | None: ...
    def orders(self, customer_id: str, *, limit: int = 20) -> Sequence[Order]:
        """The newest first."""

    def order(self, order_id: str) -> Order | None:
        """Anybody's order, however the number is written ("#10482", "hp-10482"); to show one use `own_order`."""

    def refunds(self, customer_id: str, *, order_id: str | None = None) -> Sequence[Refund]: ...
    def discounts(self, customer_id: str | None = None) -> Sequence[Discount]:
        """Public codes that are valid now."""

    def facts(self) -> Mapping[str, str]:
        """Live facts for answer templates: `categories`, `product_count`, `discount_codes`."""

    def cancel_order(self, customer_id: str, order_id: str, *, key: str, reason: str = "") -> Receipt: ...
    def change_address(self, customer_id: str, order_id: str, *, address: str, key: str) -> Receipt: ...
    def change_line(self, customer_id: str, order_id: str, *, product_id: str, quantity: int, key: str) -> Receipt:
        """Set how many of a product the order has: 0 removes it, a product not in the order is added."""

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
        """`quantity` None: all of them."""

    def request_invoice(self, customer_id: str, order_id: str, *, key: str) -> Receipt: ...
    def subscribe_newsletter(self, customer_id: str, *, key: str) -> Receipt: ...
    def unsubscribe_newsletter(self, customer_id: str, *, key: str) -> Receipt: ...
    def open_complaint(self, customer_id: str, *, text: str, key: str, order_id: str | None = None) -> Receipt: ...
    def add_review(self, customer_id: str, *, product_id: str, rating: int, text: str, key: str) -> Receipt: ...
    def set_customer_address(self, customer_id: str, *, address: str, key: str) -> Receipt: ...
    def update_customer(
        self, customer_id: str, *, key: str, name: str | None = None, email: str | None = None, phone: str | None = None
    ) -> Receipt: ...

    def export_customer(self, customer_id: str) -> Mapping[str, object]:
        """Everything the shop stores about the person, ready for JSON."""

    def erase_customer(self, customer_id: str) -> bool:
        """Blank the person in every table; ids, dates and amounts stay for the books. False: nobody of that id."""


def own_order(shop: Shop, *, customer_id: str | None, order_id: str) -> Order:
    """The customer's own order; `OrderNotFound` for another's, a guest's or none, without saying which."""
    order = shop.order(order_id)
    if order is None or customer_id is None or order.customer_id != customer_id:
        raise OrderNotFound()
    return order
