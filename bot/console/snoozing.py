"""Until when a conversation may be put aside: the few times people mean, in the shop's zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVENING, MORNING = time(18), time(9)


def choices(now: datetime, zone: str) -> list[tuple[str, datetime]]:
    """What to call it and when it is, in UTC; this evening only while it is still to come."""
    local = now.astimezone(ZoneInfo(zone))
    evening = datetime.combine(local.date(), EVENING, local.tzinfo)
    morning = datetime.combine(local.date() + timedelta(days=1), MORNING, local.tzinfo)
    found = [("For an hour", local + timedelta(hours=1))]
    if local < evening:
        found.append((f"This evening, {EVENING:%H:%M}", evening))
    found.append((f"Tomorrow, {MORNING:%H:%M}", morning))
    return [(name, at.astimezone(UTC)) for name, at in found]
