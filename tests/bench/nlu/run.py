"""`shopkeeper bench nlu`: our classifier and its peers on the same splits, in the same run, on the same machine.

Each data set, method and seed is one job whose result is stored at once (`store`), so a killed run goes on where it
stopped. Jobs run side by side (`workers`); how fast the shop's own model answers is measured after them, alone.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Container, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bot.errors import NotFound
from nlu.encoder import model_id
from tests.bench.nlu import table
from tests.bench.nlu.data import DATA_SETS, SET_ASIDE, SEVERAL_SEEDS, load, sliced, with_noise
from tests.bench.nlu.diet import diet
from tests.bench.nlu.job import Job, result
from tests.bench.nlu.linear import logistic_regression, svm
from tests.bench.nlu.ours import lora, ours, trained
from tests.bench.nlu.outcome import Outcome
from tests.bench.nlu.speed import speed
from tests.bench.nlu.store import Result, program, stored
from tests.bench.nlu.workers import fitting, workers

SEEDS = (1, 2, 3)
METHODS: dict[str, Callable[..., Outcome]] = {
    "svm": svm,
    "logistic": logistic_regression,
    "ours": ours,
    "lora": lora,
    "diet": diet,
}
SMALL = ("hint3", "banking77_10")
SETS = {"diet": SMALL, "lora": SMALL[:1]}  # where a method is measured on some sets only


def run(
    *,
    data: Path,
    out: Path,
    base: str,
    device: str,
    only: Sequence[str] = (),
    quick: bool = False,
    at_once: int | None = None,
    as_json: bool = False,
) -> None:
    """Measure what is not stored yet, print the table, keep it in `out`; with `as_json` one object as the last line.

    `at_once`: how many trainings, by default two, each on its share of the cores.
    """
    jobs = plan(data, only=only, quick=quick)
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    measured = measure_all(jobs, out, base=base, device=device, quick=quick, at_once=at_once or fitting(device))
    results, fresh = [result for result, _ in measured], sum(new for _, new in measured)
    pace = timed(jobs, out, base=base, device=device, quick=quick)
    minutes = (time.monotonic() - started) / 60
    report = f"{_where(results)}\n\n{table.report(results, pace, quick=quick)}"
    (out / ("quick.md" if quick else "report.md")).write_text(report, encoding="utf-8")
    print(report)
    print(f"{fresh} of {len(jobs)} measured now in {minutes:.1f} minutes, the others before; {out} keeps them.")
    if as_json:
        found = {
            "machine": platform.platform(),
            "quick": quick,
            "measured_now": fresh,
            "minutes": minutes,
            "results": results,
            "speed": pace,
        }
        print(json.dumps(found))


def measure_all(
    jobs: Sequence[Job], out: Path, *, base: str, device: str, quick: bool, at_once: int
) -> list[tuple[Result, bool]]:
    """(result, whether it was measured now) of each job in its order; `at_once` of them at a time."""
    one = partial(_numbered, out=out, base=base, device=device, quick=quick)
    found: dict[int, tuple[Result, bool]] = {}
    with (
        workers(min(at_once, len(jobs))) as mapped,
        tqdm(total=len(jobs), desc="bench nlu", file=sys.stderr) as bar,
    ):
        bar.set_postfix_str(_running(jobs, found, at_once))
        for number, measured in mapped(one, list(enumerate(jobs))):
            found[number] = measured
            bar.set_postfix_str(_running(jobs, found, at_once), refresh=False)
            bar.update()
    return [found[number] for number in range(len(jobs))]


def _running(jobs: Sequence[Job], done: Container[int], at_once: int) -> str:
    """Jobs begin in their order."""
    waiting = [job.name for number, job in enumerate(jobs) if number not in done]
    return ", ".join(waiting[:at_once])


def _numbered(job: tuple[int, Job], **settings: Any) -> tuple[int, tuple[Result, bool]]:
    return job[0], measure(job[1], **settings)


def timed(jobs: Sequence[Job], out: Path, *, base: str, device: str, quick: bool) -> Result | None:
    """How fast the shop's own model is, where that is among the jobs."""
    job = next((job for job in jobs if (job.data.name, job.method) == ("own", "ours")), None)
    if job is None:
        return None
    inputs = (job, model_id(base), device, program(speed.__module__))

    def measured() -> Result:
        folder, _ = trained(job.data, seed=job.seed, folder=out / "work", base=base, device=device)
        return speed(folder, job.data.tests[SET_ASIDE], base=base, device=device)

    return stored(out, "quick-speed" if quick else "speed", inputs, measured)[0]


def plan(data: Path, *, only: Sequence[str], quick: bool) -> list[Job]:
    """The jobs, the most to read first; `only` names data sets, methods or both."""
    for name in only:
        if name not in {*DATA_SETS, *METHODS}:
            raise NotFound(f"there is no {name!r} to measure; there are {', '.join([*DATA_SETS, *METHODS])}")
    methods = [name for name in METHODS if name in only or not set(only) & set(METHODS)]
    jobs = []
    for name in DATA_SETS:
        if name in only or not set(only) & set(DATA_SETS):
            for seed in SEEDS if name in SEVERAL_SEEDS and not quick else SEEDS[:1]:
                whole = load(name, data, seed=seed)
                part = with_noise(sliced(whole) if quick else whole)
                jobs += [Job(part, method, seed) for method in methods if name in SETS.get(method, DATA_SETS)]
    return sorted(jobs, key=lambda job: -sum(len(example.text) for example in job.data.train))


def measure(job: Job, out: Path, *, base: str, device: str, quick: bool) -> tuple[Result, bool]:
    """(the result, whether it was measured now)."""
    method = METHODS[job.method]
    code = program(method.__module__), program(result.__module__)
    folder = out / "work"
    folder.mkdir(exist_ok=True)
    return stored(
        out,
        f"quick-{job.name}" if quick else job.name,
        (job, model_id(base), device, code),
        lambda: result(job, method(job.data, seed=job.seed, folder=folder, base=base, device=device)),
    )


def _where(results: Sequence[Result]) -> str:
    """When and on which machine."""
    days = sorted({result["when"][:10] for result in results})
    return f"{' to '.join(sorted({days[0], days[-1]}))}, {os.cpu_count()} cores of {_processor()}, {platform.system()}"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
