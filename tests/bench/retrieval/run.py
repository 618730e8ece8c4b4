"""`shopkeeper bench retrieval`: our index, our whole search and peers over made-up templates around the real ones.

What is built is kept in a folder, so that a killed run goes on where it stopped. All searches are on one thread.
"""

import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from tests.bench.retrieval.gpu import Compared, compare
from tests.bench.retrieval.hybrid import hybrid
from tests.bench.retrieval.live import Change
from tests.bench.retrieval.made_up import MadeUp, Real, make
from tests.bench.retrieval.pace import Pace, Rush, many_at_a_time, milliseconds, one_at_a_time
from tests.bench.retrieval.systems import (
    Numbers,
    System,
    bm25s,
    hnswlib,
    nearest,
    numpy,
    ours,
    recall,
    semantic_search,
)

SYSTEMS: dict[str, Callable[..., System]] = {
    "shopkeeper": ours,
    "hybrid": hybrid,
    "hnswlib": hnswlib,
    "numpy": numpy,
    "semantic_search": semantic_search,
    "bm25s": bm25s,
}
OURS, WHOLE = "shopkeeper", "hybrid"
TUNING = 300
NEEDS = {"hnswlib": "hnswlib", "semantic_search": "sentence_transformers"}
HEADING = (
    f"{'system':16}{'recall@10':>10}{'p50 ms':>10}{'p99 ms':>10}{'CPU p50':>10}{'CPU p99':>10}"
    f"{'q/s':>9}{'q/CPU s':>9}{'build s':>9}{'bytes':>8}  settings"
)


@dataclass(frozen=True)
class Effort:
    """`questions` asked one at a time, for `seconds` a system at most; `rush` seconds of several clients."""

    questions: int = 1000
    seconds: float = 60.0
    rush: float = 5.0


QUICK = Effort(questions=200, seconds=5.0, rush=1.0)


@dataclass(frozen=True)
class Row:
    """One system at one size. Milliseconds by the clock, and of the processor alone, which others do not slow.

    `per_second`, `per_cpu_second`: questions of several clients, likewise by the clock and of the processor.

    `added_seconds`, `removed_seconds`: until a change shows in a search, where the system can be changed.
    """

    templates: int
    system: str
    questions: int
    recall: float | None
    p50_ms: float
    p99_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float
    per_second: float
    per_cpu_second: float
    build_seconds: float
    bytes_a_template: float
    settings: str
    added_seconds: float | None = None
    removed_seconds: float | None = None


def run(
    real: Real,
    *,
    sizes: Sequence[int],
    out: Path,
    device: str = "auto",
    systems: Sequence[str] = tuple(SYSTEMS),
    effort: Effort = Effort(),
    as_json: bool = False,
) -> None:
    """Measure each size and print its table; with `as_json` one object as the last line."""
    faiss.omp_set_num_threads(1)
    missing = [name for name in systems if name in NEEDS and find_spec(NEEDS[name]) is None]
    for name in missing:
        print(f"{name} is left out: install it with `pip install -e .[bench]`", file=sys.stderr)
    rows: list[Row] = []
    compared: list[Compared] = []
    for size in sizes:
        made = make(real, size, questions=effort.questions, tuning=TUNING)
        folder = out / f"{size}-{identity(made)}"
        rows += measure(made, folder, [name for name in systems if name not in missing], effort)
        compared += compare(made, device=device)
        print(table([row for row in rows if row.templates == size]), flush=True)
    print(summary(rows))
    print(gpu_table(compared))
    print(f"{platform.processor() or platform.machine()}, {platform.system()} {platform.release()}; one thread")
    if as_json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "gpu": [asdict(row) for row in compared]}))


def measure(made: MadeUp, folder: Path, names: Sequence[str], effort: Effort) -> list[Row]:
    right = nearest(made)
    built: list[System] = []
    least = 1.0
    for name in tqdm(names, desc=f"{len(made.vectors)} templates", file=sys.stderr):
        built.append(SYSTEMS[name](made, folder / name, right=right[made.tuning], least=least))
        if name == OURS:
            least = recall(built[-1].search(made.tuning), right[made.tuning])
    with threadpool_limits(1):
        paces = one_at_a_time(built, made.measured, seconds=effort.seconds)
        rushes = many_at_a_time(built, made.measured, seconds=effort.rush)
        changes = [system.change() if system.change else None for system in built]
    return [
        row(system, paces[system.name], rushes[system.name], right, change)
        for system, change in zip(built, changes, strict=True)
    ]


def row(system: System, pace: Pace, rush: Rush, right: Numbers, change: Change | None) -> Row:
    found = np.vstack(pace.found)
    known = right if system.right is None else system.right
    compared = min(len(found), len(known))
    return Row(
        system.templates,
        system.name,
        len(found),
        None if system.by_words else round(recall(found[:compared], known[:compared]), 4),
        round(milliseconds(pace.clock, 50), 3),
        round(milliseconds(pace.clock, 99), 3),
        round(milliseconds(pace.processor, 50), 3),
        round(milliseconds(pace.processor, 99), 3),
        round(rush.asked / rush.clock, 1),
        round(rush.asked / rush.processor, 1),
        round(system.build_seconds, 1),
        round(system.bytes_a_template),
        system.settings,
        change and change.added,
        change and change.removed,
    )


def identity(made: MadeUp) -> str:
    """Of the templates, so that what is kept serves no others."""
    return sha256(made.vectors[:1000].tobytes()).hexdigest()[:8]


def table(rows: Sequence[Row]) -> str:
    lines = [f"{rows[0].templates:,} templates", HEADING]
    for row in rows:
        found = "-" if row.recall is None else f"{row.recall:.4f}"
        lines.append(
            f"{row.system:16}{found:>10}{row.p50_ms:10.3f}{row.p99_ms:10.3f}{row.cpu_p50_ms:10.3f}"
            f"{row.cpu_p99_ms:10.3f}{row.per_second:9.0f}{row.per_cpu_second:9.0f}{row.build_seconds:9.1f}{row.bytes_a_template:8.0f}"
            f"  {row.settings}"
        )
    return "\n".join([*lines, ""])


def summary(rows: Sequence[Row]) -> str:
    """How much longer the peers take, how much longer a question takes among more templates, and when changes show."""
    lines = []
    for name, what in ((OURS, "our index"), (WHOLE, "our whole search")):
        cost = {row.templates: row.cpu_p50_ms for row in rows if row.system == name}
        for row in rows:
            if row.system not in (OURS, WHOLE) and row.templates in cost:
                times = row.cpu_p50_ms / cost[row.templates]
                lines.append(f"At {row.templates:,} templates {row.system} takes {times:.1f} times as long as {what}.")
        for few, many in pairwise(sorted(cost)):
            times = cost[many] / cost[few]
            lines.append(f"{many / few:g} times the templates ({many:,}) cost {what} {times:.1f} times as much.")
    lines += [
        f"At {row.templates:,} templates one that is added is found after {row.added_seconds:.3f} s, and one that is"
        f" removed found no more after {row.removed_seconds:.3f} s."
        for row in rows
        if row.added_seconds is not None
    ]
    return "\n".join(lines)


def gpu_table(compared: Sequence[Compared]) -> str:
    if not compared:
        return "There is no GPU here to compare with."
    lines = [f"{'templates':>10}{'batch':>7}{'CPU ms':>10}{'GPU ms':>10}  same neighbours"]
    for row in compared:
        lines.append(
            f"{row.templates:10}{row.batch:7}{row.cpu_ms:10.3f}{row.gpu_ms:10.3f}  {'yes' if row.equal else 'no'}"
        )
    return "\n".join(lines)
