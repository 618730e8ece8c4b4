"""What is asked of a report: a period and filters, as they stand in the page's address."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from bot import periods

FILTERS = ("channel", "intent", "segment", "agent")


@dataclass(frozen=True)
class Question:
    """`first` and `last` are days as 2026-03-31, or empty as in `bot.periods`; so is a filter that is not set."""

    first: str = ""
    last: str = ""
    channel: str = ""
    intent: str = ""
    segment: str = ""
    agent: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Question":
        """From an address; what it does not know is left out."""
        filters = {name: query[name].strip() for name in FILTERS if name in query}
        return cls(query.get("from", "").strip(), query.get("to", "").strip(), **filters)

    def dated(self, session: Session, zone: tzinfo, now: datetime) -> "Question":
        """With the days of the usual period where none are given."""
        if self.first or self.last:
            return self
        first, last = periods.days(*periods.usual(session, zone=zone, now=now), zone=zone)
        return replace(self, first=first, last=last)

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if name in FILTERS and value}

    @property
    def query(self) -> str:
        """What `of` reads."""
        named = {"from": self.first, "to": self.last, **self.filters}
        return urlencode({name: value for name, value in named.items() if value})

    def period(self, zone: tzinfo, now: datetime) -> tuple[datetime, datetime]:
        """Raises `BotError`, in words for the page, for days that cannot be."""
        return periods.between(self.first, self.last, zone=zone, now=now)

    def days(self, zone: tzinfo, now: datetime) -> tuple[str, str]:
        """The first and the last day, as they stand in the form."""
        return periods.days(*self.period(zone, now), zone=zone)
