"""What the shop promises whoever waits for a person, and whether it is kept: for the lists and the page Team."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.settings import Settings

SOON = 0.25  # of the time allowed: a clock with less than this left is marked


@dataclass(frozen=True)
class Clock:
    """A promise: it was kept at `kept_at`, or must be by `due_at`."""

    due_at: datetime
    kept_at: datetime | None
    allowed: timedelta

    def state(self, now: datetime) -> str:
        """kept, running, soon or late; one that was kept too late stays late."""
        if (self.kept_at or now) > self.due_at:
            return "late"
        if self.kept_at is not None:
            return "kept"
        return "soon" if self.due_at - now < SOON * self.allowed else "running"


@dataclass(frozen=True)
class Promises:
    """How long a first answer of a person, and the whole case, may take."""

    first_response: timedelta
    resolution: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Promises":
        return cls(
            timedelta(minutes=settings.sla_first_response_minutes), timedelta(hours=settings.sla_resolution_hours)
        )

    def clocks(self, asked_at: datetime, answered_at: datetime | None) -> tuple[Clock, Clock]:
        """Of the first answer, and of the whole case."""
        return (
            Clock(asked_at + self.first_response, answered_at, self.first_response),
            Clock(asked_at + self.resolution, None, self.resolution),
        )

    def overdue(self, asked_at: datetime, answered_at: datetime | None, now: datetime) -> datetime | None:
        """Since when something is owed that can still be done: an answer, or the end."""
        late = [clock.due_at for clock in self.clocks(asked_at, answered_at) if clock.kept_at is None]
        return min((due_at for due_at in late if due_at < now), default=None)
