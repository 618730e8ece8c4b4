"""A finding, and what it costs."""

from dataclasses import dataclass

import pandas as pd

from insight.report.facts import Facts

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
    return float(taken.isin(talks).sum()) * (facts.handling_s or HANDLING_S) / 3600 * HOURLY


def lost_orders(facts: Facts, talks: pd.Series | pd.Index) -> float:
    """Totals of the orders that customers cancelled within a day of starting these conversations."""
    lost = facts.cancellations
    return float(lost.loc[lost["talk"].isin(talks), "total"].sum())


def times(now: float, before: float) -> str:
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
