"""When people are at the desk: `Mo-Fr 09:00-17:00; Sa 10:00-14:00`, in the shop's zone, as OpenStreetMap writes it.

Days that are not named are closed; a range may not pass midnight.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY = "|".join(DAYS)
TIMES = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
RULE = re.compile(rf"((?:{DAY})(?:-(?:{DAY}))?(?:,(?:{DAY})(?:-(?:{DAY}))?)*) (\S+)")
END_OF_DAY = time.max


@dataclass(frozen=True)
class OpeningHours:
    """By weekday, 0 is Monday: from when until when."""

    ranges: tuple[tuple[int, time, time], ...]
    zone: ZoneInfo

    def open_at(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        return any(day == local.weekday() and start <= local.time() < end for day, start, end in self.ranges)

    def next_opening(self, moment: datetime) -> datetime:
        """When the desk opens next after `moment`."""
        local = moment.astimezone(self.zone)
        openings = (
            datetime.combine(local.date() + timedelta(days=ahead), start, self.zone)
            for ahead in range(8)
            for day, start, _ in self.ranges
            if day == (local.weekday() + ahead) % 7
        )
        return min(opening for opening in openings if opening > local)


def read(text: str, *, zone: str) -> OpeningHours | None:
    """None: always open, because nothing is written; raises `ValueError` with a sentence for what cannot be read."""
    rules = [rule.strip() for rule in text.split(";") if rule.strip()]
    ranges = tuple(found for rule in rules for found in _ranges(rule))
    return OpeningHours(ranges, ZoneInfo(zone)) if ranges else None


def _ranges(rule: str) -> list[tuple[int, time, time]]:
    found = RULE.fullmatch(rule)
    if found is None:
        raise ValueError(f"`{rule}` is no opening time: write `Mo-Fr 09:00-17:00; Sa 10:00-14:00`")
    return [(day, *times) for day in _days(found[1]) for times in map(_times, found[2].split(","))]


def _days(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        start = DAYS.index(first)
        days += [(start + step) % 7 for step in range((DAYS.index(last or first) - start) % 7 + 1)]
    return days


def _times(text: str) -> tuple[time, time]:
    found = TIMES.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no range of times: write `09:00-17:00`")
    start = time(int(found[1]), int(found[2]))
    end = END_OF_DAY if found[3] == "24" else time(int(found[3]), int(found[4]))
    if end <= start:
        raise ValueError(f"`{text}` ends before it begins; a range may not pass midnight")
    return start, end
