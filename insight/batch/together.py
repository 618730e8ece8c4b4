"""The step that finds what is bought together and by whom: the tables that `insight.suggestions` reads."""

from collections.abc import Iterable, Iterator
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from insight.batch import baskets
from insight.batch.context import Context
from insight.profile.store import documents, read_tiers
from insight.profile.view import view
from insight.tables import FavouriteRow, NeighbourRow

TABLES = {"neighbours": NeighbourRow, "favourites": FavouriteRow}
AUDIENCES = pa.schema([("audience", pa.string()), ("person_id", pa.string())])


def find(context: Context) -> dict[str, Any]:
    """Make both tables anew."""
    keep(context, _tiers(context))
    found = [(row, context.frame(context.table(name))) for name, row in TABLES.items()]
    with context.writing() as session:
        for row, frame in found:
            _replace(session, row, frame)
    return {name: len(frame) for name, (_, frame) in zip(TABLES, found, strict=True)}


def keep(context: Context, tiers: Iterable[tuple[str, str]]) -> None:
    """Compute both tables from `lines`; `tiers` are audiences with a person each."""
    lines = context.table("lines")
    rows = [{"audience": audience, "person_id": person_id} for audience, person_id in tiers]
    by_tier = context.put("tiers", pa.Table.from_pylist(rows, schema=AUDIENCES))
    everybody = lines.select(audience=ibis.literal("all"), person_id=lines.person_id).distinct()
    audiences = ibis.union(everybody, by_tier, baskets.main_categories(lines))
    numbers = context.keep("numbers", baskets.numbers(lines))
    contents = context.keep("contents", baskets.contents(lines, numbers))
    context.keep("neighbours", baskets.neighbours(contents, numbers))
    in_category = baskets.favourites_in_category(lines)
    context.keep("favourites", ibis.union(baskets.favourites(lines, audiences), in_category))


def _tiers(context: Context) -> Iterator[tuple[str, str]]:
    with context.reading() as session:
        tiers = read_tiers(session)
        for person_id, document in documents(session):
            yield f"tier:{view('', document, tiers=tiers, now=context.now).tier}", person_id


def _replace(session: Session, table: Any, rows: pd.DataFrame) -> None:
    session.execute(delete(table))
    records = rows.to_dict("records")
    if records:
        session.execute(insert(table.__table__), records)
