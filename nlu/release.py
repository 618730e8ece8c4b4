"""A trained network to the folder that is served: export, check, int8 or float32, temperatures and thresholds.

Everything is measured on the network as it will be served, with examples that training has not seen.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlu.calibration import temperature, thresholds
from nlu.classifier import NEIGHBOURS_CSV, NEIGHBOURS_FILE, Config, predictions
from nlu.data import OUT_OF_SCOPE, SENTIMENTS, Example
from nlu.data import write as write_examples
from nlu.errors import ModelRefused
from nlu.evaluate import intent_scores, sentiment_scores
from nlu.export import write
from nlu.fit import logits
from nlu.metrics import accuracy, places
from nlu.model import OUTPUTS, TwoHeads, tokenise
from nlu.network import INT8_FILE, Network
from nlu.parse import Thresholds

NEIGHBOURS_PER_LABEL = 100
LOST_AT_MOST = 0.003  # accuracy that int8 may cost
SAME = 1e-3  # largest difference between the ONNX and the torch outputs
CHECKED = 64
BATCH = 32


@dataclass(frozen=True)
class Held:
    """Examples a release needs: those that were learnt (for neighbours) and those that were not."""

    learnt: Sequence[Example]
    intents: Sequence[Example]
    sentiment: Sequence[Example]


def release(
    network: TwoHeads,
    tokenizer: Any,
    folder: Path,
    *,
    held: Held,
    labels: tuple[str, ...],
    base_model: str,
    data_hash: str,
    seed: int,
) -> Config:
    """Write everything but `config.json` to `folder`; raises `ModelRefused` when ONNX and torch differ."""
    shutil.rmtree(folder, ignore_errors=True)
    write(network, tokenizer, folder, outputs=OUTPUTS)
    _require_same(network, tokenizer, folder, [example.text for example in held.intents[:CHECKED]])
    _choose_precision(folder, held.intents, labels)
    served = Network.load(folder, device="cpu")
    sample = _sample(held.learnt, seed=seed)
    neighbours = _run(served, sample)[2].astype(np.float16)
    np.save(folder / NEIGHBOURS_FILE, neighbours)
    write_examples(folder / NEIGHBOURS_CSV, sample)
    intents, feelings = _run(served, held.intents), _run(served, held.sentiment)
    config = Config(
        model=f"nlu-{data_hash[:8]}",
        labels=labels,
        sentiments=SENTIMENTS,
        temperature=_temperature(intents[0], held.intents, labels),
        sentiment_temperature=temperature(feelings[1], places([e.label for e in held.sentiment], SENTIMENTS)),
        thresholds=Thresholds(out_of_scope=1.0, fallback=0.0, margin=0.0),
        base_model=base_model,
        data_hash=data_hash,
        seed=seed,
        metrics={},
    )
    known = neighbours.astype(np.float32)
    by_intent = predictions(*intents, neighbours=known, config=config)
    by_feeling = predictions(*feelings, neighbours=known, config=config)
    truth = [example.label for example in held.intents]
    config = replace(config, thresholds=thresholds(by_intent, truth))
    measured = intent_scores(by_intent, truth, thresholds=config.thresholds).as_dict()
    felt = sentiment_scores(by_feeling, [example.label for example in held.sentiment]).as_dict()
    return replace(config, metrics={"intent": _given(measured), "sentiment": _given(felt)})


def _require_same(network: TwoHeads, tokenizer: Any, folder: Path, texts: Sequence[str]) -> None:
    rows, padding = tokenise(tokenizer, texts), tokenizer.pad_token_id or 0
    trained = logits(network, rows, padding=padding, device=torch.device("cpu"))
    exported = Network.load(folder, device="cpu", exact=True).run(texts)
    worst = max(float(np.abs(ours - theirs).max()) for ours, theirs in zip(trained, exported, strict=True))
    if worst > SAME:
        raise ModelRefused(f"The exported model differs from the trained one by {worst:.4f}; it is not used.")


def _choose_precision(folder: Path, validation: Sequence[Example], labels: Sequence[str]) -> None:
    """Drop the int8 network where it costs accuracy."""
    truth = places([example.label for example in validation], labels)
    exact, int8 = (
        accuracy(truth, _run(Network.load(folder, device="cpu", exact=exact), validation)[0].argmax(axis=1))
        for exact in (True, False)
    )
    if exact - int8 > LOST_AT_MOST:
        (folder / INT8_FILE).unlink()


def _temperature(values: NDArray[np.float32], examples: Sequence[Example], labels: Sequence[str]) -> float:
    """That of the in-scope intents: out-of-scope examples say nothing about which of them is right."""
    columns = [number for number, label in enumerate(labels) if label != OUT_OF_SCOPE]
    rows = [number for number, example in enumerate(examples) if example.label != OUT_OF_SCOPE]
    truth = places([examples[row].label for row in rows], [labels[column] for column in columns])
    return temperature(values[np.ix_(rows, columns)], truth)


def _sample(learnt: Sequence[Example], *, seed: int) -> list[Example]:
    """Up to 100 in-scope examples of each label, so that the neighbours of a large set stay quick to search."""
    draw = np.random.default_rng(seed)
    chosen: list[Example] = []
    for label in sorted({example.label for example in learnt} - {OUT_OF_SCOPE}):
        own = [example for example in learnt if example.label == label]
        chosen += [own[number] for number in draw.permutation(len(own))[:NEIGHBOURS_PER_LABEL]]
    return chosen


def _run(network: Network, examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    texts = [example.text for example in examples]
    batches = [network.run(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    return [np.concatenate(output) for output in zip(*batches, strict=True)]


def _given(scores: dict[str, float | int | None]) -> dict[str, float | int]:
    return {name: value for name, value in scores.items() if value is not None}
