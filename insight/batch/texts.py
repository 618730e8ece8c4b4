"""The step that reads what customers wrote: messages and reviews of the last year, the newest `MOST` of them.

    texts  event_id, at, person_id, conversation_id, seq, kind (`message`, `review`), product_id, category, text

Their vectors, where the caller has an encoder, are `vectors(context)`. Pressed buttons are nobody's words. All of it is
gone with the refresh's scratch folder.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from insight.batch.context import Context
from insight.profile.properties import text
from insight.tables import AliasRow, EventRow

MOST = 20_000
TIME = timedelta(days=365)
AT_ONCE = 256
SENT, REVIEWED = "Live Chat Message Sent", "Product Reviewed"
BODY = {SENT: ("message", "text"), REVIEWED: ("review", "review_body")}
SCHEMA = pa.schema(
    [
        ("event_id", pa.int64()),
        ("at", pa.timestamp("us")),
        ("person_id", pa.string()),
        ("conversation_id", pa.string()),
        ("seq", pa.int64()),
        ("kind", pa.string()),
        ("product_id", pa.string()),
        ("category", pa.string()),
        ("text", pa.string()),
    ]
)


def read(context: Context) -> dict[str, Any]:
    """Make the table, and the vectors if there is an encoder."""
    with context.reading() as session:
        rows = _rows(session, context)
    context.put("texts", pa.Table.from_pylist(rows, schema=SCHEMA))
    if context.embed is not None and rows:
        np.save(_file(context), _embedded(context, [row["text"] for row in rows]))
    return {"texts": len(rows)}


def vectors(context: Context) -> np.ndarray | None:
    """A vector of length 1 for each row of `texts` in the order of `event_id`; None without an encoder or texts."""
    return np.load(_file(context)) if _file(context).exists() else None


def _file(context: Context) -> Any:
    return context.folder / "texts.npy"


def _rows(session: Session, context: Context) -> list[dict[str, Any]]:
    aliases = {row.anonymous_id: row.customer_id for row in session.scalars(select(AliasRow))}
    wanted = select(EventRow).where(EventRow.name.in_(BODY), EventRow.occurred_at >= context.now - TIME)
    newest = session.scalars(wanted.order_by(EventRow.id.desc()).limit(MOST)).all()
    rows = []
    for event in reversed(newest):
        kind, named = BODY[event.name]
        person_id = event.customer_id or aliases.get(event.anonymous_id or "", event.anonymous_id)
        written, seq = text(event.properties, named), event.properties.get("seq")
        if person_id is None or written is None or event.properties.get("payload"):
            continue
        rows.append(
            {
                "event_id": event.id,
                "at": event.occurred_at.replace(tzinfo=None),
                "person_id": person_id,
                "conversation_id": event.conversation_id,
                "seq": seq if isinstance(seq, int) else None,
                "kind": kind,
                "product_id": text(event.properties, "product_id"),
                "category": text(event.properties, "category"),
                "text": written,
            }
        )
    return rows


def _embedded(context: Context, texts: list[str]) -> np.ndarray:
    """What several wrote is embedded once."""
    assert context.embed is not None
    distinct = list(dict.fromkeys(texts))
    parts = []
    for start in range(0, len(distinct), AT_ONCE):
        context.progress(f"embedding what customers wrote ({start:,} of {len(distinct):,})")
        parts.append(np.asarray(context.embed(distinct[start : start + AT_ONCE]), dtype=np.float32))
    place = {text: number for number, text in enumerate(distinct)}
    found = np.vstack(parts)[[place[text] for text in texts]]
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
