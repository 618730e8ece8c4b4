"""Days: `2024-05-03`, `03/05/2024` (day first), `3rd of May`, `May 3`, `yesterday`, `last Tuesday`, `two weeks ago`.

The value is an ISO date. Customers of a shop mostly speak of the past, so a day without a year is the last one unless
the next is three times nearer, and a bare weekday is the last one, but the coming one after "next", "this", "by" or
"until". Rules of our own: the general parsers take "may", "sun" and "to 2" for dates, which costs more than the rare
forms they add.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from nlu.entities.quantities import WORDS
from nlu.parse import Entity

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
YEAR = r"(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = r"(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
COUNT = rf"(?P<count>\d{{1,3}}|an?|a couple of|{'|'.join(WORDS)})"
RELATIVE = {
    "the day before yesterday": -2,
    "the day after tomorrow": 2,
    "yesterday": -1,
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
}
UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
Maker = Callable[[re.Match[str], date], date | None]


def find(text: str, *, today: date) -> list[Entity]:
    """Days named in `text`, as ISO dates; numbers that are no day of the calendar are left alone."""
    found = []
    for pattern, make in PATTERNS:
        for match in pattern.finditer(text):
            value = _possible(make, match, today)
            if value is not None:
                found.append(Entity("date", value.isoformat(), match.start(), match.end()))
    return found


def _possible(make: Maker, match: re.Match[str], today: date) -> date | None:
    try:
        return make(match, today)
    except (ValueError, OverflowError):
        return None


def _iso(match: re.Match[str], today: date) -> date:
    return date(int(match["year"]), int(match["month"]), int(match["day"]))


def _numeric(match: re.Match[str], today: date) -> date | None:
    day, month = int(match["day"]), int(match["month"])
    if month > 12:
        day, month = month, day
    year = match["year"]
    if year is None:
        return _nearest(day, month, today)
    return date(int(year) + (2000 if len(year) == 2 else 0), month, day)


def _named(match: re.Match[str], today: date) -> date | None:
    month, day = MONTHS.index(match["month"][:3].lower()) + 1, int(match["day"])
    return date(int(match["year"]), month, day) if match["year"] else _nearest(day, month, today)


def _nearest(day: int, month: int, today: date) -> date | None:
    days = list(_existing(day, month, range(today.year - 4, today.year + 2)))  # 29 February comes every fourth year
    return min(days, key=lambda found: (found - today) * 3 if found > today else today - found, default=None)


def _existing(day: int, month: int, years: range) -> Iterator[date]:
    for year in years:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def _relative(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=RELATIVE[re.sub(r"\s+", " ", match["word"].lower())])


def _weekday(match: re.Match[str], today: date) -> date:
    wanted = WEEKDAYS.index(match["weekday"][:3].lower())
    ahead = (match["lead"] or "").lower() in ("next", "this", "this coming", "coming", "by", "until", "till", "before")
    if ahead:
        return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)


def _span(match: re.Match[str], today: date) -> date:
    days = _count(match["count"]) * UNIT_DAYS[match["unit"].lower()]
    return today - timedelta(days=days) if match["ago"] else today + timedelta(days=days)


def _whole(match: re.Match[str], today: date) -> date:
    days = UNIT_DAYS[match["unit"].lower()]
    return today + timedelta(days=days if match["lead"].lower() == "next" else -days)


def _count(written: str) -> int:
    word = written.lower()
    if word.isdigit():
        return int(word)
    if word in ("a", "an"):
        return 1
    return 2 if word == "a couple of" else WORDS.index(word) + 1


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,/:#£$€-])(?:{expression})(?![\w-])", re.IGNORECASE)


PATTERNS: tuple[tuple[re.Pattern[str], Maker], ...] = (
    (_pattern(r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"), _iso),
    (_pattern(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>(?:19|20)\d\d|\d\d)"), _numeric),
    (_pattern(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})(?P<year>(?!))?(?!/)"), _numeric),
    (_pattern(rf"{DAY}\s*(?:of\s+)?{MONTH}{YEAR}"), _named),
    (_pattern(rf"{MONTH}\s+(?:the\s+)?{DAY}(?!\d|:){YEAR}"), _named),
    (_pattern("(?P<word>" + "|".join(word.replace(" ", r"\s+") for word in RELATIVE) + ")"), _relative),
    (
        _pattern(rf"(?:(?P<lead>last|past|next|this coming|this|coming|on|by|until|till|before)\s+)?{WEEKDAY}"),
        _weekday,
    ),
    (_pattern(rf"{COUNT}\s+(?P<unit>day|week|month|year)s?\s+(?P<ago>ago)"), _span),
    (_pattern(rf"in\s+{COUNT}\s+(?P<unit>day|week|month)s?(?P<ago>(?!))?"), _span),
    (_pattern(r"(?P<lead>last|next)\s+(?P<unit>week|month|year)"), _whole),
)
