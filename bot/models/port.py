"""What the models offer the rest, whichever process they are in (`local.py`, `remote.py`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.search import Hit
from retrieval.templates import Template

DRAFT = "the draft"  # its template id in what is rehearsed; no template can be called so


@dataclass(frozen=True)
class Rehearsed:
    """The best hit for a text as things are, and with the draft among the answers; None: nothing to find."""

    before: Hit | None
    after: Hit | None


@dataclass(frozen=True)
class Before:
    """The turn before: what the customer wrote, and the template of our answer, if it was one."""

    text: str
    shown: str = ""


class Understanding(Protocol):
    async def parse(self, text: str, *, before: Before | None = None) -> Mapping[str, Any]:
        """Rasa's parse of `text`; `before`: the turn that a question leans on (`retrieval.context`)."""
        ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text, by the encoder of the answers; for batch work, a few texts at a time."""
        ...

    async def rehearse(self, texts: Sequence[str], draft: Template | None) -> list[Rehearsed]:
        """The best hit for each text as things are, and as if `draft` were published; for batch work."""
        ...
