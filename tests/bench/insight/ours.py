"""The refresh's batch work over a made-up shop, in a process of its own: `python -m tests.bench.insight.ours FOLDER`.

Prints one JSON object: seconds, peak memory of the process (MB), and how many rows each table has.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from insight.batch import sales, together
from insight.batch.context import Context
from insight.batch.engines import open_duckdb
from tests.bench.insight.usage import cpu_s, peak_mb


@contextmanager
def _no_database() -> Iterator[None]:
    raise AssertionError("the batch work reads no database")
    yield


def work(folder: Path) -> dict[str, int]:
    """Everything that is computed from the copy of the log; rows by table."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch, open_duckdb(Path(scratch)) as opened:
        for file in folder.glob("*.parquet"):
            (Path(scratch) / file.name).symlink_to(file)
        context = Context(_no_database, _no_database, opened, Path(scratch), datetime.now(UTC))
        sales.keep(context)
        together.keep(context, ())
        names = ("orders", "lines", "customers", "neighbours", "favourites")
        return {
            name: int(context.frame(context.table(name).aggregate(n=lambda t: t.count()))["n"][0]) for name in names
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    start = time.perf_counter()
    rows = work(given.folder)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s(), "peak_mb": peak_mb(), "rows": rows}))


if __name__ == "__main__":
    main()
