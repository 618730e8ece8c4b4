"""How the console says things: times in the shop's zone, money, short labels."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

REASONS = {
    "asked": "Asked for a person",
    "fallback": "Bot did not understand",
    "sentiment": "Unhappy customer",
    "policy": "Needs a decision",
    "error": "Technical problem",
    "silent": "The agent's console went silent",
    "left": "The agent's account was closed",
    "unanswered": "The agent did not answer",
    "transferred": "Passed on to a team",
}
STATES = {"bot": "With the bot", "queued": "Waiting", "assigned": "With a person", "resolved": "Resolved"}
PRIORITIES = ("Normal priority", "High priority", "Urgent")
TIERS = {"high": "High value", "mid": "Mid value", "low": "Low value"}
SCORES = {
    "purchase_intent": "Orders in this visit",
    "repurchase_30d": "Buys again in 30 days",
    "churn_90d": "Stays away for 90 days",
    "lifetime_value": "Worth in the next year",
    "suggestion_click": "Clicks on a suggestion",
}
DEEDS = {  # of the audit trail; the others say themselves what they are
    "said": "Answered the customer",
    "noted": "Wrote a note",
    "took": "Took the conversation",
    "was assigned": "Was given the conversation",
    "lost to silence": "Lost it, the console was silent",
    "lost by leaving": "Lost it, the account was closed",
    "was set away": "Lost it, the customer had no answer",
    "released": "Gave it back to the bot",
    "resolved": "Resolved it",
    "transferred": "Passed it on",
    "reassigned": "Gave it to somebody",
    "merged": "Merged it into another",
    "snoozed": "Put it aside",
    "set priority": "Set its priority",
    "tagged": "Added a tag",
    "untagged": "Took off a tag",
    "confirmed": "Confirmed what was meant",
    "corrected": "Corrected what was meant",
    "ignored": "Left a message out of the review",
}
ISSUES = {"complaint": "Complaint", "return": "Return", "handoff": "Waiting for a person"}
INTENTS = {"nlu_fallback": "Not sure which", "faq": "Question with an answer"}  # decided, but no label to choose
WHY = {
    "corrected": "Corrected by an agent",
    "fallback": "Not understood",
    "unhelpful": "Answer did not help",
    "handed_over": "Handed over",
}
HELPFUL = {True: "The customer says: this helped", False: "The customer says: this did not help", None: ""}
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}


def score(name: str, value: float, currency: str) -> str:
    """A prediction as people say it: "Buys again in 30 days: 62%"."""
    said = money(value, currency) if name == "lifetime_value" else f"{value:.0%}"
    return f"{SCORES.get(name, plain(name))}: {said}"


def plain(slug: str | None) -> str:
    """`track_order` as "Track order"."""
    return (slug or "").replace("_", " ").capitalize()


def intent(name: str | None) -> str:
    """An intent as people call it, and what was decided where none was."""
    return INTENTS.get(name or "", plain(name))


def waited(since: datetime) -> str:
    """How long ago, in the shortest words: now, 12 min, 3 h, 2 d."""
    return span(datetime.now(UTC) - since)


def span(time: timedelta) -> str:
    """A length of time in the shortest words; less than a minute is now."""
    seconds = max(0, int(time.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


def late(time: timedelta) -> str:
    """By how much a promise was missed."""
    return f"Late by {span(time)}" if time >= timedelta(minutes=1) else "Late"


def clock(at: datetime, zone: str) -> str:
    """14:05 today, 3 Nov 14:05 otherwise."""
    local = at.astimezone(ZoneInfo(zone))
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local.day} {local:%b %H:%M}"


def day(at: date) -> str:
    """3 Nov 2026."""
    return f"{at.day} {at:%b %Y}"


def money(amount: Decimal | float, currency: str) -> str:
    """`currency` is empty where nobody knows it."""
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{amount:,.2f}" if symbol else f"{amount:,.2f} {currency}".rstrip()
