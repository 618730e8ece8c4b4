"""A shop as large as one likes, made of a real one: its customers drawn with replacement, each under a new id.

The result is the copy of a log (`insight.batch.log`), as Parquet: what the refresh computes from. Lines that name no
customer are a visitor of their own for each invoice. Made by DuckDB, so that 27 million lines need no memory.
"""

from pathlib import Path

import duckdb
import pandas as pd

from bot.shop.guess import category_of
from insight.batch.log import MONEY

TABLES = ("events", "placed", "items", "undone")
SEED = 20260101


def make(lines: pd.DataFrame, folder: Path, *, times: int) -> int:
    """Write `TABLES` of a shop `times` as large as `lines` (of `insight.orders.read`); returns how many items."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder / "spill")}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.register("read", _told(lines))
        connection.execute(
            """
            CREATE TABLE line AS SELECT *, dense_rank() OVER (ORDER BY person) - 1 AS number FROM read;
            CREATE TABLE invoice AS SELECT number, InvoiceNo, any_value(sale) AS sale, min(InvoiceDate) AS "at",
                sum(amount) AS amount, row_number() OVER (PARTITION BY number ORDER BY InvoiceNo) AS nth
                FROM line GROUP BY number, InvoiceNo;
            """
        )
        connection.execute(_draws(times))
        for name, query in _queries().items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
        found = connection.execute(f"SELECT count(*) FROM '{folder / 'items'}.parquet'").fetchone()
    assert found is not None
    return int(found[0])


def _told(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines that the log would hold, with what its events say of them."""
    here = lines[lines["Kind"] != "service"]
    categories = {text: category_of(text) for text in here["Description"].fillna("").unique()}
    amounts = (here["UnitPrice"] * here["Quantity"].abs() * MONEY).round().astype("int64")
    return pd.DataFrame(
        {
            "person": here["CustomerID"].fillna("guest " + here["InvoiceNo"]),
            "InvoiceNo": here["InvoiceNo"],
            "InvoiceDate": here["InvoiceDate"],
            "product_id": here["StockCode"],
            "category": here["Description"].fillna("").map(categories).replace("", None),
            "quantity": here["Quantity"].abs().astype("float64"),
            "amount": amounts,
            "sale": here["Kind"] == "sale",
        }
    )


def _draws(times: int) -> str:
    """The shop itself first; from the second time on whoever the hash of a number names."""
    people = "(SELECT max(number) + 1 FROM line)"
    return f"""
        CREATE TABLE drawn AS SELECT range AS id, CASE WHEN range < {people} THEN range
            ELSE hash(range + {SEED}) % {people} END AS number FROM range({times} * {people})
    """


def _queries() -> dict[str, str]:
    event, who = "drawn.id * (SELECT max(nth) FROM invoice) + nth AS event_id", "'c' || drawn.id AS person_id"
    told = f"SELECT {event}, invoice.\"at\", {who}, drawn.id || '-' || InvoiceNo AS order_id"
    invoices = "FROM invoice JOIN drawn USING (number)"
    placed = f'SELECT {event}, invoice."at", {who} {invoices} WHERE sale'
    nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in ("conversation_id", "product_id", "category"))
    return {
        "events": f"SELECT event_id AS id, \"at\", 'Order Completed' AS name, person_id, {nothing} FROM ({placed})",
        "placed": f"{told}, CAST(amount AS BIGINT) AS total {invoices} WHERE sale",
        "undone": f"{told}, 'refunded' AS kind, CAST(amount AS BIGINT) AS amount {invoices} WHERE NOT sale",
        "items": f"SELECT {event}, CAST(0 AS BIGINT) AS place, product_id, category, quantity, line.amount "
        f"{invoices} JOIN line USING (number, InvoiceNo) WHERE invoice.sale",
    }
