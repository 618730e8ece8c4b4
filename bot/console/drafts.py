"""What agents have begun to write and not sent: it outlives the page, not the process.

A page is left by a link, a reload or a click on a notification; what stood in its box is there again afterwards.
"""

from dataclasses import dataclass

MOST = 1_000  # the oldest go first


@dataclass(frozen=True)
class Place:
    """Where something is written: an agent's answer in a conversation, or their note for colleagues."""

    agent_id: str
    conversation_id: str
    note: bool


class Drafts:
    """Of all agents."""

    def __init__(self) -> None:
        self._texts: dict[Place, str] = {}

    def keep(self, place: Place, text: str) -> None:
        """Nothing but space is no draft."""
        self._texts.pop(place, None)
        if text.strip():
            self._texts[place] = text
        if len(self._texts) > MOST:
            del self._texts[next(iter(self._texts))]

    def find(self, place: Place) -> str:
        """Empty where nothing was begun."""
        return self._texts.get(place, "")
