"""The step that copies the log into tables that every engine reads, a piece at a time and a short transaction each.

    events  every event of somebody: id, at, name, person_id, conversation_id, product_id, category
    placed  each `Order Completed`: event_id, at, person_id, order_id, total
    items   its products: event_id, place (in the order), product_id, category, quantity, amount
    undone  what takes orders back: event_id, at, person_id, order_id, kind (`cancelled`, `refunded`, `erased`), amount
            (null: the whole order)

Times are UTC without a zone. Money is in whole ten-thousandths (`MONEY`): sums of whole numbers come out the same in
any order and on any engine. A visitor who became a customer has the customer's id. `insight.batch.sales` makes of them
`orders`, `lines` and `customers`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.batch import sales
from insight.batch.context import Context
from insight.events import newest
from insight.profile.properties import listed, number, text
from insight.tables import AliasRow, EventRow

MONEY = 10_000
DEAREST = 10**12  # an amount above it is nobody's; it would leave the whole numbers
AT_ONCE = 20_000
TEXT, WHOLE, TIME = pa.string(), pa.int64(), pa.timestamp("us")
ROWS = {
    "events": {
        "id": WHOLE,
        "at": TIME,
        "name": TEXT,
        "person_id": TEXT,
        "conversation_id": TEXT,
        "product_id": TEXT,
        "category": TEXT,
    },
    "placed": {"event_id": WHOLE, "at": TIME, "person_id": TEXT, "order_id": TEXT, "total": WHOLE},
    "items": {
        "event_id": WHOLE,
        "place": WHOLE,
        "product_id": TEXT,
        "category": TEXT,
        "quantity": pa.float64(),
        "amount": WHOLE,
    },
    "undone": {
        "event_id": WHOLE,
        "at": TIME,
        "person_id": TEXT,
        "order_id": TEXT,
        "kind": TEXT,
        "amount": WHOLE,
    },
}
SCHEMAS = {name: pa.schema(columns.items()) for name, columns in ROWS.items()}
UNDOING = {"Order Cancelled": "cancelled", "Order Refunded": "refunded", "Customer Erased": "erased"}

Rows = dict[str, list[tuple[Any, ...]]]


def copy(context: Context) -> dict[str, Any]:
    """Make the tables above, and of them those of `sales`."""
    counts = dict.fromkeys(SCHEMAS, 0)
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(pq.ParquetWriter(context.path(name), schema)) for name, schema in SCHEMAS.items()
        }
        for rows in _pieces(context):
            for name, some in rows.items():
                counts[name] += len(some)
                writers[name].write_table(columns(SCHEMAS[name], some))
    sales.keep(context)
    return {"events": counts["events"], "orders": counts["placed"], "lines": counts["items"]}


def _pieces(context: Context) -> Iterator[Rows]:
    with context.reading() as session:
        end = newest(session)
        aliases = {row.anonymous_id: row.customer_id for row in session.scalars(select(AliasRow))}
    after = 0
    while after < end:
        with context.reading() as session:
            some = _read(session, after, end)
        yield _rows(some, aliases)
        after = some[-1].id if some else end


def _read(session: Session, after: int, end: int) -> Sequence[Any]:
    columns = (
        EventRow.id,
        EventRow.name,
        EventRow.message_id,
        EventRow.occurred_at,
        EventRow.customer_id,
        EventRow.anonymous_id,
        EventRow.conversation_id,
        EventRow.properties,
    )
    wanted = select(*columns).where(EventRow.id > after, EventRow.id <= end).order_by(EventRow.id).limit(AT_ONCE)
    return session.execute(wanted).all()


def _rows(events: Sequence[Any], aliases: Mapping[str, str]) -> Rows:
    """The rows of each table that these events make."""
    rows: Rows = {name: [] for name in SCHEMAS}
    for event in events:
        person_id = event.customer_id or aliases.get(event.anonymous_id, event.anonymous_id)
        if person_id is None:
            continue
        at, told = event.occurred_at.replace(tzinfo=None), event.properties
        named = text(told, "product_id"), text(told, "category")
        rows["events"].append((event.id, at, event.name, person_id, event.conversation_id, *named))
        if event.name == "Order Completed":
            order_id = text(told, "order_id") or event.message_id
            products = listed(told, "products")
            rows["placed"].append((event.id, at, person_id, order_id, _total(told, products)))
            rows["items"] += _items(event.id, products)
        elif event.name in UNDOING:
            rows["undone"].append(_undone(event, at, person_id))
    return rows


def _items(event_id: int, products: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for place, product in enumerate(products):
        product_id = text(product, "product_id")
        if product_id is not None:
            quantity = number(product, "quantity", 1.0)
            yield event_id, place, product_id, text(product, "category"), quantity, _money(_price(product))


def _undone(event: Any, at: datetime, person_id: str) -> tuple[Any, ...]:
    told = event.properties
    amount = number(told, "total") or sum(map(_price, listed(told, "products"))) or None
    paid_back = None if amount is None else _money(max(0.0, amount))
    return event.id, at, person_id, text(told, "order_id"), UNDOING[event.name], paid_back


def _total(told: Mapping[str, Any], products: Sequence[Mapping[str, Any]]) -> int:
    return _money(number(told, "total", number(told, "revenue", sum(map(_price, products)))))


def _price(product: Mapping[str, Any]) -> float:
    return number(product, "price") * number(product, "quantity", 1.0)


def _money(amount: float) -> int:
    return round(max(-DEAREST, min(DEAREST, amount)) * MONEY)


def columns(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    """The rows as a table of that schema."""
    values = zip(*rows, strict=True) if rows else [[] for _ in schema]
    arrays = [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
