"""What a number counts, case by case; so every number can be split, compared and followed to its conversations."""

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from insight.report.figures import Count, Durations, Figure, Mean, Share


@dataclass(frozen=True)
class Cases:
    """`rows`: a row a case with `talk`, `at` and `value`; for a share 1 or 0.

    A row may also say its own `intent` or `agent`; otherwise it has those of its conversation.
    """

    kind: Literal["count", "share", "durations", "mean"]
    of_what: str
    rows: pd.DataFrame

    @property
    def figure(self) -> Figure:
        values = self.rows["value"].to_numpy(dtype="float64")
        match self.kind:
            case "count":
                return Count(len(values), self.of_what)
            case "share":
                return Share(int(values.sum()), len(values), self.of_what)
            case "durations":
                return Durations(values, self.of_what)
            case "mean":
                return Mean(values, self.of_what)

    @property
    def counted(self) -> pd.Series:
        """The conversations behind the number; of a share those that make it up, not all it was taken from."""
        rows = self.rows[self.rows["value"] == 1] if self.kind == "share" else self.rows
        return rows["talk"].drop_duplicates()

    def where(self, rows: pd.DataFrame) -> "Cases":
        return replace(self, rows=rows)


def share(rows: pd.DataFrame, of_what: str) -> Cases:
    return Cases("share", of_what, rows)
