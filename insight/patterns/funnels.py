"""Next-step funnels: how many go on from one step to the next, how surely, and what the others do instead.

Two kinds, each split: shopping (viewed, put into the basket, bought; by category) and talking (asked, answered, bought
within a week; by intent). A person counts once in a shopping funnel, a conversation once in a talking one.
"""

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from insight.report.figures import wilson

FEWEST = 10  # at the first step
WEEK = timedelta(days=7)
MOST = 20  # funnels of a kind
SHOPPING = ("Product Viewed", "Product Added", "Order Completed")


@dataclass(frozen=True)
class Stage:
    """`reached` of `before` came this far (of the step before); `interval`: that share's, 95 %."""

    name: str
    reached: int
    before: int
    interval: tuple[float, float]


@dataclass(frozen=True)
class Funnel:
    """`instead`: what those who did not take the second step did next, the most frequent first."""

    kind: str
    of_what: str
    entered: int
    stages: tuple[Stage, ...]
    instead: tuple[tuple[str, int], ...]


def shopping(events: pd.DataFrame) -> list[Funnel]:
    """Funnels by category from events (`person_id`, `at`, `name`, `category`; orders have a row for each category)."""
    steps = events[events["name"].isin(SHOPPING) & events["category"].notna()].sort_values("at")
    found = []
    for category, rows in steps.groupby("category"):
        first, added, bought = (rows[rows["name"] == name].groupby("person_id")["at"] for name in SHOPPING)
        viewed = first.min()
        went = _later(viewed, added.max())
        paid = _later(viewed.loc[went], bought.max())
        others = events[events["person_id"].isin(viewed.index.difference(went))]
        found.append(
            _funnel("shopping", str(category), viewed, ("put into the basket", went), ("bought", paid), others)
        )
    return _largest(found)


def talking(parses: pd.DataFrame, orders: pd.DataFrame, handed: set[int]) -> list[Funnel]:
    """Funnels by intent: `parses` (`talk`, `person`, `at`, `intent`, `abstained`), `orders` (`person`, `at`).

    Answered: not abstained, no fallback, and the conversation (`talk`) not among those `handed` to a person.
    """
    found = []
    for intent, rows in parses[parses["intent"] != "nlu_fallback"].groupby("intent"):
        asked = rows.groupby("talk").agg(at=("at", "min"), person=("person", "first"), failed=("abstained", "any"))
        asked["failed"] |= asked.index.isin(handed)
        answered = asked[~asked["failed"]]
        came = answered.reset_index().merge(orders, on="person", suffixes=("", "_ordered"))
        bought = came.loc[
            (came["at_ordered"] > came["at"]) & (came["at_ordered"] <= came["at"] + WEEK), "talk"
        ].unique()
        others = parses.loc[parses["talk"].isin(asked.index[asked["failed"]]), ["talk", "at", "intent"]]
        others = others.rename(columns={"talk": "person_id", "intent": "name"})
        found.append(
            _funnel(
                "talking", str(intent), asked["at"], ("answered", answered.index), ("bought in a week", bought), others
            )
        )
    return _largest(found)


def _later(start: pd.Series, then: pd.Series) -> pd.Index:
    both = start.to_frame("start").join(then.rename("then"), how="inner")
    return both.index[both["then"] >= both["start"]]


def _funnel(
    kind: str,
    of_what: str,
    entered: pd.Series,
    second: tuple[str, pd.Index],
    third: tuple[str, pd.Index],
    others: pd.DataFrame,
) -> Funnel:
    counts = [len(entered), len(second[1]), len(third[1])]
    stages = tuple(
        Stage(name, reached, before, wilson(reached, before) if before else (0.0, 1.0))
        for name, reached, before in zip((second[0], third[0]), counts[1:], counts[:-1], strict=True)
    )
    return Funnel(kind, of_what, len(entered), stages, _instead(entered, others))


def _instead(entered: pd.Series, others: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    """The first thing that each of the others did after entering, of another name than how they entered."""
    started = others.merge(entered.rename("start"), left_on="person_id", right_index=True)
    following = started[started["at"] > started["start"]].sort_values("at").drop_duplicates("person_id")
    counts = following["name"].value_counts()
    gone = others["person_id"].nunique() - len(following)
    named = [(str(name), int(count)) for name, count in counts.items()]
    return tuple([*named[:3], *([("nothing more", int(gone))] if gone else [])])


def _largest(found: list[Funnel]) -> list[Funnel]:
    enough = [funnel for funnel in found if funnel.entered >= FEWEST]
    return sorted(enough, key=lambda funnel: (-funnel.entered, funnel.of_what))[:MOST]
