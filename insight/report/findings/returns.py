"""Products that come back more often than in the period before."""

from collections.abc import Iterator
from datetime import tzinfo

import numpy as np
import pandas as pd

from insight.report.comparison import poisson
from insight.report.facts import TALK_TIME, Facts
from insight.report.findings.finding import Candidate, Finding, people_cost, times
from insight.report.nearest import nearest
from insight.report.wording import counted

FEWEST = 3


def more_returned(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Cost: the goods' price beyond what came back before, and the people's time in those conversations."""
    if not before.shop_known:
        return
    earlier = before.returns["product_id"].value_counts()
    for product, rows in now.returns.groupby("product_id"):
        old = int(earlier.get(product, 0))
        if len(rows) < FEWEST or len(rows) <= old:
            continue
        talks = _conversations(now, rows)
        extra = (len(rows) - old) / len(rows)
        title = f"Returns of {rows['product'].iloc[-1]} {_moved(len(rows), old)}{_since(rows, now, zone)}"
        detail = f"{counted(len(rows), 'return')}, {old:,} in the period before"
        detail += f"; {counted(len(talks), 'conversation')}{_reason(rows)}"
        cost = extra * (float(rows["price"].sum()) + people_cost(now, talks))
        finding = Finding("returns", title, detail, cost, tuple(now.ids(talks)))
        yield Candidate(finding, poisson(len(rows), old))


def _conversations(facts: Facts, rows: pd.DataFrame) -> pd.Series:
    """The customer's conversation that each return was asked for in: one started at most a day earlier."""
    starts = facts.talks.rename(columns={"start": "at"}).rename_axis("talk").reset_index()
    met = nearest(rows[rows["person"] >= 0], starts, by="person", direction="backward")
    known = met[(rows["at"].reindex(met.index) - met["at"]) <= TALK_TIME]
    return known["talk"].astype("int64").drop_duplicates()


def _moved(now: int, before: int) -> str:
    said = times(now, before)
    return "began" if said == "new" else said if said == "doubled" else f"are {said}"


def _since(rows: pd.DataFrame, facts: Facts, zone: tzinfo) -> str:
    """The day from which the rate is highest beside what came before it (a Poisson change point)."""
    days = rows["at"].dt.tz_convert(zone).dt.normalize()
    length = (facts.until - facts.since).total_seconds()
    best, gain = None, 0.0
    for day in sorted(days.unique()):
        after, share = int((days >= day).sum()), (facts.until - day).total_seconds() / length
        told = _likelihood(after, share) + _likelihood(len(rows) - after, 1 - share)
        if after / share > len(rows) and told > gain:
            best, gain = day, told
    if best is None or gain - _likelihood(len(rows), 1.0) < 2:
        return ""
    recent = (facts.until - best).days < 7
    return f" since {best:%A}" if recent else f" since {best:%-d %B}"


def _likelihood(number: int, share: float) -> float:
    return number * float(np.log(number / share)) if number and share > 0 else 0.0


def _reason(rows: pd.DataFrame) -> str:
    said = rows["reason"].dropna().str.lower().str.strip().value_counts()
    if said.empty:
        return ""
    first = sorted(said.items(), key=lambda one: (-one[1], one[0]))[0]
    return f"; most say “{first[0]}”" if first[1] > len(rows) / 2 else f"; most often “{first[0]}” ({first[1]})"
