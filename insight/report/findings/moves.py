"""Segments that fill or empty."""

from collections.abc import Iterator
from datetime import tzinfo

import pandas as pd
from scipy import stats

from insight.report import log as events
from insight.report.facts import Facts
from insight.report.findings.finding import Candidate, Finding
from insight.report.wording import counted

FEWEST = 5


def moving(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """More entered than left, or the other way, than a coin would give. It costs nothing by itself."""
    stays = now.log.stays
    moves = stays[(stays["at"] >= now.since) & (stays["at"] < now.until) & (stays["person"] >= 0)]
    for segment, rows in moves.groupby("segment_id"):
        entered, left = int((rows["name"] == events.ENTERED).sum()), int((rows["name"] == events.LEFT).sum())
        if max(entered, left) < FEWEST:
            continue
        gained = entered - left
        moved = f"{'gained' if gained > 0 else 'lost'} {counted(abs(gained), 'customer')}"
        people = pd.Index(rows["person"].unique())
        talks = pd.Series(now.talks.index[now.talks["person"].isin(people)])
        detail = f"{entered} entered, {left} left; they had {counted(len(talks), 'conversation')}"
        finding = Finding(
            "segment", f"“{now.said('segment', str(segment))}” {moved}", detail, 0.0, tuple(now.ids(talks))
        )
        yield Candidate(finding, float(stats.binomtest(entered, entered + left).pvalue))
