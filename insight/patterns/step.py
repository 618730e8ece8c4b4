"""The step that finds patterns in the log, and what it found last."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import ibis
import pandas as pd
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from insight.batch.context import Context
from insight.patterns import funnels, sequences
from insight.patterns.funnels import Funnel, Stage
from insight.patterns.rules import Rule, one_way, rules
from insight.patterns.sequences import Sequence
from insight.report.log import HANDED_OFF, ORDERED, read_log
from insight.tables import BundleRow, ResultRow

RESULT = "patterns"
BUNDLES = 2_000  # kept for suggestions
SHOWN = 30  # of each kind, kept to be read
TALKING = timedelta(days=90)
RECENT_DAYS = 730


@dataclass(frozen=True)
class Patterns:
    """What one refresh found, the strongest of each kind."""

    as_of: datetime
    rules: tuple[Rule, ...]
    sequences: tuple[Sequence, ...]
    funnels: tuple[Funnel, ...]


def find(context: Context) -> dict[str, Any]:
    """Find patterns in two years of orders, all visits and ninety days of conversations; bundles go to suggestions."""
    lines = context.table("lines")
    recent = lines.filter(lines["at"] >= lines["at"].max() - pd.Timedelta(days=RECENT_DAYS).to_pytimedelta())
    together = rules(context.frame(recent.select("event_id", "product_id")))
    in_order = sequences.sequences(context, recent)
    steps = [*funnels.shopping(_visits(context)), *_talks(context)]
    found = Patterns(context.now, tuple(one_way(together)[:SHOWN]), tuple(in_order[:SHOWN]), tuple(steps))
    with context.writing() as session:
        _store_bundles(session, together[:BUNDLES])
        session.merge(ResultRow(name=RESULT, as_of=context.now, document=_plain(found)))
    return {"rules": len(together), "sequences": len(in_order), "funnels": len(steps)}


def read(session: Session) -> Patterns | None:
    """What the last refresh found; None before the first one."""
    row = session.get(ResultRow, RESULT)
    if row is None:
        return None
    kept = row.document
    return Patterns(
        row.as_of,
        tuple(_made(Rule, one) for one in kept["rules"]),
        tuple(_made(Sequence, one) for one in kept["sequences"]),
        tuple(
            _made(Funnel, one | {"stages": [_made(Stage, stage) for stage in one["stages"]]}) for one in kept["funnels"]
        ),
    )


def _visits(context: Context) -> pd.DataFrame:
    """Events with a category, orders once for each category in them: person_id, at, name, category."""
    events, lines = context.table("events"), context.table("lines")
    wanted = events.filter(events.name.isin(funnels.SHOPPING[:2])).select("person_id", "at", "name", "category")
    ordered = (
        lines.mutate(name=ibis.literal("Order Completed")).select("person_id", "at", "name", "category").distinct()
    )
    return context.frame(wanted.union(ordered))


def _talks(context: Context) -> list[Funnel]:
    with context.reading() as session:
        log = read_log(session, context.now - TALKING, context.now)
    handed = set(log.desk.loc[log.desk["name"] == HANDED_OFF, "talk"])
    orders = log.shop.loc[log.shop["name"] == ORDERED, ["person", "at"]]
    return funnels.talking(log.parses, orders, handed)


def _store_bundles(session: Session, found: list[Rule]) -> None:
    session.execute(delete(BundleRow))
    rows = [
        {
            "left_id": rule.left[0],
            "other_left_id": rule.left[1] if len(rule.left) > 1 else "",
            "product_id": rule.right,
            "together": rule.together,
            "confidence": rule.confidence,
            "lift": rule.lift,
        }
        for rule in found
    ]
    if rows:
        session.execute(insert(BundleRow), rows)


def _plain(found: Patterns) -> dict[str, Any]:
    return {field.name: [asdict(one) for one in getattr(found, field.name)] for field in fields(found)[1:]}


def _made(kind: Any, document: Mapping[str, Any]) -> Any:
    """A value from its JSON, whose lists are tuples."""
    return kind(**{name: _tuples(value) for name, value in document.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
