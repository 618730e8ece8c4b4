"""A trained network to the folder that is served: export, check, int8 or float32, temperatures and thresholds.

Everything is measured on the network as it will be served, with examples that training has not seen; where every one
was needed to learn from, on what the same training made of parts of them.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlu import greetings
from nlu.calibration import temperature, thresholds
from nlu.classifier import NEIGHBOURS_CSV, NEIGHBOURS_FILE, Config, predictions
from nlu.data import OUT_OF_SCOPE, SENTIMENTS, Example
from nlu.data import write as write_examples
from nlu.errors import ModelRefused
from nlu.evaluate import intent_scores, sentiment_scores
from nlu.export import write
from nlu.fit import logits
from nlu.metrics import places
from nlu.model import OUTPUTS, TwoHeads, tokenise
from nlu.neighbours import Near, corrected, near
from nlu.network import INT8_FILE, Network
from nlu.parse import Thresholds
from nlu.perturb import perturb
from nlu.scope import choose
from nlu.spelling import Speller, count, whole_words
from nlu.spelling import save as save_words

NEIGHBOURS_PER_LABEL = 100
LOST_AT_MOST = 0.003  # accuracy that int8 may cost
SAME = 1e-3  # largest difference between the ONNX and the torch outputs
CHECKED = 64
MISTYPED = 0.05  # share of letters
ENOUGH = 2_000  # examples to compare two precisions on
BATCH = 32


@dataclass(frozen=True)
class Unseen:
    """What a network says about examples that it has not learnt from, and what is right."""

    intents: NDArray[np.float32]  # logits (n, labels)
    near: Near  # of the intents' examples
    intent_labels: Sequence[str]
    sentiment: NDArray[np.float32]  # logits (m, 3)
    sentiment_labels: Sequence[str]


@dataclass(frozen=True)
class Examples:
    """Of both tasks."""

    intents: Sequence[Example]
    sentiment: Sequence[Example]


def release(
    network: TwoHeads,
    tokenizer: Any,
    folder: Path,
    *,
    learnt: Examples,
    held: Examples | Unseen,
    labels: tuple[str, ...],
    base_model: str,
    data_hash: str,
    seed: int,
) -> Config:
    """Write everything but `config.json` to `folder`; raises `ModelRefused` when ONNX and torch differ.

    `held`: what was not learnt, or what networks of the same training said about examples that those had not learnt.
    """
    shutil.rmtree(folder, ignore_errors=True)
    write(network, tokenizer, folder, outputs=OUTPUTS)
    _require_same(network, tokenizer, folder, [example.text for example in learnt.intents[:CHECKED]])
    hard = held.intents if isinstance(held, Examples) else learnt.intents
    unlike = [*(hard if isinstance(held, Examples) else ()), *_mistyped(hard, seed=seed)]
    _choose_precision(folder, [example for example in unlike if example.label in labels], labels)
    served = Network.load(folder, device="cpu")
    sample = sampled(learnt.intents, most=NEIGHBOURS_PER_LABEL, seed=seed)
    neighbours = _run(served, sample)[2].astype(np.float16)
    np.save(folder / NEIGHBOURS_FILE, neighbours)
    write_examples(folder / NEIGHBOURS_CSV, sample)
    speller = speller_of(learnt.intents, served.vocabulary)
    save_words(speller.counts, folder)
    known = neighbours.astype(np.float32)
    counts = counted(sample, labels)
    unseen = held if isinstance(held, Unseen) else _answers(served, _spelt(held, speller), known, counts)
    degree = _temperature(unseen, labels)
    config = Config(
        model=f"nlu-{data_hash[:8]}",
        labels=labels,
        sentiments=SENTIMENTS,
        temperature=degree,
        sentiment_temperature=temperature(unseen.sentiment, places(unseen.sentiment_labels, SENTIMENTS)),
        thresholds=Thresholds(out_of_scope=1.0, fallback=0.0, margin=0.0),
        scope=choose(unseen.intents, unseen.near, unseen.intent_labels, labels=labels, temperature=degree),
        neighbours=counts,
        base_model=base_model,
        data_hash=data_hash,
        seed=seed,
        metrics={},
    )
    return _measured(config, unseen)


def sampled(examples: Sequence[Example], *, most: int, seed: int) -> list[Example]:
    """Up to `most` in-scope examples of each label, so that the neighbours of a large set stay quick to search."""
    draw = np.random.default_rng(seed)
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_label[example.label].append(example)
    labels = sorted(by_label.keys() - {OUT_OF_SCOPE})
    return [by_label[label][number] for label in labels for number in draw.permutation(len(by_label[label]))[:most]]


def speller_of(examples: Sequence[Example], vocabulary: Mapping[str, int]) -> Speller:
    return Speller(count(example.text for example in examples), general=whole_words(vocabulary))


def counted(sample: Sequence[Example], labels: Sequence[str]) -> tuple[int, ...]:
    """How many of `sample` each in-scope label has."""
    found = Counter(example.label for example in sample)
    return tuple(found[label] for label in labels if label != OUT_OF_SCOPE)


def _spelt(examples: Examples, speller: Speller) -> Examples:
    parts = (examples.intents, examples.sentiment)
    return Examples(*([replace(e, text=greetings.without(speller.correct(e.text))) for e in part] for part in parts))


def _answers(served: Network, held: Examples, neighbours: NDArray[np.float32], counts: tuple[int, ...]) -> Unseen:
    intents, _, vectors = _run(served, held.intents)
    _, sentiment, _ = _run(served, held.sentiment)
    labels = [[example.label for example in part] for part in (held.intents, held.sentiment)]
    return Unseen(intents, near(vectors, neighbours, counts=counts), labels[0], sentiment, labels[1])


def _measured(config: Config, unseen: Unseen) -> Config:
    """`config` with the thresholds that `unseen` asks for, and what they then give."""
    no_mood = np.zeros((len(unseen.intents), len(SENTIMENTS)), dtype=np.float32)
    by_intent = predictions(unseen.intents, no_mood, unseen.near, config=config)
    no_intent = np.zeros((len(unseen.sentiment), len(config.labels)), dtype=np.float32)
    nothing_near = Near(np.zeros(len(no_intent)), np.zeros((len(no_intent), len(config.in_scope))))
    by_mood = predictions(no_intent, unseen.sentiment, nothing_near, config=config)
    config = replace(config, thresholds=thresholds(by_intent, unseen.intent_labels))
    measured = intent_scores(by_intent, unseen.intent_labels, thresholds=config.thresholds).as_dict()
    felt = sentiment_scores(by_mood, unseen.sentiment_labels).as_dict()
    return replace(config, metrics={"intent": _given(measured), "sentiment": _given(felt)})


def _mistyped(examples: Sequence[Example], *, seed: int) -> list[Example]:
    """Examples made hard, also those that a network has learnt: for telling two precisions apart, not for judging it.

    Several copies of few, so that one answer more or less does not decide.
    """
    random, copies = Random(seed), -(-ENOUGH // len(examples))
    return [replace(e, text=perturb(e.text, "keyboard", MISTYPED, random)) for _ in range(copies) for e in examples]


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
        _run(Network.load(folder, device="cpu", exact=exact), validation)[0].argmax(axis=1) == truth
        for exact in (True, False)
    )
    if costs(exact, int8):
        (folder / INT8_FILE).unlink()


def costs(exact: NDArray[np.bool_], int8: NDArray[np.bool_]) -> bool:
    """Whether int8 is right less often than it may be, by more than the standard error of the difference (n,) (n,).

    Where the two differ on four messages in a hundred, for the better or the worse, the standard error of 2,000 is .45
    points: a loss of .3 alone would take the speed away from one training and not from the next like it.
    """
    gaps = exact.astype(float) - int8
    return float(gaps.mean()) > LOST_AT_MOST + float(gaps.std() / np.sqrt(len(gaps)))


def _temperature(unseen: Unseen, labels: Sequence[str]) -> float:
    """That of the in-scope intents: out-of-scope examples say nothing about which of them is right."""
    columns = [number for number, label in enumerate(labels) if label != OUT_OF_SCOPE]
    rows = [number for number, label in enumerate(unseen.intent_labels) if label != OUT_OF_SCOPE]
    own = places([unseen.intent_labels[row] for row in rows], [labels[column] for column in columns])
    return temperature(corrected(unseen.intents[:, columns], unseen.near)[rows], own)


def _run(network: Network, examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    texts = [example.text for example in examples]
    batches = [network.run(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    return [np.concatenate(output) for output in zip(*batches, strict=True)]


def _given(scores: dict[str, float | int | None]) -> dict[str, float | int]:
    return {name: value for name, value in scores.items() if value is not None}
