"""A finding, and what it costs."""

from dataclasses import dataclass

import pandas as pd

from insight.report.facts import Facts

HOURLY = 25.0  # an hour of a person, in the shop's money
HANDLING_S = 600.0  # a conversation with a person, until some have been resolved
ADVICE = {
    "returns": "Compare what the product's page promises with the reasons, and check the last delivery.",
    "intent": "Read a few of these conversations: what has changed in the shop?",
    "failing": "Correct the intents on the console's page Review and train, or let a person take these.",
    "gap": "Write the answer on the console's page Answers; customers get it within a second.",
    "product": "Read the unhappy messages; mend the product, its description, or stop suggesting it.",
}


@dataclass(frozen=True)
class Finding:
    """`title` says what happened, `detail` how many and why; `cost` in the shop's money, below zero for good news."""

    kind: str
    title: str
    detail: str
    cost: float
    conversations: tuple[str, ...]

    @property
    def advice(self) -> str:
        """What to do about it, in a sentence; empty where nothing is to be done."""
        return "" if self.cost < 0 else ADVICE.get(self.kind, "")


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
