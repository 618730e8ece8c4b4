"""What the desk does when a customer enters a segment: `loyal: high; away: tag win back` in `SEGMENT_REACTIONS`."""

import re
from dataclasses import dataclass

PRIORITIES = {"high": 1, "urgent": 2}
REACTION = re.compile(r"([a-z0-9-]+)\s*:\s*(?:(high|urgent)|tag\s+([\w][\w -]{0,39}))")


@dataclass(frozen=True)
class Reaction:
    """For conversations of who is in the segment: at least this priority, and this tag if there is one."""

    segment_id: str
    priority: int = 0
    tag: str | None = None


def read(text: str) -> tuple[Reaction, ...]:
    """Raises `ValueError` with a sentence for what cannot be read."""
    return tuple(_reaction(part.strip()) for part in text.split(";") if part.strip())


def _reaction(text: str) -> Reaction:
    found = REACTION.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no reaction to a segment: write `loyal: high; away: tag win back`")
    segment_id, priority, tag = found.groups()
    return Reaction(segment_id, PRIORITIES.get(priority, 0), tag and tag.strip().lower())
