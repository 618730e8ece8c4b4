"""What an agent should hear of without looking: a conversation that became theirs, and a customer who wrote to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MANY = 2**31  # more than any conversation has messages


@dataclass(frozen=True)
class Heard:
    conversation_id: str
    what: Literal["assigned", "written"]


class News:
    """Compares what the agent has with what they had; the first look is news of nothing."""

    def __init__(self) -> None:
        self._mine: dict[str, int] | None = None

    def heard(self, mine: Mapping[str, int]) -> list[Heard]:
        """`mine`: own conversation -> `seq` of the customer's newest message."""
        before, self._mine = self._mine, dict(mine)
        if before is None:
            return []
        new = [Heard(id, "assigned") for id in mine if id not in before]
        return new + [Heard(id, "written") for id, seq in mine.items() if seq > before.get(id, seq)]

    def known(self, conversation_id: str) -> None:
        """The agent took it: no news to them."""
        if self._mine is not None:
            self._mine.setdefault(conversation_id, MANY)
