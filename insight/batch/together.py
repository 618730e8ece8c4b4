"""The step that finds what is bought together and by whom: the tables that `insight.suggestions` reads."""

from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from insight.batch import baskets
from insight.batch.context import Context
from insight.profile.store import documents, read_thresholds
from insight.profile.view import view
from insight.tables import FavouriteRow, NeighbourRow

AUDIENCES = pa.schema([("audience", pa.string()), ("person_id", pa.string())])


def find(context: Context) -> dict[str, Any]:
    """Make both tables anew."""
    with context.reading() as session:
        thresholds = read_thresholds(session)
        tiers = [
            {
                "audience": f"tier:{view('', document, thresholds=thresholds, now=context.now).tier}",
                "person_id": person_id,
            }
            for person_id, document in documents(session)
        ]
    lines = context.table("lines")
    by_tier = context.put("tiers", pa.Table.from_pylist(tiers, schema=AUDIENCES))
    everybody = lines.select(audience=ibis.literal("all"), person_id=lines.person_id).distinct()
    audiences = ibis.union(everybody, by_tier, baskets.main_categories(lines))
    favourites = ibis.union(baskets.favourites(lines, audiences), baskets.favourites_in_category(lines))
    together = context.keep("neighbours", baskets.neighbours(lines))
    found = context.frame(together), context.frame(context.keep("favourites", favourites))
    with context.writing() as session:
        _replace(session, NeighbourRow, found[0])
        _replace(session, FavouriteRow, found[1])
    return {"neighbours": len(found[0]), "favourites": len(found[1])}


def _replace(session: Session, table: Any, rows: pd.DataFrame) -> None:
    session.execute(delete(table))
    records = rows.to_dict("records")
    if records:
        session.execute(insert(table.__table__), records)
