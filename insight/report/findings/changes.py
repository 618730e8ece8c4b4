"""Moods and topics that changed sharply in one week, as the refresh found them in messages and reviews.

They were tested there, against chance and for their number; here they are only told.
"""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import pandas as pd

from insight.report import log as events
from insight.report.facts import Facts
from insight.report.findings.finding import Candidate, Finding, people_cost, times
from insight.report.wording import counted, percent, signed


def found(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Cost: people's time in the conversations with the topic, or with the unhappy messages. A rise is good news."""
    told = now.log.changes
    numbers = {id: number for number, id in enumerate(now.log.ids)}
    for row in told[(told["at"] >= now.since) & (told["at"] < now.until)].itertuples():
        if _is_told_elsewhere(row):
            continue
        ids = [numbers[id] for id in events.conversations(row.conversations) if id in numbers]
        talks = pd.Series([talk for talk in ids if talk in now.talks.index], dtype="int64")
        if len(now.talks) < len(now.everybody) and talks.empty:
            continue  # a filtered report speaks of the conversations chosen
        title = _topic(row) if row.what == "topic" else _mood(row)
        said = f"{row.statements:,.0f} messages and reviews that week, {row.earlier:,.0f} in the eight weeks before"
        detail = f"{said}; {counted(len(talks), 'conversation')}" if len(talks) else said
        yield Candidate(Finding("change", title, detail, people_cost(now, talks), tuple(now.ids(talks))))


def _is_told_elsewhere(row: Any) -> bool:
    """What is said of a product in messages alone is compared by `products.souring`, for any period."""
    return bool(row.what == "mood" and row.by == "product" and not row.reviews)


def _mood(row: Any) -> str:
    kindly = "less" if row.now < row.before else "more"
    return f"Customers speak {kindly} kindly{_of(row)}: mood {signed(row.now)}, {signed(row.before)} before"


def _topic(row: Any) -> str:
    shares = f"{percent(row.now)} of what is said, {percent(row.before)} before"
    return f"“{row.topic}”{_of(row)}: {times(row.now, row.before)}, {shares}"


def _of(row: Any) -> str:
    """Of what or by whom, for the middle of a sentence."""
    if row.by == "all":
        return ""
    return f", in the segment “{row.key}”" if row.by == "segment" else f" of {row.called}"
