"""Make a shop of order lines: products, customers, orders, refunds, and the events that tell the same story.

A line without a customer becomes part of a guest's order: it counts for its product and makes no customer's event.
Services (postage, fees) are no products; on an invoice with products their amount is the order's shipping.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from bot.database import Database
from bot.shop.catalogue import STOCK_IF_UNKNOWN, CatalogueProduct, RejectedRow
from bot.shop.guess import category_of
from bot.shop.loading import Row, ShopRows, add_products, empty_shop, put_products, record_load, store
from bot.shop.money import from_pence, to_pence
from bot.shop.tables import CustomerRow, OrderRow, ProductRow
from insight.events import Event
from insight.profile import rebuild
from insight.tables import EventRow

OF_A_SHOP = ("demo:", "import:", "shop:")  # what the ids of events about orders begin with
SOLD_RECENTLY = timedelta(days=60)  # without a catalogue a product sold this long before the file's end is in stock
ARRIVED_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class Imported:
    """What an import stored."""

    products: int
    customers: int
    orders: int
    guest_orders: int
    lines: int
    refunds: int
    events: int


def store_orders(
    database: Database,
    lines: pd.DataFrame,
    catalogue: Sequence[CatalogueProduct],
    *,
    currency: str,
    add: bool,
    now: datetime,
) -> Imported:
    """Put the lines of `insight.orders.read` into the shop, in place of what is there or (`add`) beside it.

    In place: the events about the former shop's orders leave the log as well, and the profiles are made anew.
    With `add`, orders that are there already stay as they are.
    """
    currency = lines["Currency"].dropna().mode().get(0, currency)
    known = {product.id: product for product in catalogue}
    described = _described_products(lines, currency=currency)
    products = [*catalogue, *(product for product in described if product.id not in known)]
    categories = {product.id: product.category for product in products}
    with database.writing() as session:
        if add:
            in_catalogue = set(session.scalars(select(ProductRow.id))) - known.keys()
            add_products(session, [product for product in products if product.id not in in_catalogue])
            lines = lines[~lines["InvoiceNo"].isin(set(session.scalars(select(OrderRow.id))))]
        else:
            _forget_shop(session)
            put_products(session, products)
        there = set(session.scalars(select(CustomerRow.id)))
        rows = _shop_rows(lines, categories, there=there, currency=currency, now=now)
        new = store(session, rows, label="Importing")
        if not add:
            rebuild(session)
        stamp = hashlib.sha256(f"{now} {len(lines)}".encode()).hexdigest()
        for part in ("catalogue", "people"):
            record_load(session, part, source="import", hash=stamp, now=now)
    return Imported(
        products=len(products),
        customers=len(rows.customers),
        orders=len(rows.orders),
        guest_orders=sum(order["customer_id"] is None for order in rows.orders),
        lines=len(rows.lines),
        refunds=len(rows.returns),
        events=new,
    )


def write_rejects(path: Path, rows: pd.DataFrame, products: Sequence[RejectedRow]) -> None:
    """Every row that was set aside, with its file, row number and reason, as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    from_catalogue = pd.DataFrame(
        {"File": "catalogue", "Row": [row.row for row in products], "Reason": [row.reason for row in products]}
    )
    rejected = pd.concat([rows.assign(File="orders"), from_catalogue])[["File", *rows.columns]]
    rejected.astype({"Row": "int64"}).to_csv(path, index=False)


def _forget_shop(session: Session) -> None:
    empty_shop(session)
    session.execute(delete(EventRow).where(or_(*(EventRow.message_id.startswith(prefix) for prefix in OF_A_SHOP))))


def _described_products(lines: pd.DataFrame, *, currency: str) -> list[CatalogueProduct]:
    """Products from their lines: the most frequent description, the median price, in stock if sold lately."""
    sold = lines[(lines["Kind"] == "sale") & (lines["UnitPrice"] > 0)]
    if sold.empty:
        return []
    named = sold.dropna(subset=["Description"]).groupby(["StockCode", "Description"]).size().reset_index(name="count")
    names = named.sort_values("count", kind="stable").drop_duplicates("StockCode", keep="last")
    name_of = dict(zip(names["StockCode"], names["Description"], strict=True))
    facts = sold.groupby("StockCode").agg(price=("UnitPrice", "median"), last=("InvoiceDate", "max"))
    recent = lines["InvoiceDate"].max() - SOLD_RECENTLY
    return [
        CatalogueProduct(
            id=str(code),
            name=_tidy(str(name_of.get(code, code))),
            category=category_of(str(name_of.get(code, ""))),
            description="",
            price=from_pence(to_pence(price)),
            currency=currency,
            attributes={},
            stock=STOCK_IF_UNKNOWN if last >= recent else 0,
            image="",
            url="",
        )
        for code, price, last in facts.itertuples()
    ]


def _tidy(description: str) -> str:
    """ "SET OF 3 CAKE TINS" is said as "Set Of 3 Cake Tins"."""
    words = " ".join(description.split())
    return (words.title().replace("'S", "'s") if words.isupper() else words)[:200]


def _shop_rows(
    lines: pd.DataFrame, categories: Mapping[str, str], *, there: set[str], currency: str, now: datetime
) -> ShopRows:
    lines = lines.assign(CustomerID=lines["CustomerID"].astype(object).where(lines["CustomerID"].notna(), None))
    lines = lines.assign(Country=lines["Country"].fillna(""), Description=lines["Description"].fillna(""))
    sales, services = lines[lines["Kind"] == "sale"], lines[lines["Kind"] == "service"]
    fees = (services["UnitPrice"] * services["Quantity"]).groupby(services["InvoiceNo"]).sum()
    orders: list[Row] = []
    order_lines: list[Row] = []
    events: list[Event] = []
    newest = lines["InvoiceDate"].max() if len(lines) else None
    by_invoice = sales.sort_values(["InvoiceNo", "Row"], kind="stable")
    for invoice, grouped in groupby(by_invoice.itertuples(index=False), key=lambda line: line.InvoiceNo):
        some = list(grouped)
        shipping = to_pence(max(float(fees.get(invoice, 0.0)), 0.0))
        order = _order_row(some, shipping=shipping, currency=currency, newest=newest)
        orders.append(order)
        order_lines += [_line_row(line, position) for position, line in enumerate(some, start=1)]
        if order["customer_id"] is not None:
            events.append(_completed(order, some, categories))
    returns = _returns(lines[lines["Kind"] == "cancellation"], sales)
    events += _refunds(lines[lines["Kind"] == "cancellation"], categories)
    events.sort(key=lambda event: (event.occurred_at, event.message_id))
    customers = [row for row in _customers(lines) if row["id"] not in there]
    return ShopRows(customers=customers, orders=orders, lines=order_lines, returns=returns, events=events)


def _order_row(lines: Sequence[Any], *, shipping: int, currency: str, newest: Any) -> Row:
    placed_at = min(line.InvoiceDate for line in lines)
    arrived = placed_at <= newest - ARRIVED_AFTER
    return {
        "id": lines[0].InvoiceNo,
        "customer_id": lines[0].CustomerID,
        "status": "delivered" if arrived else "paid",
        "placed_at": _utc(placed_at),
        "expected_on": None,
        "shipped_on": None,
        "delivered_on": None,
        "cancelled_on": None,
        "shipping_pence": shipping,
        "currency": currency,
        "address": lines[0].Country,
        "delivery": "standard",
        "payment": "",
        "carrier": "",
        "tracking": "",
        "invoice_requested_on": None,
    }


def _line_row(line: Any, position: int) -> Row:
    return {
        "order_id": line.InvoiceNo,
        "position": position,
        "product_id": line.StockCode,
        "name": _tidy(line.Description or line.StockCode),
        "quantity": line.Quantity,
        "price_pence": to_pence(line.UnitPrice),
    }


def _customers(lines: pd.DataFrame) -> Iterator[Row]:
    known = lines.dropna(subset=["CustomerID"]).sort_values("InvoiceDate", kind="stable").drop_duplicates("CustomerID")
    for line in known.itertuples(index=False):
        yield {
            "id": line.CustomerID,
            "name": f"Customer {line.CustomerID}",
            "email": "",
            "phone": "",
            "address": line.Country,
            "newsletter": False,
            "since": _day(line.InvoiceDate),
        }


def _returns(cancelled: pd.DataFrame, sales: pd.DataFrame) -> list[Row]:
    """Each cancelled line at the customer's last order of that product before it; a refund without one has no row."""
    keys = ["CustomerID", "StockCode"]
    matched = pd.merge_asof(
        cancelled.dropna(subset=keys).sort_values("InvoiceDate", kind="stable"),
        sales.dropna(subset=keys).sort_values("InvoiceDate", kind="stable")[[*keys, "InvoiceDate", "InvoiceNo"]],
        on="InvoiceDate",
        by=keys,
        suffixes=("", "Bought"),
    ).dropna(subset=["InvoiceNoBought"])
    return [
        {
            "id": f"{line.InvoiceNo}-{line.Row}",
            "order_id": line.InvoiceNoBought,
            "product_id": line.StockCode,
            "name": _tidy(line.Description or line.StockCode),
            "quantity": -line.Quantity,
            "reason": "",
            "resolution": "refund",
            "status": "refunded",
            "requested_on": _day(line.InvoiceDate),
            "closed_on": _day(line.InvoiceDate),
            "amount_pence": to_pence(line.UnitPrice * -line.Quantity),
        }
        for line in matched.itertuples(index=False)
    ]


def _completed(order: Row, lines: Sequence[Any], categories: Mapping[str, str]) -> Event:
    total = sum(line.UnitPrice * line.Quantity for line in lines) + order["shipping_pence"] / 100
    return Event(
        name="Order Completed",
        message_id=f"import:{order['id']}",
        occurred_at=order["placed_at"],
        customer_id=order["customer_id"],
        properties={
            "order_id": order["id"],
            "total": round(total, 2),
            "currency": order["currency"],
            "products": [_product(line, categories) for line in lines],
        },
    )


def _refunds(cancelled: pd.DataFrame, categories: Mapping[str, str]) -> Iterator[Event]:
    known = cancelled.dropna(subset=["CustomerID"]).sort_values(["InvoiceNo", "Row"], kind="stable")
    for invoice, grouped in groupby(known.itertuples(index=False), key=lambda line: line.InvoiceNo):
        lines = list(grouped)
        yield Event(
            name="Order Refunded",
            message_id=f"import:{invoice}",
            occurred_at=_utc(min(line.InvoiceDate for line in lines)),
            customer_id=lines[0].CustomerID,
            properties={
                "order_id": invoice,
                "products": [_product(line, categories) for line in lines],
                "reason": "",
                "resolution": "refund",
            },
        )


def _product(line: Any, categories: Mapping[str, str]) -> dict[str, Any]:
    return {
        "product_id": line.StockCode,
        "name": _tidy(line.Description or line.StockCode),
        "category": categories.get(line.StockCode, ""),
        "price": line.UnitPrice,
        "quantity": abs(line.Quantity),
    }


def _utc(time: Any) -> datetime:
    """Order files have no zone; their times are taken as UTC."""
    return pd.Timestamp(time).to_pydatetime().replace(tzinfo=UTC)


def _day(time: Any) -> date:
    return pd.Timestamp(time).date()
