"""Is a suggestion welcome after this reply? A pure rule: what is known goes in, yes or no comes out.

A shop loses more by one suggestion in a complaint than it wins by ten elsewhere, so every doubt says no.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FRIENDLY = frozenset(
    {
        "check_stock",
        "delivery_options",
        "delivery_period",
        "discount_code",
        "place_order",
        "product_question",
        "review",
        "thanks",
        "track_order",
    }
)
TURNS_BETWEEN = 3


@dataclass(frozen=True)
class History:
    """What this conversation has seen before the present message."""

    turns_since_suggestion: int | None  # 1 in the turn after it; None: none was shown
    moods: Sequence[str]  # sentiment labels of the last messages, newest first
    intents: Sequence[str]  # of the last messages, newest first
    declined: bool  # this customer said no


def friendly(parse: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], active_loop: str | None) -> bool:
    """Whether message and reply leave room for a suggestion; needs nothing from the database."""
    if active_loop is not None or parse["intent"]["name"] not in FRIENDLY:
        return False
    if (parse.get("sentiment") or {}).get("label") == "negative":
        return False
    if any(part["type"] in ("suggestion", "handoff") or asks(part) for part in parts):
        return False
    return sum(len(part.get("products", ())) for part in parts) < 2


def asks(part: Mapping[str, Any]) -> bool:
    """Whether the customer is expected to answer this part."""
    return bool(part.get("asks")) or str(part.get("text", "")).rstrip().endswith("?")


def timely(history: History) -> bool:
    """Whether the conversation so far leaves room for a suggestion."""
    recent = history.turns_since_suggestion
    if history.declined or (recent is not None and recent < TURNS_BETWEEN):
        return False
    return "negative" not in history.moods and "complaint" not in history.intents
