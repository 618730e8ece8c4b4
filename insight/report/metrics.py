"""The metrics, one function each; a new one is a function here, an entry in `METRICS` and its test.

The bot took part in a conversation when it answered in it or handed it over. Times of the bot and of people are never
mixed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from insight.events import Event
from insight.profile.properties import number, text
from insight.profile.talk import sentiment_score
from insight.report.facts import ASSIGNED, Conversation, Facts
from insight.report.figures import Count, Durations, Figure, Mean, Share

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
WITH_BOT = "conversations the bot took part in"


@dataclass(frozen=True)
class Measured:
    """A metric's number, and what it splits into."""

    figure: Figure
    parts: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """`means` is the definition in one plain sentence."""

    slug: str
    title: str
    means: str
    measure: Callable[[Facts], Measured]


def conversations(facts: Facts) -> Measured:
    messages = sum(len(one.messages) for one in facts.conversations)
    parts = {"messages": Count(messages, "messages of customers in them")}
    return Measured(Count(len(facts.conversations), "started in the period"), parts)


def containment_rate(facts: Facts) -> Measured:
    contained = [one for one in facts.with_bot if _contained(facts, one)]
    return Measured(Share(len(contained), len(facts.with_bot), WITH_BOT))


def handoff_rate(facts: Facts) -> Measured:
    """Completed: an agent was assigned after it was asked for."""
    with_bot = facts.with_bot
    requested = [one for one in with_bot if one.handoffs]
    completed = [one for one in requested if _after(one, ASSIGNED, one.handoffs[0].occurred_at) is not None]
    reasons = sorted({_reason(event) for one in requested for event in one.handoffs})
    by_reason = {
        f"requested: {reason}": sum(any(_reason(event) == reason for event in one.handoffs) for one in requested)
        for reason in reasons
    }
    counts = {"requested": len(requested), **by_reason}
    parts = {name: Share(count, len(with_bot), WITH_BOT) for name, count in counts.items()}
    return Measured(Share(len(completed), len(with_bot), WITH_BOT), parts)


def fallback_rate(facts: Facts) -> Measured:
    unanswered = sum(_fell_back(parse) for one in facts.conversations for parse in one.parses)
    messages = sum(len(one.messages) for one in facts.conversations)
    return Measured(Share(unanswered, messages, "customer messages"))


def abstained(facts: Facts) -> Measured:
    asked = [parse for one in facts.conversations for parse in one.parses if _searched(parse)]
    none_fits = sum(parse.properties.get("abstained") is True for parse in asked)
    return Measured(Share(none_fits, len(asked), "messages that the answer templates had to answer"))


def bot_response_time(facts: Facts) -> Measured:
    replies = [reply for one in facts.conversations for reply in one.bot_replies]
    timed = tuple(number(reply.properties, "latency_ms", -1.0) / 1000 for reply in replies)
    return Measured(Durations(tuple(seconds for seconds in timed if seconds >= 0), "replies of the bot"))


def first_response_time(facts: Facts) -> Measured:
    waited = (_first_response(one) for one in facts.conversations)
    return Measured(Durations(_known(waited), "conversations a person replied in"))


def queue_wait(facts: Facts) -> Measured:
    waited = (_seconds(event.occurred_at, _after(one, ASSIGNED, event.occurred_at)) for one, event in _handoffs(facts))
    return Measured(Durations(_known(waited), "handoffs that were taken"))


def resolution_time(facts: Facts) -> Measured:
    taken: dict[str, list[float]] = {}
    for one in facts.conversations:
        if one.resolved is not None:
            by = text(one.resolved.properties, "by") or "unknown"
            taken.setdefault(by, []).append((one.resolved.occurred_at - one.started_at).total_seconds())
    everything = tuple(seconds for times in taken.values() for seconds in times)
    parts = {f"by {by}": Durations(tuple(taken[by]), "conversations") for by in sorted(taken)}
    return Measured(Durations(everything, "resolved conversations"), parts)


def reopen_rate(facts: Facts) -> Measured:
    resolved = [(one, one.resolved.occurred_at) for one in facts.conversations if one.resolved is not None]
    again = sum(any(at < sent.occurred_at <= at + WEEK for sent in one.messages) for one, at in resolved)
    return Measured(Share(again, len(resolved), "resolved conversations"))


def csat_score(facts: Facts) -> Measured:
    """A conversation's last rating counts."""
    scores = {one.id: _last_rating(one) for one in facts.conversations}
    rated = [one for one in facts.conversations if scores[one.id] is not None]

    def good(some: list[Conversation]) -> Share:
        return Share(sum((scores[one.id] or 0) >= 4 for one in some), len(some), "ratings")

    response = Share(len(rated), len(facts.conversations), "conversations")
    bot_only = [one for one in rated if not one.human_replies]
    human = [one for one in rated if one.human_replies]
    return Measured(good(rated), {"response rate": response, "bot only": good(bot_only), "with a person": good(human)})


def sentiment(facts: Facts) -> Measured:
    scores = tuple(score for one in facts.conversations for score in _scores(one))
    labels = [text(parse.properties, "sentiment") for one in facts.conversations for parse in one.parses]
    negative = Share(labels.count("negative"), len([label for label in labels if label]), "parsed messages")
    return Measured(Mean(scores, "parsed messages"), {"negative messages": negative})


def sentiment_shift(facts: Facts) -> Measured:
    shifts = (_shift(_scores(one)) for one in facts.conversations)
    return Measured(Mean(_known(shifts), "conversations with three or more customer messages"))


def suggestion_ctr(facts: Facts) -> Measured:
    shown = len(facts.showings)
    declined = Share(sum(one.declined for one in facts.showings), shown, "suggestions shown")
    clicked = Share(sum(one.clicked for one in facts.showings), shown, "suggestions shown")
    return Measured(clicked, {"declined": declined})


def suggestion_conversion(facts: Facts) -> Measured:
    return Measured(Share(sum(one.bought for one in facts.showings), len(facts.showings), "suggestions shown"))


METRICS = (
    Metric("conversations", "Conversations", "Conversations that started in the period.", conversations),
    Metric(
        "containment_rate",
        "Handled by the bot alone",
        "Ended without a handoff asked for, without a person's message, and the customer not back within 24 hours.",
        containment_rate,
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
        "Suggested products bought within 7 days of being shown, among those shown.",
        suggestion_conversion,
    ),
)


def _contained(facts: Facts, conversation: Conversation) -> bool:
    """Ended: resolved, or silent for 24 hours before the period's end."""
    if conversation.handoffs or conversation.human_replies:
        return False
    resolved = conversation.resolved
    end = resolved.occurred_at if resolved else _last_message(conversation)
    ended = resolved is not None or facts.until - end >= DAY
    return ended and not facts.returned(conversation, end, DAY)


def _last_message(conversation: Conversation) -> datetime:
    said = [*conversation.messages, *conversation.bot_replies]
    return max(event.occurred_at for event in said)


def _handoffs(facts: Facts) -> Iterable[tuple[Conversation, Event]]:
    return ((one, event) for one in facts.conversations for event in one.handoffs)


def _first_response(conversation: Conversation) -> float | None:
    reply = next(iter(conversation.human_replies), None)
    asked = next(iter([*conversation.handoffs, *conversation.messages]), None)
    if reply is None or asked is None or asked.occurred_at > reply.occurred_at:
        return None
    return _seconds(asked.occurred_at, reply.occurred_at)


def _after(conversation: Conversation, name: str, at: datetime) -> datetime | None:
    return next((event.occurred_at for event in conversation.named(name) if event.occurred_at >= at), None)


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()


def _known(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(value for value in values if value is not None)


def _reason(event: Event) -> str:
    return text(event.properties, "reason") or "unknown"


def _fell_back(parse: Event) -> bool:
    return parse.properties.get("intent") == "nlu_fallback" or parse.properties.get("abstained") is True


def _searched(parse: Event) -> bool:
    return parse.properties.get("abstained") is True or text(parse.properties, "template_id") is not None


def _last_rating(conversation: Conversation) -> float | None:
    ratings = [number(event.properties, "score", -1.0) for event in conversation.named("Rating Given")]
    return ratings[-1] if ratings and ratings[-1] >= 0 else None


def _scores(conversation: Conversation) -> list[float]:
    return list(_known(sentiment_score(parse.properties) for parse in conversation.parses))


def _shift(scores: list[float]) -> float | None:
    third = len(scores) // 3
    if third == 0:
        return None
    return (sum(scores[-third:]) - sum(scores[:third])) / third
