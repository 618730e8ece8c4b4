"""What a step of the refresh is, and what it works with.

A step reads, computes and writes in three parts: no transaction is open while the engine (DuckDB or Spark) works.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from insight.catalogue import Item
from insight.profile.store import HALF_LIFE_DAYS

Transaction = Callable[[], AbstractContextManager[Session]]
Embed = Callable[[Sequence[str]], np.ndarray]  # texts -> float32 (n, d)


def _silent(step: str) -> None:
    pass


@dataclass(frozen=True)
class Context:
    """What every step gets; `embed` and `items` are None and empty where the caller has neither."""

    reading: Transaction
    writing: Transaction
    engine: Any  # an Ibis backend
    folder: Path  # scratch of this refresh; gone afterwards
    now: datetime
    half_life_days: float = HALF_LIFE_DAYS
    embed: Embed | None = None
    items: Sequence[Item] = ()
    progress: Callable[[str], None] = _silent

    def table(self, name: str) -> ibis.Table:
        """A table that an earlier step made; those of the log are described in `insight.batch.log` and `sales`."""
        return self.engine.read_parquet(self.path(name))

    def put(self, name: str, rows: pd.DataFrame | pa.Table) -> ibis.Table:
        """Hand rows to the engine under a name, for this step and later ones."""
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(table, self.path(name), coerce_timestamps="us")
        return self.table(name)

    def keep(self, name: str, expression: ibis.Table) -> ibis.Table:
        """Compute an expression once, for this step and later ones; it never passes through our memory."""
        self.engine.to_parquet(expression, self.path(name))
        return self.table(name)

    def frame(self, expression: ibis.Table) -> pd.DataFrame:
        """The rows of an expression, in no particular order unless it says one."""
        return self.engine.to_pyarrow(expression).to_pandas()

    def path(self, name: str) -> Path:
        """Where the table of that name is kept, as Parquet."""
        return self.folder / f"{name}.parquet"


@dataclass(frozen=True)
class Step:
    """`run` does the work and returns its facts as plain values; `told`, filled with them, is what a user reads."""

    name: str
    says: str  # shown while it works
    run: Callable[[Context], Mapping[str, Any]]
    told: str
