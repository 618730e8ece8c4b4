"""Whose each row of an index is: an id (of a template; rows share it) and a kind, by the row's number.

A row keeps its number as long as the index lives, saved and loaded too, so that others can keep tables by row number.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

REMOVED = -1
Numbers = NDArray[np.int64]


class Rows:
    """`owner[row]`: place in `names` of the row's id, -1 once it is removed; `kinds[row]`: the caller's."""

    def __init__(self, names: Sequence[str], owner: NDArray[np.int32], kinds: NDArray[np.int8]) -> None:
        self.names = list(names)
        self.owner = owner
        self.kinds = kinds
        self._place = {name: place for place, name in enumerate(self.names)}

    @classmethod
    def empty(cls) -> "Rows":
        return cls([], np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int8))

    def numbers(self) -> Numbers:
        """Those of the rows that are not removed."""
        return np.flatnonzero(self.owner != REMOVED)

    def add(self, ids: Sequence[str], kinds: Sequence[int]) -> Numbers:
        """The numbers of new rows with these ids and kinds."""
        first = len(self.owner)
        for name in ids:
            if name not in self._place:
                self._place[name] = len(self.names)
                self.names.append(name)
        added = np.array([self._place[name] for name in ids], dtype=np.int32)
        self.owner = np.concatenate([self.owner, added])
        self.kinds = np.concatenate([self.kinds, np.asarray(kinds, dtype=np.int8)])
        return np.arange(first, len(self.owner), dtype=np.int64)

    def remove(self, ids: Sequence[str]) -> Numbers:
        """The numbers of the rows that had one of these ids; unknown ids have none."""
        places = [self._place[name] for name in set(ids) if name in self._place]
        numbers = np.flatnonzero(np.isin(self.owner, places))
        self.owner[numbers] = REMOVED
        return numbers

    def save(self, path: Path) -> None:
        names = np.frombuffer(json.dumps(self.names).encode(), dtype=np.uint8)
        with path.open("wb") as file:
            np.savez(file, names=names, owner=self.owner, kinds=self.kinds)

    @classmethod
    def load(cls, path: Path) -> "Rows":
        with np.load(path) as saved:
            parts: dict[str, Any] = dict(saved)
        return cls(json.loads(parts["names"].tobytes()), parts["owner"], parts["kinds"])
