"""What is bought after what, and how many days later; a person counts once.

Two steps are kept when they come in this order clearly more often than in the other one (a sign test): products that
are merely bought by the same people come in both. Three steps are two kept ones in a row, carried by enough people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy import stats

from insight.patterns.chance import survivors

FEWEST = 5  # people
LONGEST_GAP_DAYS = 180
LOOKED_AT = 200  # products with the most buyers


@dataclass(frozen=True)
class Sequence:
    """`people` did `steps` in this order, `gaps` days between them (the median); `reverse` did two the other way."""

    steps: tuple[str, ...]
    people: int
    gaps: tuple[float, ...]
    reverse: int
    p_value: float


def bought_on(lines: ibis.Table) -> ibis.Table:
    """The days on which each person bought each of the `LOOKED_AT` most bought products: person_id, step, day."""
    buyers = lines.group_by("product_id").agg(buyers=lines.person_id.nunique())
    window = ibis.window(order_by=[ibis.desc(buyers.buyers), buyers.product_id])
    ranked = buyers.mutate(place=ibis.row_number().over(window))
    common = ranked.filter(ranked.place < LOOKED_AT)
    day = (lines["at"].epoch_seconds() / 86_400).floor().cast("int64")
    return lines.semi_join(common, "product_id").select("person_id", step="product_id", day=day).distinct()


def after(days: ibis.Table) -> ibis.Table:
    """Each person's shortest way from one step to a later, other one: person_id, first, then, from_day, gap."""
    later = days.view()
    gap = later.day - days.day
    joined = days.join(
        later, [days.person_id == later.person_id, days.step != later.step, later.day > days.day]
    ).filter(gap <= LONGEST_GAP_DAYS)
    ways = joined.select(person_id=days.person_id, first=days.step, then=later.step, from_day=days.day, gap=gap)
    window = ibis.window(group_by=["person_id", "first", "then"], order_by=["gap", "from_day"])
    numbered = ways.mutate(place=ibis.row_number().over(window))
    return numbered.filter(numbered.place == 0).drop("place")


def counted(ways: ibis.Table) -> ibis.Table:
    """How many people went each way: first, then, people, gap (the median)."""
    return ways.group_by("first", "then").agg(people=ways.count(), gap=ways.gap.median().cast("float64"))


def sequences(context: Any, lines: ibis.Table, *, fewest: int = FEWEST) -> list[Sequence]:
    """Sequences of two and three products in `lines`, the most people first; `context` as a refresh step has it."""
    days = context.keep("bought_on", bought_on(lines))
    ways = context.keep("ways", after(days))
    pairs = context.frame(context.keep("pairs", counted(ways)))
    tests = len(pairs) // 2
    pairs = _one_way(pairs, tests=tests, fewest=fewest)
    kept = {(row.first, row.then) for row in pairs.itertuples()}
    two = [
        Sequence((row.first, row.then), int(row.people), (float(row.gap),), int(row.reverse), float(row.p_value))
        for row in pairs.itertuples()
    ]
    wanted = context.frame(ways.semi_join(context.put("kept_pairs", _pairs(kept)), ["first", "then"])) if kept else None
    three = _in_a_row(wanted, pairs, fewest=fewest) if wanted is not None else []
    return sorted([*two, *three], key=lambda one: (-one.people, one.steps))


def _one_way(pairs: pd.DataFrame, *, tests: int, fewest: int) -> pd.DataFrame:
    """The pairs that are clearly more often gone this way than back, with `reverse` and `p_value`."""
    back = pairs.rename(columns={"first": "then", "then": "first", "people": "reverse"})
    both = pairs.merge(back[["first", "then", "reverse"]], on=["first", "then"], how="left").fillna({"reverse": 0})
    both = both[(both["people"] >= fewest) & (both["people"] > both["reverse"])]
    total = both["people"] + both["reverse"]
    both = both.assign(p_value=stats.binom.sf(both["people"] - 1, total, 0.5))
    return both[survivors(both["p_value"].to_numpy(dtype=float), tests=tests)]


def _pairs(kept: set[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(sorted(kept), columns=["first", "then"])


def _in_a_row(ways: pd.DataFrame, pairs: pd.DataFrame, *, fewest: int) -> list[Sequence]:
    """Where the second step of one pair begins another for the same person on the same or a later day."""
    known: Mapping[tuple[str, str], Any] = {(row.first, row.then): row for row in pairs.itertuples()}
    ways = ways.assign(to_day=ways["from_day"] + ways["gap"])
    joined = ways.merge(ways, left_on=["person_id", "then"], right_on=["person_id", "first"], suffixes=("", "_2"))
    joined = joined[(joined["from_day_2"] >= joined["to_day"]) & (joined["then_2"] != joined["first"])]
    found = []
    for steps, people in joined.groupby(["first", "then", "then_2"]):
        if people["person_id"].nunique() < fewest:
            continue
        gaps = (
            float(np.median(people["gap"])),
            float(np.median(people["gap_2"] + people["from_day_2"] - people["to_day"])),
        )
        chance = max(known[steps[:2]].p_value, known[steps[1:]].p_value)
        found.append(Sequence(tuple(map(str, steps)), int(people["person_id"].nunique()), gaps, 0, float(chance)))
    return found
