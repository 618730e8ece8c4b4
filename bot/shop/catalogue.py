"""Read a catalogue CSV: `product_id,name,price` and, if there, `category,description,stock,currency,image,url,details`.

Every other column is an attribute of that name; `details` holds more of them as `name: value; name: value`. Rows that
cannot be used are given back with their reason, never dropped.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from insight.errors import FileError

REQUIRED = ("product_id", "name", "price")
OTHER_NAMES = {
    "id": "product_id",
    "sku": "product_id",
    "stockcode": "product_id",
    "title": "name",
    "unitprice": "price",
}
NOT_ATTRIBUTES = {*REQUIRED, "category", "description", "stock", "currency", "image", "url", "details"}
STOCK_IF_UNKNOWN = 100
LARGEST_FIELD = 1_000_000
LONGEST_ID, LONGEST_NAME = 40, 200
MOST_PENCE = 2_000_000_000


@dataclass(frozen=True)
class CatalogueProduct:
    id: str
    name: str
    category: str
    description: str
    price: Decimal
    currency: str
    attributes: Mapping[str, str]
    stock: int
    image: str
    url: str


@dataclass(frozen=True)
class RejectedRow:
    row: int  # in the file, the header being row 1
    reason: str


def read_catalogue(path: Path, *, currency: str = "GBP") -> tuple[list[CatalogueProduct], list[RejectedRow]]:
    """The products and the rows that cannot be used; `FileError` for a file that is no catalogue."""
    products: dict[str, CatalogueProduct] = {}
    rejects: list[RejectedRow] = []
    for number, row in _rows(path):
        product = _product(row, currency=currency)
        if isinstance(product, str):
            rejects.append(RejectedRow(number, product))
        elif product.id in products:
            rejects.append(RejectedRow(number, "product_id twice"))
        else:
            products[product.id] = product
    if not products:
        raise FileError(f"{path}: no usable product in it")
    return list(products.values()), rejects


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(LARGEST_FIELD)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="cp1252", errors="replace")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    if not text.strip():
        raise FileError(f"{path}: the file is empty")
    reader = csv.reader(io.StringIO(text), delimiter=";" if text.partition("\n")[0].count(";") >= 2 else ",")
    header = [OTHER_NAMES.get(name.strip().lower(), name.strip().lower()) for name in next(reader)]
    if missing := [name for name in REQUIRED if name not in header]:
        raise FileError(f"{path}: the header has no column {', '.join(missing)}")
    try:
        for values in reader:
            if values:
                cells = [*values, *[""] * (len(header) - len(values))]
                yield reader.line_num, dict(zip(header, map(str.strip, cells), strict=False))
    except csv.Error as error:
        raise FileError(f"{path}: line {reader.line_num}: {error}") from error


def _product(row: Mapping[str, str], *, currency: str) -> CatalogueProduct | str:
    """The row's product, or the reason why there is none."""
    if not 0 < len(row["product_id"]) <= LONGEST_ID or not row["name"]:
        return "no product_id or name, or a product_id that is too long"
    price, stock = _number(row["price"]), _number(row.get("stock") or str(STOCK_IF_UNKNOWN))
    if price is None or not 0 <= price * 100 <= MOST_PENCE:
        return "price is not an amount"
    if stock is None or not 0 <= stock <= MOST_PENCE:
        return "stock is not a number"
    if len(row.get("currency") or currency) != 3:
        return "currency is not a three-letter code"
    return CatalogueProduct(
        id=row["product_id"],
        name=row["name"][:LONGEST_NAME],
        category=row.get("category") or "Other",
        description=row.get("description", ""),
        price=price,
        currency=(row.get("currency") or currency).upper(),
        attributes=_attributes(row),
        stock=int(stock),
        image=row.get("image", ""),
        url=row.get("url", ""),
    )


def _attributes(row: Mapping[str, str]) -> dict[str, str]:
    attributes = {name: value for name, value in row.items() if name and value and name not in NOT_ATTRIBUTES}
    for part in row.get("details", "").split(";"):
        name, _, value = part.partition(":")
        if value.strip():
            attributes[name.strip()] = value.strip()
    return attributes


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace("£", "").replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
