"""What all blocks read of one file: its order lines, and what is made of them once for several blocks."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from insight.errors import FileError
from insight.evaluate.split import Split, split
from insight.lifetime import purchases

LEARNT_FROM = 2  # baskets of each customer before the last one that our ranker learns from

Block = dict[str, dict[str, float]]


@dataclass(frozen=True, eq=False)
class Orders:
    """`lines` as `insight.orders.read` gives them."""

    lines: pd.DataFrame

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """`insight.lifetime.purchases`; FileError without a sale to a known customer."""
        bought = purchases(self.lines)
        if bought.empty:
            raise FileError("no line of this file is a sale to a known customer")
        return bought

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """Each customer's last basket apart from all before, then the one before it, and so on; FileError for none."""
        found, before = split(self.lines[self.lines["Kind"] == "sale"])
        splits = [found]
        while len(splits) <= LEARNT_FROM:
            try:
                found, before = split(before)
            except FileError:
                break
            splits.append(found)
        return tuple(splits)
