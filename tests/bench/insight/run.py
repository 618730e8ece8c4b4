"""`shopkeeper bench insight`: how the insight engine scales, beside the same work in pandas, and how fresh it is.

Each size runs in a process of its own, so that its peak memory is its own. What was measured is kept in a file, and a
run that was stopped goes on behind it.
"""

import json
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from rich.console import Console

from insight import orders
from tests.bench.insight import freshness, live, made_up, suggestions, updates
from tests.stack import ROOT

SIZES = (1, 10, 50)
SYSTEMS = {"shopkeeper": "tests.bench.insight.ours", "pandas": "tests.bench.insight.pandas_peer"}
PEER_MB = 12_000  # a peer that wants more is stopped: the machine has others on it
TIMEOUT_S = 3600
STEPS = "tests.bench.insight.steps"
PARTS = ("batch", "steps", "live", "updates", "suggestions", "sources", "freshness")
PRODUCTS = (4_000, 100_000)

Found = dict[str, Any]


def run(
    file: Path,
    *,
    sizes: Sequence[int],
    out: Path,
    only: Sequence[str] = PARTS,
    quick: bool = False,
    as_json: bool = False,
) -> None:
    """Measure the parts in `only` and print their tables; with `as_json` one object as the last line."""
    out.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    shops = _Shops(file, out, console)
    kept = _Kept(out / f"results-{'quick-' if quick else ''}{file.stem}.json")
    found: Found = {"machine": _machine(), "date": date.today().isoformat()}
    steps: dict[str, Callable[[], Any]] = {
        "batch": lambda: _batch(shops, sizes, kept, console),
        "steps": lambda: _steps(shops, sizes, kept, console),
        "live": lambda: kept.get("live", lambda: live.measure(file, out, limit=20_000 if quick else None)),
        "updates": lambda: kept.get("updates", lambda: _updates(quick)),
        "suggestions": lambda: kept.get("suggestions", lambda: _suggestions(quick)),
        "sources": lambda: kept.get("sources", lambda: _sources(file)),
        "freshness": lambda: kept.get("freshness", lambda: _freshness(quick)),
    }
    for name in only:
        console.print(f"{name} …")
        found[name] = steps[name]()
        _print(name, found[name])
    kept.forget()
    shops.remove()
    if as_json:
        print(json.dumps(found))


class _Kept:
    """Results in a file until all of them are there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: Found = json.loads(path.read_text()) if path.is_file() else {}

    def get(self, name: str, measure: Callable[[], Any]) -> Any:
        if name not in self._found:
            self._found[name] = measure()
            self._path.write_text(json.dumps(self._found))
        return self._found[name]

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


class _Shops:
    """Made-up shops some times as large as the one of `file`, each made when it is first wanted."""

    def __init__(self, file: Path, out: Path, console: Console) -> None:
        self._file, self._out, self._console = file, out, console

    @cached_property
    def _lines(self) -> pd.DataFrame:
        return orders.read(self._file)[0]

    def folder(self, times: int) -> Path:
        folder = self._out / f"shop-{times}"
        if not (folder / "items.parquet").exists():
            self._console.print(f"making a shop {times} times as large …")
            made_up.make(self._lines, folder, times=times)
        return folder

    def remove(self) -> None:
        for folder in self._out.glob("shop-*"):
            shutil.rmtree(folder, ignore_errors=True)


def _batch(shops: _Shops, sizes: Sequence[int], kept: _Kept, console: Console) -> list[Found]:
    rows: list[Found] = []
    for times in sizes:
        for system, module in SYSTEMS.items():
            console.print(f"{system}, {times} times …")
            measure = partial(_over, module, shops, times)
            rows.append({"times": times, "system": system, **kept.get(f"{system} {times}", measure)})
    _compare(rows)
    return rows


def _steps(shops: _Shops, sizes: Sequence[int], kept: _Kept, console: Console) -> list[Found]:
    rows: list[Found] = []
    for times in sizes:
        console.print(f"every step, {times} times …")
        rows.append({"times": times, **kept.get(f"steps {times}", partial(_over, STEPS, shops, times))})
    return rows


def _over(module: str, shops: _Shops, times: int) -> Found:
    return _alone(module, shops.folder(times), limit_mb=PEER_MB)


def _alone(module: str, folder: Path, *, limit_mb: float) -> Found:
    """Run a module over `folder` in a process of its own; one that takes more than `limit_mb` is stopped."""
    command = [sys.executable, "-m", module, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        watched, start, peak = psutil.Process(process.pid), time.monotonic(), 0.0
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss / 1e6)
            except psutil.NoSuchProcess:
                break
            if peak > limit_mb or time.monotonic() - start > TIMEOUT_S:
                process.kill()
                return {"stopped": f"at {peak:,.0f} MB after {time.monotonic() - start:,.0f} s"}
            time.sleep(0.2)
        said = process.stdout.read() if process.stdout else ""
    if process.returncode != 0:
        return {"stopped": f"exit {process.returncode}"}
    return json.loads(said.splitlines()[-1])


def _compare(rows: Sequence[Found]) -> None:
    """Both systems found the same number of rows, or one of them is wrong."""
    for times in {row["times"] for row in rows}:
        counts = [row["rows"] for row in rows if row["times"] == times and "rows" in row]
        if any(count != counts[0] for count in counts):
            raise AssertionError(f"at {times} times the systems differ: {counts}")


def _updates(quick: bool) -> list[Found]:
    return [
        updates.measure(people=100 if quick else 5_000, messages=100 if quick else 2_000),
        updates.long_past(events=10_000 if quick else 100_000, messages=20 if quick else 100),
    ]


def _suggestions(quick: bool) -> list[Found]:
    return [suggestions.measure(products=count) for count in (PRODUCTS[:1] if quick else PRODUCTS)]


def _sources(file: Path) -> list[Found]:
    found = suggestions.compare(file).items()
    return [{"source": name, **values} for name, values in sorted(found, key=lambda one: -one[1]["ndcg_at_10"])]


def _freshness(quick: bool) -> Found:
    return freshness.measure(customers=5 if quick else 20, messages=3 if quick else 15)


def _print(name: str, found: Any) -> None:
    print(f"\n{name}")
    if name == "batch":
        print(f"{'times':>6}{'lines':>13}  {'system':12}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}")
        for row in found:
            if "stopped" in row:
                print(f"{row['times']:>6}{'':13}  {row['system']:12}  stopped {row['stopped']}")
                continue
            print(
                f"{row['times']:>6}{row['rows']['lines']:>13,}  {row['system']:12}{row['seconds']:>9.1f}"
                f"{row['cpu_s']:>8.1f}{row['peak_mb']:>9,.0f}"
            )
        return
    if name == "steps":
        _print_steps([row for row in found if "stopped" not in row])
        found = [row for row in found if "stopped" in row]
    for row in found if isinstance(found, list) else [found]:
        print("  " + (", ".join(f"{key} {value}" for key, value in row.items()) if row else "not there"))


def _print_steps(rows: Sequence[Found]) -> None:
    """A column a size; of each step its seconds and the peak until then."""
    shown = {
        "times": [f"{row['times']:,}" for row in rows],
        "customers": [f"{row['found'].get('tiers', {}).get('customers', 0):,}" for row in rows],
        "processor, s": [f"{row['cpu_s']:,.0f}" for row in rows],
        "seconds": [f"{row['seconds']:,.0f}" for row in rows],
        "peak, MB": [f"{row['peak_mb']:,.0f}" for row in rows],
    }
    for title, values in shown.items():
        print(f"{title:14}" + "".join(f"{value:>19}" for value in values))
    print(f"\n{'step':14}" + f"{'seconds':>10}{'MB':>9}" * len(rows))
    for step in rows[0]["steps"] if rows else ():
        print(f"{step:14}" + "".join(f"{row['steps'][step]:>10,.1f}{row['peaks'][step]:>9,.0f}" for row in rows))


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"
