"""The step that copies the log into tables which every engine reads: `Context.table(name)`.

lines  one row for each product of each order that was not cancelled: order_id, person_id, at (UTC, no zone),
       product_id, category (null where unknown)
"""

from typing import Any

import pyarrow as pa

from insight.batch import baskets
from insight.batch.context import Context

LINES = pa.schema(
    [
        ("order_id", pa.string()),
        ("person_id", pa.string()),
        ("at", pa.timestamp("us")),
        ("product_id", pa.string()),
        ("category", pa.string()),
    ]
)


def copy(context: Context) -> dict[str, Any]:
    """Copy the log into the tables above."""
    with context.reading() as session:
        lines = baskets.read_lines(session)
    context.put("lines", pa.Table.from_pandas(lines, schema=LINES, preserve_index=False))
    return {"lines": len(lines)}
