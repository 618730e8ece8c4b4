"""The days that a report covers, as people name them: first and last day, both inside, in the shop's zone."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.errors import BotError

DAYS = 30  # of a report, when nobody says how many


def between(
    first: str, last: str, *, zone: tzinfo, names: tuple[str, str] = ("From", "To"), now: datetime | None = None
) -> tuple[datetime, datetime]:
    """`first` and `last` as 2026-03-31; without `last` up to now, without `first` the `DAYS` before the end.

    `names` is what the two are called where they were typed; raises `BotError` with them.
    """
    now = now or datetime.now(UTC)
    until = min(now, _midnight(last, names[1], zone) + timedelta(days=1)) if last else now
    since = _midnight(first, names[0], zone) if first else until - timedelta(days=DAYS)
    if since >= until:
        raise BotError(f"{names[0]} must be before {names[1]}, and not in the future")
    return since, until


def last_week(zone: tzinfo) -> tuple[datetime, datetime]:
    """The last seven whole days."""
    today = datetime.combine(datetime.now(zone).date(), time(), tzinfo=zone)
    return today - timedelta(days=7), today


def _midnight(day: str, name: str, zone: tzinfo) -> datetime:
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), tzinfo=zone)
    except ValueError as error:
        raise BotError(f"{name}: {day!r} is not a day; write it as 2026-03-31") from error
