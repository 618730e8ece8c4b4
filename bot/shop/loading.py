"""Fill the shop's tables: rows go in as plain dictionaries, in the order that the foreign keys ask for."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session
from tqdm import tqdm

from bot.shop.catalogue import CatalogueProduct
from bot.shop.money import to_pence
from bot.shop.tables import (
    ComplaintRow,
    CustomerRow,
    DiscountRow,
    LoadRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    ReceiptRow,
    ReturnRow,
    ReviewRow,
)
from insight.events import Event, append

Row = dict[str, Any]
Item = TypeVar("Item")
ROWS_A_STATEMENT = 5_000


@dataclass(frozen=True)
class ShopRows:
    """Rows of the shop's tables, and the events that tell the same story."""

    customers: Sequence[Row] = ()
    orders: Sequence[Row] = ()
    lines: Sequence[Row] = ()
    returns: Sequence[Row] = ()
    reviews: Sequence[Row] = ()
    discounts: Sequence[Row] = ()
    events: Sequence[Event] = field(default=())

    def tables(self) -> Iterator[tuple[type, Sequence[Row]]]:
        yield CustomerRow, self.customers
        yield OrderRow, self.orders
        yield OrderLineRow, self.lines
        yield ReturnRow, self.returns
        yield ReviewRow, self.reviews
        yield DiscountRow, self.discounts


def empty_shop(session: Session) -> None:
    """Take everything out of the shop's tables."""
    for table in (
        ReceiptRow,
        ComplaintRow,
        ReviewRow,
        ReturnRow,
        OrderLineRow,
        OrderRow,
        CustomerRow,
        ProductRow,
        DiscountRow,
        LoadRow,
    ):
        session.execute(delete(table))


def put_products(session: Session, products: Iterable[CatalogueProduct]) -> None:
    """Make the catalogue exactly these products."""
    session.execute(delete(ProductRow))
    for some in chunks(map(_product_row, products)):
        session.execute(insert(ProductRow), some)


def add_products(session: Session, products: Iterable[CatalogueProduct]) -> None:
    """Add these products to the catalogue; one that is there already becomes what is said of it now."""
    for product in products:
        session.merge(ProductRow(**_product_row(product)))
    session.flush()


def store(session: Session, rows: ShopRows, *, label: str) -> int:
    """Insert the rows and append the events, with a progress bar on stderr; returns how many events were new."""
    total = sum(len(some) for _, some in rows.tables()) + len(rows.events)
    new = 0
    with progress(total, label) as bar:
        for table, some in rows.tables():
            for chunk in chunks(some):
                session.execute(insert(table), chunk)
                bar.update(len(chunk))
        for events in chunks(rows.events):
            new += append(session, events)
            bar.update(len(events))
    return new


def record_load(session: Session, part: str, *, source: str, hash: str, now: datetime) -> None:
    session.merge(LoadRow(part=part, source=source, hash=hash, loaded_at=now))


def progress(total: int, label: str) -> Any:
    """A bar on stderr, drawn at most twice a second; in a log it leaves one line."""
    return tqdm(total=total, desc=label, unit=" rows", file=sys.stderr, mininterval=0.5 if sys.stderr.isatty() else 30)


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while some := list(islice(iterator, ROWS_A_STATEMENT)):
        yield some


def _product_row(product: CatalogueProduct) -> Row:
    return {
        "id": product.id,
        "name": product.name,
        "category": product.category,
        "description": product.description,
        "price_pence": to_pence(product.price),
        "currency": product.currency,
        "attributes": dict(product.attributes),
        "stock": product.stock,
        "image": product.image,
        "url": product.url,
    }
