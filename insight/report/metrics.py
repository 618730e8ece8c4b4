"""The metrics, one function each; a new one is a function here, an entry in `METRICS` and its test.

The bot took part in a conversation when it answered in it or handed it over. Times of the bot and of people are never
mixed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from insight.report.cases import Cases, share
from insight.report.facts import Facts
from insight.report.nearest import looked_up, nearest
from insight.report.outcomes import contained, resolved_by_bot

WEEK = pd.Timedelta(days=7)
WITH_BOT = "conversations the bot took part in"
FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Measured:
    """A metric's cases, and what they split into."""

    cases: Cases
    parts: Mapping[str, Cases] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """`means` is the definition in one plain sentence."""

    slug: str
    title: str
    means: str
    measure: Callable[[Facts], Measured]


def conversations(facts: Facts) -> Measured:
    messages = Cases("count", "messages of customers in them", facts.messages[["talk", "at"]].assign(value=1))
    started = Cases("count", "started in the period", _of(facts.talks, True))
    return Measured(started, {"messages": messages})


def containment_rate(facts: Facts) -> Measured:
    return Measured(share(_of(facts.with_bot, contained(facts)), WITH_BOT))


def bot_resolution_rate(facts: Facts) -> Measured:
    return Measured(share(_of(facts.with_bot, resolved_by_bot(facts)), WITH_BOT))


def handoff_rate(facts: Facts) -> Measured:
    """Completed: an agent was assigned after it was asked for."""
    taken = facts.taken
    completed = facts.with_bot.index.isin(taken.loc[taken["taken_at"].notna(), "talk"])
    asked = {"requested": facts.handoffs["talk"]}
    reasons = facts.handoffs["reason"].fillna("unknown")
    asked |= {f"requested: {reason}": rows["talk"] for reason, rows in facts.handoffs.groupby(reasons)}
    parts = {
        name: share(_of(facts.with_bot, facts.with_bot.index.isin(talks)), WITH_BOT) for name, talks in asked.items()
    }
    return Measured(share(_of(facts.with_bot, completed), WITH_BOT), parts)


def fallback_rate(facts: Facts) -> Measured:
    parses = facts.parses
    failed = parses[(parses["intent"] == FALLBACK) | parses["abstained"]]
    read = parses.drop_duplicates(["talk", "seq"])[["talk", "seq", "intent"]]
    rows = facts.messages[["talk", "at", "seq"]].merge(read, on=["talk", "seq"], how="left")
    value = pd.MultiIndex.from_frame(rows[["talk", "seq"]]).isin(pd.MultiIndex.from_frame(failed[["talk", "seq"]]))
    return Measured(share(rows.assign(value=value.astype(float)), "customer messages"))


def abstained(facts: Facts) -> Measured:
    asked = facts.parses[facts.parses["abstained"] | facts.parses["template_id"].notna()]
    rows = asked[["talk", "at", "intent"]].assign(value=asked["abstained"].astype(float))
    return Measured(share(rows, "messages that the answer templates had to answer"))


def answers_helpful(facts: Facts) -> Measured:
    """A thumb is on an answer, and the answer is to the message whose intent counts."""
    answered = facts.bot_replies.drop_duplicates(["talk", "seq"])[["talk", "seq", "answers_seq"]]
    read = facts.parses.drop_duplicates(["talk", "seq"])[["talk", "seq", "intent"]].rename(
        columns={"seq": "answers_seq"}
    )
    thumbs = facts.thumbs[["talk", "at", "seq", "helpful"]].rename(columns={"helpful": "value"})
    rows = thumbs.merge(answered, on=["talk", "seq"], how="left").merge(read, on=["talk", "answers_seq"], how="left")
    return Measured(share(rows, "answers with a thumb"))


def bot_response_time(facts: Facts) -> Measured:
    timed = facts.bot_replies[facts.bot_replies["latency_ms"] >= 0]
    return _durations(timed, timed["latency_ms"] / 1000, "replies of the bot")


def first_response_time(facts: Facts) -> Measured:
    """A reply of somebody who had the conversation before it was handed over answers no handoff."""
    replies = facts.human_replies.rename(columns={"agent_id": "agent"})
    asked = pd.concat([facts.handoffs.drop_duplicates("talk"), facts.messages.drop_duplicates("talk")])
    since = looked_up(replies["talk"], asked.drop_duplicates("talk").set_index("talk")["at"])
    waited = (replies["at"] - since).dt.total_seconds()
    first = replies[waited >= 0].drop_duplicates("talk")
    return _durations(first, waited[first.index], "conversations a person replied in")


def queue_wait(facts: Facts) -> Measured:
    taken = facts.taken[facts.taken["taken_at"].notna()].rename(columns={"taken_by": "agent"})
    return _durations(taken, (taken["taken_at"] - taken["at"]).dt.total_seconds(), "handoffs that were taken")


def resolution_time(facts: Facts) -> Measured:
    resolved = facts.resolved
    taken = (resolved["at"] - looked_up(resolved["talk"], facts.talks["start"])).dt.total_seconds()
    parts = {
        f"by {by}": _durations(rows, taken[rows.index], "conversations").cases
        for by, rows in resolved.groupby(resolved["by"].fillna("unknown"))
    }
    return Measured(_durations(resolved, taken, "resolved conversations").cases, parts)


def reopen_rate(facts: Facts) -> Measured:
    resolved = facts.resolved
    again = nearest(resolved, facts.messages[["at", "talk"]], by="talk", direction="forward", exact=False)
    value = ((again["at"] - resolved["at"]) <= WEEK).astype(float)
    return Measured(share(resolved[["talk", "at"]].assign(value=value), "resolved conversations"))


def csat_score(facts: Facts) -> Measured:
    """A conversation's last rating counts."""
    rated = facts.ratings[facts.ratings["score"].notna()].drop_duplicates("talk", keep="last")
    rows = rated[["talk", "at"]].assign(value=(rated["score"] >= 4).astype(float))
    human = rows["talk"].isin(facts.human_replies["talk"])
    response = share(_of(facts.talks, facts.has(rated)), "conversations")
    parts = {"bot only": share(rows[~human], "ratings"), "with a person": share(rows[human], "ratings")}
    return Measured(share(rows, "ratings"), {"response rate": response, **parts})


def sentiment(facts: Facts) -> Measured:
    scored = facts.parses[facts.parses["score"].notna()]
    named = facts.parses[facts.parses["sentiment"].notna()]
    negative = named[["talk", "at", "intent"]].assign(value=(named["sentiment"] == "negative").astype(float))
    rows = scored[["talk", "at", "intent"]].assign(value=scored["score"])
    return Measured(Cases("mean", "parsed messages", rows), {"negative messages": share(negative, "parsed messages")})


def sentiment_shift(facts: Facts) -> Measured:
    scored = facts.parses[facts.parses["score"].notna()]
    place = scored.groupby("talk").cumcount()
    size = scored.groupby("talk")["score"].transform("size")
    third = size // 3
    weight = np.where(place >= size - third, 1.0, 0.0) - np.where(place < third, 1.0, 0.0)
    parts = scored.assign(shift=scored["score"] * weight / third.clip(lower=1))[size >= 3]
    rows = parts.groupby("talk", as_index=False).agg(at=("at", "first"), value=("shift", "sum"))
    return Measured(Cases("mean", "conversations with three or more customer messages", rows))


def suggestion_ctr(facts: Facts) -> Measured:
    declined = _shown(facts, "declined")
    return Measured(_shown(facts, "clicked"), {"declined": declined})


def suggestion_conversion(facts: Facts) -> Measured:
    withheld = facts.withheld[["talk", "at"]].assign(value=facts.withheld["bought"].astype(float))
    return Measured(_shown(facts, "bought"), {"held back": share(withheld, "suggestions held back")})


METRICS = (
    Metric("conversations", "Conversations", "Conversations that started in the period.", conversations),
    Metric(
        "containment_rate",
        "Handled by the bot alone",
        "Ended without a handoff asked for, without a person's message, and the customer not back within 24 hours.",
        containment_rate,
    ),
    Metric(
        "bot_resolution_rate",
        "Solved by the bot",
        "Confirmed by the customer, or answered and then silent for 24 hours; never handed over, and the customer not "
        "back within 7 days with the same intent.",
        bot_resolution_rate,
    ),
    Metric(
        "handoff_rate",
        "Handed to a person",
        "Conversations that an agent took after a handoff was requested; requested and completed are counted apart.",
        handoff_rate,
    ),
    Metric(
        "fallback_rate",
        "Not understood or not answered",
        "Customer messages that ended in a fallback, or that no answer template fitted though one had to.",
        fallback_rate,
    ),
    Metric("answers_abstained", "No answer fitted", "Questions for which no answer template fitted.", abstained),
    Metric("answers_helpful", "Thumbs up", "Answers with a thumb up among those with a thumb.", answers_helpful),
    Metric(
        "bot_response_time", "The bot's reply", "From the customer's message to the bot's reply.", bot_response_time
    ),
    Metric(
        "first_response_time",
        "First reply by a person",
        "From the customer's first message, or the handoff if there was one, to the first reply of a person.",
        first_response_time,
    ),
    Metric("queue_wait", "Wait in the queue", "From each handoff to an agent taking the conversation.", queue_wait),
    Metric("resolution_time", "Time to resolution", "From a conversation's start to its resolution.", resolution_time),
    Metric(
        "reopen_rate", "Came back", "Resolved conversations with another customer message within 7 days.", reopen_rate
    ),
    Metric("csat_score", "Satisfied customers", "Ratings of 4 or 5 among all ratings.", csat_score),
    Metric(
        "sentiment",
        "Mood of the messages",
        "Mean of P(positive) - P(negative) over the customers' messages, from -1 to 1.",
        sentiment,
    ),
    Metric(
        "sentiment_shift",
        "Change of mood",
        "Mood of the last third of a conversation's customer messages minus that of the first third.",
        sentiment_shift,
    ),
    Metric("suggestion_ctr", "Suggestions clicked", "Suggestions clicked among those shown.", suggestion_ctr),
    Metric(
        "suggestion_conversion",
        "Suggestions bought",
        "Suggested products bought within 7 days of being shown, among those shown; beside those that were held back.",
        suggestion_conversion,
    ),
)


def _of(talks: pd.DataFrame, value: pd.Series | np.ndarray | bool) -> pd.DataFrame:
    """A case a conversation, at its start; a series is by conversation."""
    found = value.reindex(talks.index) if isinstance(value, pd.Series) else value
    rows = pd.DataFrame({"at": talks["start"], "value": found}).astype({"value": "float64"})
    return rows.rename_axis("talk").reset_index()


def _durations(rows: pd.DataFrame, seconds: pd.Series, of_what: str) -> Measured:
    kept = [name for name in ("talk", "at", "agent") if name in rows.columns]
    return Measured(Cases("durations", of_what, rows[kept].assign(value=seconds)))


def _shown(facts: Facts, column: str) -> Cases:
    shown = facts.showings
    return share(shown[["talk", "at"]].assign(value=shown[column].astype(float)), "suggestions shown")
