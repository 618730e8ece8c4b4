"""Intents that are said much more or less than before, and intents that the bot fails."""

from collections.abc import Iterator
from datetime import tzinfo

import pandas as pd
from scipy import stats

from insight.report.comparison import poisson
from insight.report.dimensions import intents
from insight.report.facts import Facts
from insight.report.findings.finding import Candidate, Finding, lost_orders, people_cost, times
from insight.report.nearest import nearest
from insight.report.outcomes import SMALL_TALK
from insight.report.wording import counted, label, percent

FEWEST = 5


def more_asked(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """Cost: people's time and orders lost in the conversations that are more than before."""
    if not before.log.begun:
        return
    earlier = intents(before)["key"].value_counts()
    said = intents(now).groupby("key")["talk"]
    for intent in sorted(set(earlier.index) | set(said.groups)):
        talks = said.get_group(intent) if intent in said.groups else pd.Series([], dtype="int64")
        new, old = len(talks), int(earlier.get(intent, 0))
        if max(new, old) < FEWEST or intent in SMALL_TALK:
            continue
        share = (new - old) / max(new, old)
        cost = share * (people_cost(now, talks) + lost_orders(now, talks))
        detail = f"{counted(new, 'conversation')}, {old:,} in the period before"
        title = f"“{label(intent)}”: {times(new, old)}"
        yield Candidate(Finding("intent", title, detail, cost, tuple(now.ids(talks))), poisson(new, old))


def failing(now: Facts, before: Facts, zone: tzinfo) -> Iterator[Candidate]:
    """An intent fails when more of its messages than of the others went unanswered, to a person, or got a thumb down.

    Cost: people's time in, and orders lost with, its failed conversations.
    """
    parses = now.parses[now.parses["intent"].notna()]
    failed = parses["abstained"] | parses.index.isin(_handed(now)) | _thumbed_down(now, parses)
    everything, wrong = len(parses), int(failed.sum())
    for intent, rows in parses.groupby("intent"):
        own = int(failed[rows.index].sum())
        rest = everything - len(rows)
        if own < FEWEST or intent in SMALL_TALK or not rest:
            continue
        beyond = (wrong - own) / rest
        talks = rows.loc[failed[rows.index], "talk"].drop_duplicates()
        title = f"The bot fails “{label(str(intent))}” in {percent(own / len(rows))} of messages"
        detail = (
            f"{own:,} of {len(rows):,} went unanswered, to a person, or got a thumb down; {percent(beyond)} elsewhere"
        )
        finding = Finding(
            "failing", title, detail, people_cost(now, talks) + lost_orders(now, talks), tuple(now.ids(talks))
        )
        yield Candidate(finding, float(stats.binomtest(own, len(rows), beyond, alternative="greater").pvalue))


def _handed(facts: Facts) -> pd.Series:
    """The rows of `parses` that each handoff followed, unless the customer asked for a person out of the blue."""
    numbered = facts.parses[["at", "talk"]].assign(row=facts.parses.index)
    forced = facts.handoffs[facts.handoffs["reason"] != "asked"]
    led = nearest(forced, numbered, by="talk", direction="backward")
    return led["row"].dropna()


def _thumbed_down(facts: Facts, parses: pd.DataFrame) -> pd.Series:
    down = facts.thumbs[facts.thumbs["helpful"] == 0][["talk", "seq"]]
    replies = facts.bot_replies[["talk", "seq", "answers_seq"]]
    asked = down.merge(replies, on=["talk", "seq"])[["talk", "answers_seq"]]
    own = pd.MultiIndex.from_frame(parses[["talk", "seq"]])
    return pd.Series(own.isin(pd.MultiIndex.from_frame(asked)), index=parses.index)
