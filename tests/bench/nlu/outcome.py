"""What every method of the benchmark gives back, and the numbers that are made of it, the same way for all.

A method fits on `DataSet.train` (and its validation part) and predicts every test; the thresholds are its own, chosen
without the tests. Intervals: Wilson's for shares, the bootstrap's for macro-F1 and AUROC.
"""

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.data import OUT_OF_SCOPE, Example
from nlu.metrics import auroc, expected_calibration_error, interval, macro_f1

TIMED = 200
RESAMPLED = 300

Number = float | int | None


@dataclass(frozen=True)
class Guess:
    """The best in-scope label, how sure it is among them, and how far outside the message is."""

    label: str
    confidence: float
    oos_score: float


@dataclass(frozen=True)
class Seconds:
    """By the clock, and of all processors together: that one says the same on a busy machine."""

    clock: float
    processor: float

    @classmethod
    def now(cls) -> "Seconds":
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(time.perf_counter(), sum(usage.ru_utime + usage.ru_stime for usage in (own, children)))

    def since(self) -> "Seconds":
        now = Seconds.now()
        return Seconds(now.clock - self.clock, now.processor - self.processor)


@dataclass(frozen=True)
class Outcome:
    """Guesses for each test in its order, and what they cost."""

    guesses: Mapping[str, Sequence[Guess]]
    threshold: float  # from this `oos_score` on a message counts as out of scope
    calibrated: bool  # whether confidences claim to be probabilities
    training: Seconds
    ms_per_message: float  # of processor time, one message at a time, one thread
    size_mb: float  # what has to be kept to predict


def scores(examples: Sequence[Example], guesses: Sequence[Guess], outcome: Outcome) -> dict[str, Number]:
    """The numbers of one test; `accuracy` has no threshold, in `accuracy_after` what it refuses counts as wrong."""
    pairs = list(zip(examples, guesses, strict=True))
    inside = [(example.label, guess) for example, guess in pairs if example.label != OUT_OF_SCOPE]
    outside = [guess.oos_score for example, guess in pairs if example.label == OUT_OF_SCOPE]
    measured: dict[str, Number] = {"n": len(pairs), "n_in_scope": len(inside), "n_out_of_scope": len(outside)}
    if outside:
        measured["oos_recall"] = float(np.mean(np.array(outside) >= outcome.threshold))
    if not inside:
        return measured
    truth, found = [label for label, _ in inside], [guess.label for _, guess in inside]
    hits = right(examples, guesses)
    kept = [guess.oos_score < outcome.threshold for _, guess in inside]
    share = float(np.mean(hits))
    low, high = interval(share, len(hits))
    measured |= {"accuracy": share, "accuracy_low": low, "accuracy_high": high, "macro_f1": macro_f1(truth, found)}
    measured |= _ends("macro_f1", _resampled_f1(truth, found))
    measured |= {"in_scope_kept": float(np.mean(kept)), "accuracy_after": float(np.mean(np.array(kept) & hits))}
    if outcome.calibrated:
        measured["ece"] = expected_calibration_error([guess.confidence for _, guess in inside], hits)
    if outside:
        known = [guess.oos_score for _, guess in inside]
        measured |= {"oos_auroc": auroc(outside, known)} | _ends("oos_auroc", _resampled_auroc(outside, known))
    return measured


def right(examples: Sequence[Example], guesses: Sequence[Guess]) -> list[bool]:
    """Whether the best label is the true one, of in-scope rows."""
    pairs = zip(examples, guesses, strict=True)
    return [guess.label == example.label for example, guess in pairs if example.label != OUT_OF_SCOPE]


def lost(clean: Sequence[bool], noisy: Sequence[bool]) -> tuple[float, float]:
    """(share lost under noise, half of its 95 % interval); `noisy` holds several draws of `clean`'s texts in turn.

    A text is compared with itself, so the interval is that of the mean difference over texts.
    """
    draws = np.array(noisy, dtype=float).reshape(-1, len(clean)).mean(axis=0)
    gaps = np.array(clean, dtype=float) - draws
    return float(gaps.mean()), float(1.96 * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def latency_ms(predict: Callable[[list[str]], object], examples: Sequence[Example]) -> float:
    """Processor time of single messages, the median after a warm-up."""
    texts = [example.text for example in examples[:TIMED]]
    predict(texts[:1])
    times = []
    for text in texts:
        started = time.process_time()
        predict([text])
        times.append(time.process_time() - started)
    return 1000 * float(np.median(times))


def _ends(name: str, values: Sequence[float]) -> dict[str, Number]:
    low, high = np.quantile(values, [0.025, 0.975])
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def _resampled_auroc(positive: Sequence[float], negative: Sequence[float]) -> list[float]:
    draw = np.random.default_rng(0)
    return [auroc(draw.choice(positive, len(positive)), draw.choice(negative, len(negative))) for _ in range(RESAMPLED)]


def _resampled_f1(truth: Sequence[str], found: Sequence[str]) -> list[float]:
    """`nlu.metrics.macro_f1` of rows drawn again, on numbers for the sake of time."""
    draw = np.random.default_rng(0)
    names, numbers = np.unique([*truth, *found], return_inverse=True)
    real, guess = numbers[: len(truth)], numbers[len(truth) :]
    samples = [draw.integers(len(truth), size=len(truth)) for _ in range(RESAMPLED)]
    return [_f1(real[rows], guess[rows], len(names)) for rows in samples]


def _f1(real: NDArray[np.int64], guess: NDArray[np.int64], count: int) -> float:
    sizes = np.bincount(real, minlength=count)
    hits = np.bincount(real[real == guess], minlength=count)
    return float(np.mean((2 * hits / np.maximum(sizes + np.bincount(guess, minlength=count), 1))[sizes > 0]))
