"""The conversation's own words: what is described like what the customer wrote, before anything else is known.

Whatever is more like them than an unlike product hardly ever is has at least half the strength: it was asked for.
"""

import re
from collections.abc import Iterator

import numpy as np

from insight.suggestions import vectors
from insight.suggestions.situation import Situation
from insight.suggestions.values import Candidate

NAME = "asked"
MOST = 20
SHORTEST_WORD = 4


def candidates(situation: Situation) -> Iterator[Candidate]:
    if situation.said is None:
        return
    words = _words(situation.said.text)
    vector = np.asarray(situation.said.vector, dtype=np.float32)
    for id, strength in vectors.nearest(situation.session, vector, MOST):
        if id in situation.catalogue:
            named = [word for word in _words(situation.catalogue[id].name) if word in words]
            reason = f"Because you asked about “{named[0]}”." if named else "Goes with what you asked about."
            yield Candidate(id, NAME, (1.0 + strength) / 2.0, reason)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.casefold()) if len(word) >= SHORTEST_WORD]
