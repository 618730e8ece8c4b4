"""The batch half of insight: value-tier thresholds and the tables that suggestions read, made anew from the log.

Reading, computing and writing are separate steps, so that no transaction is open while DuckDB works.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis
import pandas as pd
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from insight import baskets, tiers
from insight.events import Event, append, newest
from insight.profile.store import AT_ONCE, HALF_LIFE_DAYS, read_thresholds, rebuild
from insight.profile.view import view
from insight.tables import FavouriteRow, NeighbourRow, ProfileRow
from insight.worker import Worker, position

Transaction = Callable[[], AbstractContextManager[Session]]

REBUILD_FROM = 5_000  # events behind


@dataclass(frozen=True)
class Refreshed:
    """How much there was of everything."""

    folded: int
    customers: int
    lines: int
    neighbours: int
    favourites: int
    thresholds: tiers.Thresholds


def refresh(
    reading: Transaction,
    writing: Transaction,
    *,
    now: datetime | None = None,
    half_life_days: float = HALF_LIFE_DAYS,
    progress: Callable[[str], None] = lambda step: None,
) -> Refreshed:
    """Bring profiles, tiers and suggestion tables up to date; `progress` is told each step's name as it begins."""
    now = now or datetime.now(UTC)
    progress("folding new events")
    folded = _catch_up(writing, half_life_days)
    progress("setting the value tiers")
    with reading() as session:
        values = [_value(document, now) for _, document in _documents(session)]
        before = read_thresholds(session)
    buyers = [value for value in values if value.orders]
    thresholds = tiers.fit(
        recency_days=[value.recency_days or 0.0 for value in buyers],
        orders=[value.orders for value in buyers],
        spent=[value.spent for value in buyers],
    )
    if thresholds != before:
        with writing() as session:
            append(session, [Event(tiers.EVENT, f"tiers-{now.isoformat()}", now, thresholds.as_document())])
        _catch_up(writing, half_life_days)
    progress("looking who is in which segment")
    Worker(writing, half_life_days=half_life_days).sweep()
    _catch_up(writing, half_life_days)
    progress("finding what is bought together")
    with reading() as session:
        lines = baskets.read_lines(session)
        tier_of = [(f"tier:{_tier(one, thresholds, now)}", person_id) for person_id, one in _documents(session)]
    neighbours, favourites = _tables(lines, tier_of)
    progress("storing")
    with writing() as session:
        _replace(session, NeighbourRow, neighbours)
        _replace(session, FavouriteRow, favourites)
    return Refreshed(folded, len(buyers), len(lines), len(neighbours), len(favourites), thresholds)


def _catch_up(writing: Transaction, half_life_days: float) -> int:
    """Fold what the worker has not folded yet; after a large import, rebuilding is several times faster."""
    with writing() as session:
        behind = newest(session) - position(session).event_id
        if behind > REBUILD_FROM:
            rebuild(session, half_life_days=half_life_days)
            return behind
    return sum(iter(Worker(writing, half_life_days=half_life_days).step, 0))


def _documents(session: Session) -> Iterable[Any]:
    rows = select(ProfileRow.person_id, ProfileRow.document).order_by(ProfileRow.person_id)
    return session.execute(rows.execution_options(yield_per=AT_ONCE))


def _value(document: dict[str, Any], now: datetime) -> Any:
    return view("", document, thresholds=tiers.Thresholds(), now=now).value


def _tier(document: dict[str, Any], thresholds: tiers.Thresholds, now: datetime) -> str:
    return view("", document, thresholds=thresholds, now=now).tier


def _tables(lines: pd.DataFrame, tier_of: list[tuple[str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    if lines.empty:
        return pd.DataFrame(), pd.DataFrame()
    table = ibis.memtable(lines, schema=ibis.schema(baskets.LINES_SCHEMA))
    everybody = table.select(audience=ibis.literal("all"), person_id=table.person_id).distinct()
    by_tier = ibis.memtable(tier_of, schema=ibis.schema({"audience": "string", "person_id": "string"}))
    audiences = ibis.union(everybody, by_tier, baskets.main_categories(table))
    favourites = ibis.union(baskets.favourites(table, audiences), baskets.favourites_in_category(table))
    connection = ibis.duckdb.connect()
    return connection.to_pandas(baskets.neighbours(table)), connection.to_pandas(favourites)


def _replace(session: Session, table: Any, rows: pd.DataFrame) -> None:
    session.execute(delete(table))
    records = rows.to_dict("records")
    if records:
        session.execute(insert(table.__table__), records)
