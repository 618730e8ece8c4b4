"""Every step of the refresh over a made-up shop, in a process of its own: `python -m tests.bench.insight.steps FOLDER`,
as `shopkeeper bench insight --only steps` runs it for each size.

The database beside it is empty, so that the steps compute from the copy of the log alone. Prints one JSON object: the
seconds of each step, processor time, peak memory of the process (MB), and what each step found.
"""

import argparse
import json
import logging
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

import bot.shop.tables  # noqa: F401 - adds the shop's tables to the metadata
from bot.database import Database
from bot.tables import Base as BotBase
from insight.batch import sales
from insight.batch.context import Context, Step
from insight.refresh import STEPS, refresh
from insight.tables import Base
from tests.bench.insight.usage import cpu_s, peak_mb


def measure(folder: Path) -> dict[str, Any]:
    """Seconds and peak so far of each step, by its name."""
    seconds: dict[str, float] = {}
    peaks: dict[str, float] = {}

    def link(context: Context) -> dict[str, Any]:
        for file in folder.glob("*.parquet"):
            context.path(file.stem).symlink_to(file.resolve())
        sales.keep(context)
        return {}

    def timed(step: Step) -> Step:
        def run(context: Context) -> Any:
            start = time.perf_counter()
            try:
                return step.run(context)
            finally:
                seconds[step.name] = round(time.perf_counter() - start, 1)
                peaks[step.name] = round(peak_mb())

        return replace(step, run=run)

    steps = [timed(replace(step, run=link, told="") if step.name == "log" else step) for step in STEPS]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        database = Database(f"sqlite:///{Path(scratch) / 'shop.db'}")
        for base in (BotBase, Base):
            base.metadata.create_all(database.engine)
        start = time.perf_counter()
        done = refresh(database.reading, database.writing, folder=Path(scratch), now=_end(folder), steps=steps)
        total = time.perf_counter() - start
        database.close()
    found = {name: facts for name, facts in done.facts.items() if facts}
    return {"seconds": total, "cpu_s": cpu_s(), "peak_mb": peak_mb(), "steps": seconds, "peaks": peaks, "found": found}


def _end(folder: Path) -> datetime:
    """The day after the last order: seen from today everybody would have left."""
    last = pc.max(pq.read_table(folder / "placed.parquet", columns=["at"])["at"]).as_py()
    return last.replace(tzinfo=UTC) + timedelta(days=1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    logging.basicConfig(level="WARNING")
    print(json.dumps(measure(parser.parse_args().folder)))


if __name__ == "__main__":
    main()
