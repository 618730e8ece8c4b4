"""How fast the shop's own model answers: torch against the exported files, and batches against one by one.

The first part counts processor time on one thread, so a busy machine does not bend it; the second is what 32 clients
wait by the clock. Everything is measured in turns, so that what else the machine does meets all alike.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch

from nlu.batching import Batcher
from nlu.classifier import Classifier
from nlu.data import SENTIMENTS, Example
from nlu.encoder import source
from nlu.evaluate import predict
from nlu.model import make, pad, tokenise
from nlu.network import INT8_FILE
from tests.bench.nlu.ours import guess
from tests.bench.nlu.outcome import right

TOKENS = 25
ROUNDS, REPEATS = 5, 20
CLIENTS, MESSAGES, THREADS = 32, 8, 2
BATCH = 32


def speed(folder: Path, aside: Sequence[Example], *, base: Path | str, device: str) -> dict[str, Any]:
    """Milliseconds, messages a second and accuracy of the model in `folder`; `aside`: examples it never saw."""
    exact, served = (Classifier.load(folder, threads=1, device=device, exact=exact) for exact in (True, False))
    text = _of_length(base)
    single = _in_turns(
        {"torch": _torch(base, text, len(served.config.labels), device)}
        | {"float32": lambda: exact.predict([text]), "served": lambda: served.predict([text])},
        clock=time.perf_counter if device == "cuda" else time.process_time,
    )
    inside = [example for example in aside if example.label in served.config.in_scope]
    accuracy = {name: _accuracy(model, inside) for name, model in (("float32", exact), ("served", served))}
    return {
        "quantised": (folder / INT8_FILE).exists() and device != "cuda",
        "single_ms": single,
        "accuracy": accuracy,
        **_under_load(folder, [example.text for example in aside], device),
    }


def _of_length(base: Path | str) -> str:
    """A message of `TOKENS` tokens, the two that frame it among them."""
    _, tokenizer = make(source(base), intents=2, sentiments=2)
    words = ["my", *["order"] * (TOKENS - 3)]
    text = " ".join(words)
    if len(tokenise(tokenizer, [text])[0]) != TOKENS:
        raise ValueError("the tokenizer splits 'order'")
    return text


def _torch(base: Path | str, text: str, labels: int, device: str) -> Callable[[], object]:
    """The same network before it is exported: what it has learnt makes it no slower."""
    torch.set_num_threads(1)
    place = torch.device("cuda" if device == "cuda" else "cpu")
    network, tokenizer = make(source(base), intents=labels, sentiments=len(SENTIMENTS))
    network.to(place).eval()

    def run() -> object:
        with torch.inference_mode():
            ids, mask = pad(tokenise(tokenizer, [text]), padding=tokenizer.pad_token_id or 0, device=place)
            return [output.cpu() for output in network(ids, mask)]

    return run


def _in_turns(calls: dict[str, Callable[[], object]], *, clock: Callable[[], float]) -> dict[str, float]:
    """Milliseconds of each, the median of rounds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = clock()
            for _ in range(REPEATS):
                call()
            times[name].append(1000 * (clock() - started) / REPEATS)
    return {name: median(values) for name, values in times.items()}


def _accuracy(classifier: Classifier, examples: Sequence[Example]) -> float:
    found = right(examples, [guess(prediction) for prediction in predict(classifier, [e.text for e in examples])])
    return sum(found) / len(found)


def _under_load(folder: Path, texts: Sequence[str], device: str) -> dict[str, Any]:
    """What a lone message waits, then messages a second of many clients; through a batcher that takes 32 or one.

    The lone one comes first: what a rush leaves in the processor's caches is felt for some messages after it.
    """
    model = Classifier.load(folder, threads=THREADS, device=device)
    batchers = {name: Batcher(model.predict, max_batch=size) for name, size in (("batched", BATCH), ("one by one", 1))}
    waits = asyncio.run(_lone(batchers, texts))
    rates: dict[str, list[float]] = {name: [] for name in batchers}
    for round_ in range(ROUNDS):
        for name, batcher in batchers.items():
            rate = asyncio.run(_rush(batcher, texts))
            if round_:
                rates[name].append(rate)
    for batcher in batchers.values():
        batcher.close()
    return {
        "per_second": {name: median(values) for name, values in rates.items()},
        "lone_ms": {name: median(values) for name, values in waits.items()},
    }


async def _lone(batchers: dict[str, Batcher[str, Any]], texts: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of messages that nobody waits beside; each goes through every batcher, in changing order."""
    waits: dict[str, list[float]] = {name: [] for name in batchers}
    for number, text in enumerate(texts[: ROUNDS * REPEATS]):
        for name in sorted(batchers, reverse=bool(number % 2)):
            started = time.perf_counter()
            await batchers[name].call(text)
            waits[name].append(1000 * (time.perf_counter() - started))
    return waits


async def _rush(batcher: Batcher[str, Any], texts: Sequence[str]) -> float:
    """Messages a second of `CLIENTS`, each of whom sends the next when the last is answered."""

    async def client(number: int) -> None:
        for message in range(MESSAGES):
            await batcher.call(texts[(number * MESSAGES + message) % len(texts)])

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return CLIENTS * MESSAGES / (time.perf_counter() - started)
