"""What the models offer the rest: one method, whichever process they are in (`local.py`, `remote.py`)."""

from collections.abc import Mapping
from typing import Any, Protocol


class Understanding(Protocol):
    async def parse(self, text: str) -> Mapping[str, Any]:
        """Rasa's parse of `text`."""
        ...
