"""A finding, and what it costs."""

from dataclasses import dataclass

import pandas as pd

from insight.report import log as events
from insight.report.facts import Facts
from insight.report.nearest import looked_up, nearest

HOURLY = 25.0  # an hour of a person, in the shop's money
HANDLING_S = 600.0  # a conversation with a person, until some have been resolved


@dataclass(frozen=True)
class Finding:
    """`title` says what happened, `detail` how many and why; `cost` in the shop's money, below zero for good news."""

    kind: str
    title: str
    detail: str
    cost: float
    conversations: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """`p_value`: how probable it is by chance; None: it was counted, not tested."""

    finding: Finding
    p_value: float | None = None


def people_cost(facts: Facts, talks: pd.Series | pd.Index) -> float:
    """What people's time in these conversations cost."""
    taken = facts.assignments["talk"].drop_duplicates()
    return float(taken.isin(talks).sum()) * handling_s(facts) / 3600 * HOURLY


def handling_s(facts: Facts) -> float:
    """Median seconds from an agent taking a conversation to its being resolved."""
    first = facts.assignments.drop_duplicates("talk")
    done = nearest(first, facts.resolved[["at", "talk"]], by="talk", direction="forward")
    seconds = (done["at"] - first["at"]).dt.total_seconds().dropna()
    return float(seconds.median()) if len(seconds) else HANDLING_S


def lost_orders(facts: Facts, talks: pd.Series | pd.Index) -> float:
    """Totals of the orders that customers cancelled within a day of starting these conversations."""
    shop = facts.log.shop
    orders = shop[shop["name"] == events.ORDERED].drop_duplicates("order_id").set_index("order_id")["total"]
    gone = shop[(shop["name"] == events.CANCELLED) & (shop["at"] >= facts.since) & (shop["at"] < facts.until)]
    starts = facts.talks[facts.talks.index.isin(talks)].rename(columns={"start": "at"})
    asked = nearest(gone, starts, by="person", direction="backward")["at"]
    lost = gone[(gone["at"] - asked) <= pd.Timedelta(days=1)]
    return float(looked_up(lost["order_id"], orders).fillna(0.0).sum())


def times(now: int, before: int) -> str:
    """How often, beside before: "doubled", "3 times as often", "new"."""
    if not before:
        return "new"
    ratio = now / before
    if ratio < 1:
        return f"down by {1 - ratio:.0%}"
    return (
        "doubled"
        if 1.75 <= ratio < 2.5
        else f"{ratio:.0f} times as often"
        if ratio >= 2.5
        else f"up by {ratio - 1:.0%}"
    )
