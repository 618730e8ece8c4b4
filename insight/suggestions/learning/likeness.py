"""The step that finds which products are alike, and when each is bought again."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from insight.batch.context import Context
from insight.suggestions.learning import collaborative, content, repeats
from insight.suggestions.learning.neighbours import Neighbours
from insight.suggestions.sources import content as described
from insight.suggestions.sources import ease, factors
from insight.tables import CycleRow, LikenessRow

ROWS_AT_ONCE = 5_000


def find(context: Context) -> dict[str, Any]:
    """Make the tables anew; with few customers, or without an encoder, what would be learnt from them is left out."""
    found: dict[str, Neighbours] = {}
    lines = context.table("lines")
    buyers = context.keep("buyers", collaborative.buyers(lines))
    purchases = collaborative.purchases(context)
    if purchases is not None:
        found[factors.METHOD] = collaborative.by_factors(purchases)
        found[ease.METHOD] = collaborative.by_ease(purchases)
    catalogue = content.read(context)
    if catalogue is not None:
        found[described.METHOD] = content.alike(catalogue)
    cycles = context.frame(repeats.cycles(lines.semi_join(buyers, "person_id"))).to_dict("records")
    with context.writing() as session:
        _replace(session, LikenessRow, _rows(found))
        _replace(session, CycleRow, iter(cycles))
        content.store(session, catalogue)
    return {
        "products": len({id for neighbours in found.values() for id in neighbours}),
        "methods": sorted(found),
        "cycles": len(cycles),
    }


def _rows(found: dict[str, Neighbours]) -> Iterator[dict[str, Any]]:
    for method, neighbours in found.items():
        for id, others in neighbours.items():
            yield {"method": method, "product_id": id, "others": [[other, round(value, 4)] for other, value in others]}


def _replace(session: Session, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    session.execute(delete(table))
    while some := list(islice(rows, ROWS_AT_ONCE)):
        session.execute(insert(table.__table__), some)
