"""A profile as its readers see it: the document at one moment, with what time and the population do to it.

Interests fade and recency grows while nothing happens, and a tier depends on everybody else; so none of them is stored.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from insight.profile import visit
from insight.profile.document import Document
from insight.profile.interests import DAY_S, value_at
from insight.profile.stays import inside
from insight.tiers import Tiers

FADED = 0.05  # an interest below this weight is no longer shown
LATEST_MESSAGES = 3  # compared with those before them for the trend


@dataclass(frozen=True)
class Because:
    """One event behind an interest."""

    event_id: int
    name: str
    at: datetime


@dataclass(frozen=True)
class Interest:
    """A category or product the person cares about; `weight` is about the number of recent views."""

    name: str
    weight: float
    because: tuple[Because, ...]


@dataclass(frozen=True)
class Sentiment:
    """P(positive) - P(negative) over the person's messages, -1 to 1; `trend`: the latest against those before."""

    messages: int
    mean: float
    last: float
    trend: float | None


@dataclass(frozen=True)
class IntentSeen:
    name: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class Issue:
    """Something nobody has settled yet: a complaint, a return or a handoff."""

    kind: str
    opened_at: datetime
    conversation_id: str | None
    order_id: str | None
    product_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Value:
    """Recency, frequency, money, and the tier they make, by which tree, when, and why in plain sentences.

    `worth` and `rfm` as in `insight.tiers.Standing`.
    """

    tier: str
    orders: int
    spent: float
    recency_days: float | None
    worth: float | None
    rfm: str | None
    model: str
    as_of: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """A prediction: a chance of 0 to 1 or an amount, of which model, when, and why in plain sentences."""

    value: float
    model: str
    as_of: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """Everything known of one person at `as_of`; product ids map to the last time of each."""

    person_id: str
    as_of: datetime
    first_seen: datetime
    last_seen: datetime
    traits: Mapping[str, Any]
    consents: Mapping[str, datetime]
    categories: tuple[Interest, ...]
    products: tuple[Interest, ...]
    sentiment: Sentiment | None
    intents: tuple[IntentSeen, ...]
    open_issues: tuple[Issue, ...]
    value: Value
    scores: Mapping[str, Score]
    bought: Mapping[str, datetime]
    shown: Mapping[str, datetime]
    clicked: Mapping[str, datetime]
    declined: Mapping[str, datetime]
    held_back: bool | None  # gets no suggestions, for comparison; None: there was no occasion yet
    segments: Mapping[str, datetime]  # the ones the person is in -> since when
    folded_to: int

    @property
    def tier(self) -> str:
        return self.value.tier

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: nested objects, times in ISO format."""
        plain = _plain(asdict(self))
        assert isinstance(plain, dict)
        return plain


def view(
    person_id: str, document: Document, *, tiers: Tiers, now: datetime, intent: visit.Forest | None = None
) -> Profile:
    """The profile at `now`; with `intent` who is on a visit has the score `purchase_intent`."""
    last_at = document["last_at"]
    at = max(now.timestamp(), last_at)
    return Profile(
        person_id=person_id,
        as_of=now,
        first_seen=_time(document["first_at"]),
        last_seen=_time(document.get("seen_at") or last_at),
        traits=dict(document["traits"]),
        consents=_times(document["consents"]),
        categories=_interests(document, "category", at),
        products=_interests(document, "product", at),
        sentiment=_sentiment(document["sentiment"]),
        intents=_intents(document["intents"]),
        open_issues=tuple(_issue(issue) for issue in document["issues"] if issue["closed_at"] is None),
        value=_value(document["orders"], tiers, at),
        scores=_scores(document, intent, at),
        bought=_times(document["bought"]),
        shown=_times(document["shown"]),
        clicked=_times(document["clicked"]),
        declined=_times(document["declined"]),
        held_back=document.get("held_back"),
        segments=_times(inside(document)),
        folded_to=document["last_id"],
    )


def _interests(document: Document, kind: str, at: float) -> tuple[Interest, ...]:
    half_life = document["half_life_days"]
    weights = {name: value_at(entry, at, half_life) for name, entry in document["interests"][kind].items()}
    ranked = sorted((name for name in weights if weights[name] >= FADED), key=lambda name: (-weights[name], name))
    return tuple(
        Interest(name, round(weights[name], 4), _behind(document["interests"][kind][name]["because"]))
        for name in ranked
    )


def _behind(because: list[list[Any]]) -> tuple[Because, ...]:
    return tuple(Because(event_id, name, _time(at)) for event_id, name, at in because)


def _sentiment(sentiment: Mapping[str, Any]) -> Sentiment | None:
    scores = [score for _, score in sentiment["recent"]]
    if not scores:
        return None
    before, latest = scores[:-LATEST_MESSAGES], scores[-LATEST_MESSAGES:]
    trend = _mean(latest) - _mean(before) if before else None
    rounded = None if trend is None else round(trend, 4)
    return Sentiment(sentiment["messages"], round(sentiment["mean"], 4), scores[-1], rounded)


def _intents(intents: Mapping[str, Any]) -> tuple[IntentSeen, ...]:
    ranked = sorted(intents, key=lambda name: (-intents[name]["count"], name))
    return tuple(IntentSeen(name, intents[name]["count"], _time(intents[name]["at"])) for name in ranked)


def _issue(issue: Mapping[str, Any]) -> Issue:
    named = {key: issue[key] for key in ("kind", "conversation_id", "order_id", "product_id", "reason")}
    return Issue(opened_at=_time(issue["opened_at"]), **named)


def _value(orders: Mapping[str, Any], tiers: Tiers, at: float) -> Value:
    kept = [order for order in orders.values() if not order["cancelled"]]
    spent = round(sum(order["total"] - order["refunded"] for order in kept), 2)
    recency = round((at - max(order["at"] for order in kept)) / DAY_S, 2) if kept else None
    standing = tiers.standing(recency_days=recency, orders=len(kept), spent=spent)
    reasons = _reasons(len(kept), spent, recency)
    if standing.sentence is not None:
        reasons += (standing.sentence,)
    return Value(
        tier=standing.tier,
        orders=len(kept),
        spent=spent,
        recency_days=recency,
        worth=standing.worth,
        rfm=standing.rfm,
        model=tiers.model,
        as_of=_time(at),
        reasons=reasons,
    )


def _scores(document: Document, intent: visit.Forest | None, at: float) -> dict[str, Score]:
    found = {
        name: Score(score["value"], score["model"], _time(score["as_of"]), tuple(score["reasons"]))
        for name, score in document.get("scores", {}).items()
    }
    numbers = visit.numbers(document)
    if intent is not None and numbers is not None and at - document["visit"]["last_at"] <= visit.PAUSE_S:
        chance, reasons = intent.score(numbers)
        as_of = _time(document["visit"]["last_at"])
        found["purchase_intent"] = Score(round(chance, 4), f"lightgbm {intent.as_of[:10]}", as_of, reasons)
    return found


def _reasons(orders: int, spent: float, recency_days: float | None) -> tuple[str, ...]:
    if recency_days is None:
        return ("No orders yet.",)
    days = int(recency_days)
    last = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    counted = "One order" if orders == 1 else f"{orders} orders"
    return (f"{counted}, {spent:,.2f} spent in all.", f"The last order was {last}.")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _time(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _times(by_name: Mapping[str, float]) -> dict[str, datetime]:
    return {name: _time(at) for name, at in by_name.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
