"""Where each template is in the tables of a search: it keeps its place, and one that comes later gets the next.

So a change costs a copy of a few bytes a template and reads none of them again, however many there are.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.templates import Template

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]


class Places:
    """`ids[place]`: whose it is or was; `there[place]`: whether it still is; `place_of[id]`: of those that are."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.there = np.zeros(0, dtype=np.bool_)
        self.place_of: dict[str, int] = {}
        self.templates: dict[str, Template] = {}  # by id, in the order of their places
        self._intents: dict[tuple[str, ...], int] = {}  # those that templates share, numbered
        self._shared = np.zeros(0, dtype=np.int32)  # by place: the number of its template's intents

    def __len__(self) -> int:
        """How many templates there are."""
        return len(self.templates)

    def add(self, templates: Sequence[Template]) -> None:
        """Behind those that are there."""
        first = len(self.ids)
        self.ids += [template.id for template in templates]
        self.place_of |= {template.id: first + number for number, template in enumerate(templates)}
        self.templates |= {template.id: template for template in templates}
        shared = [self._intents.setdefault(tuple(one.intents), len(self._intents)) for one in templates]
        self._shared = np.append(self._shared, np.array(shared, dtype=np.int32))
        self.there = np.append(self.there, np.ones(len(templates), dtype=np.bool_))

    def remove(self, ids: Collection[str]) -> None:
        """Unknown ones are none."""
        for name in ids:
            if name in self.place_of:
                self.there[self.place_of.pop(name)] = False
                del self.templates[name]

    def all(self) -> Numbers:
        """The places of all that are there, in order."""
        return np.flatnonzero(self.there)

    def support(self, intents: Mapping[str, float], places: Numbers) -> Array:
        """For the template at each of `places` the probability that one of its intents is meant."""
        meant = [min(1.0, sum(intents.get(name, 0.0) for name in names)) for names in self._intents]
        return np.array(meant, dtype=np.float32)[self._shared[places]]
