"""What an agent should hear of without looking: what became theirs, who wrote to them, and who waits for anybody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Heard:
    conversation_id: str
    what: Literal["assigned", "written", "waiting"]


class News:
    """Compares what the agent has with what they had; the first look is news of nothing."""

    def __init__(self, patience_s: float = 0.0) -> None:
        """`patience_s`: how long somebody may wait before it is news, because they are given to an agent by then."""
        self._patience_s = patience_s
        self._mine: dict[str, int] | None = None
        self._waiting: dict[str, float] = {}  # since when each was seen to wait
        self._told: set[str] = set()  # of those who wait

    def heard(self, mine: Mapping[str, int], waiting: Collection[str] = (), *, now: float = 0.0) -> list[Heard]:
        """`mine`: own conversation -> `seq` of the customer's newest message; `now`: seconds of any clock."""
        before, self._mine = self._mine, dict(mine)
        self._waiting = {id: self._waiting.get(id, now) for id in waiting}
        due = {id for id, since in self._waiting.items() if now - since >= self._patience_s}
        untold = [id for id in waiting if id in due - self._told]
        self._told = self._told & set(waiting) | (set(waiting) if before is None else due)
        if before is None:
            return []
        assigned = [Heard(id, "assigned") for id in mine if id not in before]
        written = [Heard(id, "written") for id, seq in mine.items() if seq > before.get(id, seq)]
        return assigned + written + [Heard(id, "waiting") for id in untold]
