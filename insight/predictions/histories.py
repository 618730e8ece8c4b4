"""What a person did before a moment, event by event: what a network over sequences reads."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

LATEST = 20  # events of each person


def histories(events: pd.DataFrame, first: np.ndarray, end: np.ndarray, *, names: Sequence[str]) -> np.ndarray:
    """(n, `LATEST`, names + 1) float32, zeros in front: of each example the latest events that were known.

    A step says which of `names` happened and the log of the minutes since the one before. `events` (person_id, at,
    name) lie person by person, each in time order; `first`, `end`: (n,) rows of them, the first of the example's person
    and the one behind the last that is known.
    """
    minutes = events.groupby("person_id")["at"].diff().dt.total_seconds().fillna(0.0) / 60.0
    happened = events["name"].to_numpy()[:, None] == np.array(names, dtype=object)
    steps = np.column_stack([happened, np.log1p(minutes)]).astype(np.float32)
    read = end[:, None] - np.arange(LATEST, 0, -1)
    known = read >= first[:, None]
    found = np.zeros((*read.shape, len(names) + 1), dtype=np.float32)
    found[known] = steps[read[known]]
    return found


def before(events: pd.DataFrame, asked: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(first, end) of `histories` for `asked` (person_id, at): all that happened earlier than `at` is known."""
    first, end = (np.zeros(len(asked), dtype=np.int64) for _ in range(2))
    own, times, moments = events.groupby("person_id").indices, events["at"].to_numpy(), asked["at"].to_numpy()
    for person, rows in asked.reset_index(drop=True).groupby("person_id").indices.items():
        if person in own:
            first[rows] = own[person][0]
            end[rows] = own[person][0] + np.searchsorted(times[own[person]], moments[rows], side="left")
    return first, end
