"""The step that finds patterns in the log, and what it found last."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import pandas as pd
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from insight.batch.context import Context
from insight.batch.sampling import share_for, some
from insight.patterns import funnels, sequences
from insight.patterns.funnels import Funnel, Stage
from insight.patterns.rules import Rule, one_way, rules
from insight.patterns.sequences import Sequence
from insight.report.log import HANDED_OFF, read_talks
from insight.tables import BundleRow, ResultRow

RESULT = "patterns"
BUNDLES = 2_000  # kept for suggestions
SHOWN = 30  # of each kind, kept to be read
TALKING = timedelta(days=90)
RECENT_DAYS = 730
MOST_LINES = 1_500_000  # in the baskets that are looked at; beyond, some orders are taken
MOST_STEPS = 1_000_000  # of people in shopping funnels; beyond, some people's are taken


@dataclass(frozen=True)
class Patterns:
    """What one refresh found, the strongest of each kind.

    `shares`: the part of the orders (`rules`) and of the people (`sequences`, `shopping`) that was counted in.
    """

    as_of: datetime
    rules: tuple[Rule, ...]
    sequences: tuple[Sequence, ...]
    funnels: tuple[Funnel, ...]
    shares: Mapping[str, float]


def find(context: Context) -> dict[str, Any]:
    """Find patterns in two years of orders, all visits and ninety days of conversations; bundles go to suggestions.

    Of a large shop some orders and people are looked at, so that it takes no more memory than a smaller one.
    """
    lines = context.table("lines")
    recent = lines.filter(lines["at"] >= lines["at"].max() - pd.Timedelta(days=RECENT_DAYS).to_pytimedelta())
    shares = {"rules": share_for(context, recent, MOST_LINES)}
    baskets = some(recent, "event_id", shares["rules"])
    together = rules(context.frame(baskets.select("event_id", "product_id")))
    in_order, shares["sequences"] = sequences.sequences(context, recent)
    visits, shares["shopping"] = _visits(context)
    steps = [*funnels.shopping(visits), *_talks(context)]
    found = Patterns(context.now, tuple(one_way(together)[:SHOWN]), tuple(in_order[:SHOWN]), tuple(steps), shares)
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
        kept.get("shares", {}),
    )


def _visits(context: Context) -> tuple[pd.DataFrame, float]:
    """Events with a category, orders once for each category in them: person_id, at, name, category; of what share of
    the people."""
    events, lines = context.table("events"), context.table("lines")
    wanted = events.filter(events.name.isin(funnels.SHOPPING[:2])).select("person_id", "at", "name", "category")
    ordered = (
        lines.mutate(name=ibis.literal("Order Completed")).select("person_id", "at", "name", "category").distinct()
    )
    steps = context.keep("shopping_steps", wanted.union(ordered))
    share = share_for(context, steps, MOST_STEPS)
    return context.frame(some(steps, "person_id", share)), share


def _talks(context: Context) -> list[Funnel]:
    since = context.now - TALKING
    with context.reading() as session:
        talks = read_talks(session, since, context.now)
    handed = set(talks.desk.loc[talks.desk["name"] == HANDED_OFF, "talk"])
    return funnels.talking(talks.parses, _orders_since(context, since, talks.people), handed)


def _orders_since(context: Context, since: datetime, people: tuple[str, ...]) -> pd.DataFrame:
    """The orders of these people: person (their place), at."""
    orders = context.table("orders")
    who = pd.DataFrame({"person_id": pd.array(people, dtype="str"), "person": range(len(people))})
    recent = orders.filter(orders["at"] >= since.replace(tzinfo=None))
    found = context.frame(recent.join(context.put("talkers", who), "person_id").select("person", "at"))
    return found.assign(at=found["at"].dt.tz_localize("UTC"))


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
    kinds = {name: [asdict(one) for one in getattr(found, name)] for name in ("rules", "sequences", "funnels")}
    return {**kinds, "shares": dict(found.shares)}


def _made(kind: Any, document: Mapping[str, Any]) -> Any:
    """A value from its JSON, whose lists are tuples."""
    return kind(**{name: _tuples(value) for name, value in document.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
