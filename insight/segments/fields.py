"""What a segment's condition can ask of a profile: each field with its kind and how it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from insight.profile.view import Profile

DAY_S = 86_400.0
MOOD_SLACK = 0.05  # of -1 to 1
Read = Callable[[Profile], Any]
ReadNamed = Callable[[Profile, str], Any]


@dataclass(frozen=True)
class Field:
    """`kind`: number, text or flag; `says`: the field in a sentence; `read` gives None where nothing is known.

    `slack`: by how much who is inside may at least pass the limit, for numbers that may be compared with zero.
    """

    kind: str
    says: str
    read: Read
    slack: float = 0.0


def _days_since(of: Callable[[Profile], Any]) -> Read:
    return lambda profile: max(0.0, (profile.as_of - of(profile)).total_seconds() / DAY_S)


FIELDS: Mapping[str, Field] = {
    "tier": Field("text", "the value tier", lambda profile: profile.value.tier),
    "orders": Field("number", "the number of orders", lambda profile: profile.value.orders),
    "spent": Field("number", "the money spent", lambda profile: profile.value.spent),
    "recency_days": Field("number", "days since the last order", lambda profile: profile.value.recency_days),
    "seen_days": Field("number", "days since the last sign of life", _days_since(lambda profile: profile.last_seen)),
    "known_days": Field("number", "days since the first sign of life", _days_since(lambda profile: profile.first_seen)),
    "messages": Field(
        "number", "the number of messages", lambda profile: profile.sentiment.messages if profile.sentiment else 0
    ),
    "sentiment": Field(
        "number", "the mean sentiment", lambda profile: profile.sentiment and profile.sentiment.mean, MOOD_SLACK
    ),
    "sentiment_trend": Field(
        "number",
        "the trend of the sentiment",
        lambda profile: profile.sentiment and profile.sentiment.trend,
        MOOD_SLACK,
    ),
    "open_issues": Field("number", "the number of open issues", lambda profile: len(profile.open_issues)),
    "conversations": Field(
        "number", "the number of conversations", lambda profile: profile.traits.get("conversations", 0)
    ),
    "suggestions_clicked": Field(
        "number", "the number of products clicked among suggestions", lambda profile: len(profile.clicked)
    ),
    "suggestions_declined": Field(
        "number", "the number of products declined among suggestions", lambda profile: len(profile.declined)
    ),
}


@dataclass(frozen=True)
class NamedField:
    """A field with a name after a colon, such as `interest:Lighting`."""

    kind: str
    says: str  # with {} for the name
    read: ReadNamed


NAMED: Mapping[str, NamedField] = {
    "interest": NamedField("number", "the interest in {}", lambda profile, name: _interest(profile, name)),
    "bought": NamedField("flag", "has bought {}", lambda profile, name: name in profile.bought),
    "consent": NamedField("flag", "agreed to {}", lambda profile, name: name in profile.consents),
    "intent": NamedField("number", "the times of asking for {}", lambda profile, name: _times_asked(profile, name)),
    "score": NamedField("number", "the score {}", lambda profile, name: _score(profile, name)),
    "trait": NamedField("text", "{}", lambda profile, name: _trait(profile, name)),
}


def find(name: str) -> Field | None:
    """The field called `name`, None when there is none."""
    if name in FIELDS:
        return FIELDS[name]
    kind, colon, rest = name.partition(":")
    named = NAMED.get(kind)
    if named is None or not colon or not rest.strip():
        return None
    of = rest.strip()
    return Field(named.kind, named.says.format(of), lambda profile: named.read(profile, of))


def known() -> str:
    """All fields in one line, for messages."""
    return ", ".join([*FIELDS, *(f"{name}:…" for name in NAMED)])


def _interest(profile: Profile, name: str) -> float:
    found = (one.weight for one in (*profile.categories, *profile.products) if one.name == name)
    return next(found, 0.0)


def _times_asked(profile: Profile, name: str) -> int:
    return next((seen.count for seen in profile.intents if seen.name == name), 0)


def _score(profile: Profile, name: str) -> float | None:
    """A prediction's value, as `repurchase_30d`; None where it is not predicted."""
    score = profile.scores.get(name)
    return None if score is None else score.value


def _trait(profile: Profile, name: str) -> str | None:
    value = profile.traits.get(name)
    return None if value is None else str(value)
