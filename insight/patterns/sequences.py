"""What is bought after what, and how many days later; a person counts once.

Two steps are kept when they come in this order clearly more often than in the other one (a sign test): products that
are merely bought by the same people come in both. Three steps are two kept ones in a row, carried by enough people.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd
from scipy import stats

from insight.batch.context import Context
from insight.batch.sampling import share_for, some
from insight.patterns.chance import survivors

FEWEST = 5  # people
MOST_DAYS = 1_000_000  # of somebody buying something; beyond, some people's are taken
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


def in_a_row(ways: ibis.Table, kept: ibis.Table) -> ibis.Table:
    """Where the second step of a `kept` way (first, then) begins another one on the same day or later.

    first, then, then_2, people, gap, gap_2 (the medians): somebody went each way once at most, so rows are people.
    """
    one = ways.semi_join(kept, ["first", "then"])
    other = one.view().select("person_id", then="first", then_2="then", from_day_2="from_day", gap_2="gap")
    both = one.join(other, ["person_id", "then"])
    waited = both.from_day_2 - both.from_day - both.gap
    rows = both.filter((waited >= 0) & (both.then_2 != both.first)).mutate(gap_2=both.gap_2 + waited)
    return rows.group_by("first", "then", "then_2").agg(
        people=rows.count(), gap=rows.gap.median().cast("float64"), gap_2=rows.gap_2.median().cast("float64")
    )


def sequences(context: Context, lines: ibis.Table, *, fewest: int = FEWEST) -> tuple[list[Sequence], float]:
    """Sequences of two and three products in `lines`, the most people first, and the share of the people counted in."""
    everybody = context.keep("bought_on", bought_on(lines))
    share = share_for(context, everybody, MOST_DAYS)
    return _found(context, some(everybody, "person_id", share), fewest=fewest), share


def _found(context: Context, days: ibis.Table, *, fewest: int) -> list[Sequence]:
    ways = context.keep("ways", after(days))
    pairs = context.frame(context.keep("pairs", counted(ways)))
    pairs = _one_way(pairs, tests=len(pairs) // 2, fewest=fewest)
    if pairs.empty:
        return []
    two = [
        Sequence((row.first, row.then), int(row.people), (float(row.gap),), int(row.reverse), float(row.p_value))
        for row in pairs.itertuples()
    ]
    kept = context.put("kept_pairs", pairs[["first", "then"]])
    three = _known(context.frame(context.keep("triples", in_a_row(ways, kept))), pairs, fewest=fewest)
    return sorted([*two, *three], key=lambda one: (-one.people, one.steps))


def _known(triples: pd.DataFrame, pairs: pd.DataFrame, *, fewest: int) -> list[Sequence]:
    chances: Mapping[tuple[str, str], float] = {(row.first, row.then): row.p_value for row in pairs.itertuples()}
    return [
        Sequence(
            (row.first, row.then, row.then_2),
            int(row.people),
            (float(row.gap), float(row.gap_2)),
            0,
            float(max(chances[row.first, row.then], chances[row.then, row.then_2])),
        )
        for row in triples[triples["people"] >= fewest].itertuples()
    ]


def _one_way(pairs: pd.DataFrame, *, tests: int, fewest: int) -> pd.DataFrame:
    """The pairs that are clearly more often gone this way than back, with `reverse` and `p_value`."""
    back = pairs.rename(columns={"first": "then", "then": "first", "people": "reverse"})
    both = pairs.merge(back[["first", "then", "reverse"]], on=["first", "then"], how="left").fillna({"reverse": 0})
    both = both[(both["people"] >= fewest) & (both["people"] > both["reverse"])]
    total = both["people"] + both["reverse"]
    both = both.assign(p_value=stats.binom.sf(both["people"] - 1, total, 0.5))
    return both[survivors(both["p_value"].to_numpy(dtype=float), tests=tests)]
