"""What the customer's messages say: intents seen, and sentiment as P(positive) - P(negative), from -1 to 1."""

from typing import Any

from insight.events import Recorded
from insight.profile.properties import mapping, number, text

RECENT_MESSAGES = 10
LABEL_SCORES = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


def parsed(document: dict[str, Any], recorded: Recorded) -> None:
    at = recorded.event.occurred_at.timestamp()
    intent = text(recorded.event.properties, "intent")
    if intent is not None:
        seen = document["intents"].get(intent, {"count": 0})
        document["intents"][intent] = {"count": seen["count"] + 1, "at": at}
    score = sentiment_score(recorded.event.properties)
    if score is not None:
        _feel(document["sentiment"], score, at)


def sentiment_score(properties: Any) -> float | None:
    """The score of a parsed message, or None when it carries no sentiment."""
    scores = mapping(properties, "sentiment_scores")
    if scores:
        return number(scores, "positive") - number(scores, "negative")
    return LABEL_SCORES.get(text(properties, "sentiment") or "")


def _feel(sentiment: dict[str, Any], score: float, at: float) -> None:
    sentiment["messages"] += 1
    sentiment["mean"] += (score - sentiment["mean"]) / sentiment["messages"]
    sentiment["recent"] = [*sentiment["recent"], [at, score]][-RECENT_MESSAGES:]
