"""When an answer is for somebody: customer tier, locale, channel, order state, and the days on which it is true.

A condition whose fact is not known fails: what is only for some is not said to anybody. The days are the shop's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from retrieval.errors import TemplateError
from retrieval.lines import Items, Located, Scalar
from retrieval.slots import expect_fields

NAMED = ("tier", "locale", "channel", "order_state")  # each a list of what it may be
FROM, UNTIL = "from", "until"
TODAY = "today"


@dataclass(frozen=True)
class When:
    """`allowed`: by the name of a fact, the values it may have. `start` and `end`: the first and last day, if any."""

    allowed: Mapping[str, tuple[str, ...]]
    start: date | None = None
    end: date | None = None
    line: int = field(default=0, compare=False)

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Whether all of it is true of `facts`: the names above, and `today`, a date."""
        if any(str(facts.get(name, "")) not in values for name, values in self.allowed.items()):
            return False
        if self.start is None and self.end is None:
            return True
        today = facts.get(TODAY)
        return isinstance(today, date) and (self.start or today) <= today <= (self.end or today)

    def covers(self, other: "When") -> bool:
        """Whether this holds whenever `other` does."""
        return (
            all(set(other.allowed.get(name, ())) <= set(values) for name, values in self.allowed.items())
            and self.allowed.keys() <= other.allowed.keys()
            and (self.start or date.min) <= (other.start or date.min)
            and (other.end or date.max) <= (self.end or date.max)
        )

    def expired(self, today: date) -> bool:
        return self.end is not None and self.end < today


def read_when(located: Located | None, file: str) -> When | None:
    """The conditions of a template; None without any. Raises `TemplateError` also for days that never come."""
    if located is None:
        return None
    fields = expect_fields(located, file, {*NAMED, FROM, UNTIL}).values
    if not fields:
        raise TemplateError(file, located.line, "'when' names no condition; leave it out")
    start, end = (day_of(fields.get(name), file) for name in (FROM, UNTIL))
    if start and end and end < start:
        raise TemplateError(
            file, fields[UNTIL].line, f"it ends on {end}, before it begins on {start}: it is never said"
        )
    allowed = {name: values_of(fields[name], name, file) for name in NAMED if name in fields}
    return When(allowed, start, end, line=located.line)


def values_of(located: Located, name: str, file: str) -> tuple[str, ...]:
    values = located.values if isinstance(located, Items) else (located,)
    if not values or not all(isinstance(value, Scalar) and isinstance(value.value, str) for value in values):
        raise TemplateError(file, located.line, f"'{name}' is a text or a list of texts (put 'no' and 'on' in quotes)")
    return tuple(str(value.value) for value in values if isinstance(value, Scalar))


def day_of(located: Located | None, file: str) -> date | None:
    if located is None:
        return None
    if isinstance(located, Scalar) and type(located.value) is date:
        return located.value
    raise TemplateError(file, located.line, "a day is written like 2026-12-24")
