"""The days that a report covers, as people name them: first and last day, both inside, in the shop's zone."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from sqlalchemy.orm import Session

from bot.errors import BotError
from insight import events

DAYS = 30  # of a report, when nobody says how many
WRITTEN = "Live Chat Message Sent"


def between(
    first: str, last: str, *, zone: tzinfo, names: tuple[str, str] = ("From", "To"), now: datetime | None = None
) -> tuple[datetime, datetime]:
    """`first` and `last` as 2026-03-31; without `last` up to now, without `first` `DAYS` days, the last one included.

    `names` is what the two are called where they were typed; raises `BotError` with them.
    """
    now = now or datetime.now(UTC)
    until = min(now, _read(last, names[1], zone) + timedelta(days=1)) if last else now
    since = _read(first, names[0], zone) if first else _days_to(until, zone)
    if since >= until:
        raise BotError(f"{names[0]} must be before {names[1]}, and not in the future")
    return since, until


def usual(session: Session, *, zone: tzinfo, now: datetime | None = None) -> tuple[datetime, datetime]:
    """The period when nobody says which: the last `DAYS` days, or as many days as customers have written yet.

    A shop in which nobody has written since shows the `DAYS` days up to the last one who did, and no empty page.
    """
    now = now or datetime.now(UTC)
    written = events.span(session, WRITTEN)
    if written is None:
        return _days_to(now, zone), now
    first, last = written
    until = now if last >= _days_to(now, zone) else _midnight(last, zone) + timedelta(days=1)
    return max(_days_to(until, zone), _midnight(first, zone)), until


def days(since: datetime, until: datetime, *, zone: tzinfo) -> tuple[str, str]:
    """The first and the last day of a period, as `between` reads them."""
    last = until - timedelta(microseconds=1)
    return f"{since.astimezone(zone):%Y-%m-%d}", f"{last.astimezone(zone):%Y-%m-%d}"


def last_week(zone: tzinfo) -> tuple[datetime, datetime]:
    """The last seven whole days."""
    today = datetime.combine(datetime.now(zone).date(), time(), tzinfo=zone)
    return today - timedelta(days=7), today


def _days_to(until: datetime, zone: tzinfo) -> datetime:
    return _midnight(until - timedelta(days=DAYS - 1, microseconds=1), zone)


def _midnight(moment: datetime, zone: tzinfo) -> datetime:
    """At which the moment's day began."""
    return datetime.combine(moment.astimezone(zone).date(), time(), tzinfo=zone)


def _read(day: str, name: str, zone: tzinfo) -> datetime:
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), tzinfo=zone)
    except ValueError as error:
        raise BotError(f"{name}: {day!r} is not a day; write it as 2026-03-31") from error
