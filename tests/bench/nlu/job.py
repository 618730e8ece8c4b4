"""One training of the benchmark and what is kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from nlu.data import Example
from tests.bench.nlu.data import NOISE, SET_ASIDE, DataSet, noise_name
from tests.bench.nlu.outcome import Outcome, lost, right, scores
from tests.bench.nlu.store import Result


@dataclass(frozen=True)
class Job:
    """One training and what it is measured on."""

    data: DataSet
    method: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.data.name}-{self.method}-{self.seed}"


def result(job: Job, outcome: Outcome) -> Result:
    """What is stored: the scores of each test, what noise costs, and what the method took."""
    tests = {name: part for name, part in job.data.tests.items() if part}
    noise = {noise_name(*each) for each in NOISE}
    return {
        "data": job.data.name,
        "method": job.method,
        "seed": job.seed,
        "examples": len(job.data.train),
        "tests": {name: scores(part, outcome.guesses[name], outcome) for name, part in tests.items()},
        "lost": {name: _lost(outcome, tests, name) for name in tests if name in noise},
        "train_seconds": outcome.training.clock,
        "train_processor_seconds": outcome.training.processor,
        "ms_per_message": outcome.ms_per_message,
        "size_mb": outcome.size_mb,
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
    }


def _lost(outcome: Outcome, tests: Mapping[str, Sequence[Example]], name: str) -> tuple[float, float]:
    clean = right(tests[SET_ASIDE], outcome.guesses[SET_ASIDE])
    return lost(clean, right(tests[name], outcome.guesses[name]))
