"""Train a classifier on a shop's own examples and leave a folder that `nlu.classifier` serves.

Everything happens in a folder beside `out` (checkpoint, export, checks), which takes the place of `out` at the very
end: a training that dies leaves the old model alone, and goes on where it stopped when it is started again.

What decides about thresholds must not have been learnt. Of many examples a tenth is set aside; of few every one counts,
so the same training runs on parts of them first, each measured on the rest, and then once more on all of them; what is
kept is the mean of all these networks.
"""

import re
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nlu.batches import Task, Tasks, few_of_each
from nlu.calibration import balance
from nlu.classifier import Config
from nlu.data import OUT_OF_SCOPE, SENTIMENTS, Example, require_known, require_sentiments, require_several_labels
from nlu.encoder import PACKAGED, source
from nlu.errors import ModelRefused
from nlu.fit import Place, fast_matrices, fit, logits
from nlu.heads import start
from nlu.metrics import places
from nlu.model import TwoHeads, make, merged, tokenise
from nlu.neighbours import Near, near
from nlu.recipe import Recipe, data_hash, planned
from nlu.release import NEIGHBOURS_PER_LABEL, Examples, Unseen, counted, release, sampled, speller_of

VALIDATION = 0.1
MOST_HELD = 2000  # no more are needed to choose a threshold, or by how much a rare mood is raised
LEAST_HELD = 150  # with fewer a threshold is a guess
FOLDS = 4
START_PER_LABEL = 50  # examples that tell where a head begins

Parts = tuple[list[Example], list[Example]]  # to train on, to validate on
Weights = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Training:
    """What every fit of one training shares."""

    labels: tuple[str, ...]
    base: str
    recipe: Recipe
    device: torch.device
    workplace: Path
    fingerprint: str


def train(
    rows: Sequence[Example],
    sentiment_rows: Sequence[Example],
    out: Path,
    *,
    base: Path | str = PACKAGED,
    recipe: Recipe = Recipe(),
    device: str = "auto",
    validation: Sequence[Example] = (),
) -> Config:
    """Train both heads on one encoder and write the model folder `out`; returns its `Config` with validation metrics.

    `validation`: intents to stop by, calibrate and choose thresholds, in place of a part of `rows`. Raises `DataError`
    for examples that cannot be learnt from, `ModelRefused` for a base that cannot be loaded.
    """
    started = time.monotonic()
    require_several_labels(rows)
    require_sentiments(sentiment_rows)
    require_known(validation, {example.label for example in rows})
    expected = data_hash(rows, sentiment_rows, base=base, recipe=recipe, validation=validation)
    workplace = out.with_name(f"{out.name}.training")
    workplace.mkdir(parents=True, exist_ok=True)
    labels = tuple(sorted({example.label for example in rows}))
    intents = (_unique(rows), list(validation)) if validation else split(rows, seed=recipe.seed)
    few = len(intents[1]) < LEAST_HELD
    plan = planned(recipe, rows, sentiment_rows)
    training = Training(labels, source(base), plan, _device(device), workplace, expected)
    held: Examples | Unseen
    mean: Weights = {}
    if few:
        learnt = Examples(_unique(rows), _unique(sentiment_rows))
        held, mean = _crossed(training, learnt)
    else:
        feelings = split(sentiment_rows, seed=recipe.seed)
        learnt, held = (Examples(*parts) for parts in zip(intents, feelings, strict=True))
    network, tokenizer, best_epoch = _trained(training, learnt, held if isinstance(held, Examples) else None)
    adapter_bytes = merged(network)
    if mean:
        _mix(mean, network, number=FOLDS + 1)
        network.load_state_dict(mean, strict=False)
    held = _balanced(training, network, tokenizer, held)
    config = release(
        network,
        tokenizer,
        workplace / "model",
        learnt=learnt,
        held=held,
        labels=labels,
        base_model=str(base),
        data_hash=expected,
        seed=recipe.seed,
    )
    about = {
        "examples": len(learnt.intents),
        "sentiment_examples": len(learnt.sentiment),
        "epochs": plan.epochs,
        "best_epoch": best_epoch,
        "seconds": round(time.monotonic() - started, 1),
    }
    about |= {"adapter_bytes": adapter_bytes} if recipe.lora else {}
    config = replace(config, metrics={**config.metrics, "training": about})
    config.save(workplace / "model")
    _put(workplace / "model", out)
    shutil.rmtree(workplace)
    return config


def split(examples: Sequence[Example], *, seed: int) -> Parts:
    """(to train on, to validate on): a tenth of each label, at least one of two; repeated examples count once.

    Of many examples less than a tenth.
    """
    unique = _unique(examples)
    share = min(VALIDATION, MOST_HELD / len(unique))
    chosen: set[Example] = set()
    for few in _drawn(unique, seed=seed):
        chosen |= set(few[: max(1, round(share * len(few))) if len(few) > 1 else 0])
    return [e for e in unique if e not in chosen], [e for e in unique if e in chosen]


def named_examples(labels: Sequence[str]) -> list[Example]:
    """Each in-scope label's own name as one more example of it: what its author calls it says what it means."""
    names = [(" ".join(re.findall(r"[^\W_]+", label)).lower(), label) for label in labels if label != OUT_OF_SCOPE]
    return [Example(name, label) for name, label in names if re.search(r"[^\W\d_]{3}", name)]


def _folds(examples: Sequence[Example], *, seed: int) -> list[Parts]:
    """`FOLDS` ways to (train on, measure on) `examples`; each is measured once, but for the only one of its label."""
    fold = {e: (n + start) % FOLDS for start, few in enumerate(_drawn(examples, seed=seed)) for n, e in enumerate(few)}
    alone = {few[0] for few in _drawn(examples, seed=seed) if len(few) == 1}
    return [
        (
            [e for e in examples if fold[e] != number or e in alone],
            [e for e in examples if fold[e] == number and e not in alone],
        )
        for number in range(FOLDS)
    ]


def _drawn(examples: Sequence[Example], *, seed: int) -> list[list[Example]]:
    """The examples of each label in a random order."""
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_label[example.label].append(example)
    draw = np.random.default_rng(seed)
    return [[by_label[label][n] for n in draw.permutation(len(by_label[label]))] for label in sorted(by_label)]


def _crossed(training: Training, examples: Examples) -> tuple[Unseen, Weights]:
    """What networks that are trained on parts say about the rest, and the mean of their weights."""
    found, mean = [], Weights()
    for number, (intents, sentiment) in enumerate(
        zip(*(_folds(part, seed=training.recipe.seed) for part in (examples.intents, examples.sentiment)), strict=True)
    ):
        learnt, rest = (Examples(*parts) for parts in zip(intents, sentiment, strict=True))
        network, tokenizer, _ = _trained(training, learnt, None, name=f"part {number + 1} of {FOLDS}")
        found.append(_answers(training, network, tokenizer, learnt, rest))
        merged(network)
        _mix(mean, network, number=number + 1)
    unseen = Unseen(
        np.concatenate([one.intents for one in found]),
        Near(*(np.concatenate([getattr(one.near, part) for one in found]) for part in ("similar", "votes"))),
        [label for one in found for label in one.intent_labels],
        np.concatenate([one.sentiment for one in found]),
        [label for one in found for label in one.sentiment_labels],
    )
    return unseen, mean


def _mix(mean: Weights, network: TwoHeads, *, number: int) -> None:
    """Bring the weights of `network` into the mean of `number` ones that were trained from the same beginning.

    Source: M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models", ICML 2022.
    """
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            before = mean.setdefault(name, torch.zeros_like(value))
            before += (value - before) / number


def _answers(training: Training, network: TwoHeads, tokenizer: Any, learnt: Examples, rest: Examples) -> Unseen:
    sample = sampled(learnt.intents, most=NEIGHBOURS_PER_LABEL, seed=training.recipe.seed)
    known, intents, feelings = (
        logits(
            network,
            tokenise(tokenizer, [example.text for example in part]),
            padding=tokenizer.pad_token_id or 0,
            device=training.device,
        )
        for part in (sample, rest.intents, rest.sentiment)
    )
    labels = [[example.label for example in part] for part in (rest.intents, rest.sentiment)]
    around = near(intents[2], known[2], counts=counted(sample, training.labels))
    return Unseen(intents[0], around, labels[0], feelings[1], labels[1])


def _balanced(training: Training, network: TwoHeads, tokenizer: Any, held: Examples | Unseen) -> Examples | Unseen:
    """Give the sentiment head what `calibration.balance` says; `held` as that head now answers."""
    if isinstance(held, Unseen):
        feelings, labels = held.sentiment, held.sentiment_labels
    else:
        rows, padding = tokenise(tokenizer, [e.text for e in held.sentiment]), tokenizer.pad_token_id or 0
        feelings = logits(network, rows, padding=padding, device=training.device)[1]
        labels = [example.label for example in held.sentiment]
    offsets = balance(feelings, places(labels, SENTIMENTS))
    with torch.no_grad():
        network.sentiment.bias.add_(torch.tensor(offsets, dtype=torch.float32, device=training.device))
    return replace(held, sentiment=feelings + offsets.astype(np.float32)) if isinstance(held, Unseen) else held


def _trained(
    training: Training, learnt: Examples, held: Examples | None, *, name: str = "training"
) -> tuple[TwoHeads, Any, int]:
    """(network, tokenizer, best epoch)."""
    recipe = training.recipe
    torch.manual_seed(recipe.seed)
    network, tokenizer = make(training.base, intents=len(training.labels), sentiments=len(SENTIMENTS), lora=recipe.lora)
    speller = speller_of(learnt.intents, tokenizer.get_vocab())
    place = Place(
        device=training.device,
        padding=tokenizer.pad_token_id or 0,
        tokenise=lambda texts: tokenise(tokenizer, [speller.correct(text) for text in texts]),
        checkpoint=training.workplace / f"{name.replace(' ', '-')}.pt",
        fingerprint=training.fingerprint,
        ignored=training.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in training.labels else None,
    )
    named = [*learnt.intents, *named_examples(training.labels)]
    tasks = _tasks(tokenizer, Examples(_unique(named), learnt.sentiment), training.labels)
    stop_by = None
    if held is not None:
        known = [example for example in held.intents if example.label in training.labels]
        stop_by = _tasks(tokenizer, Examples(known, held.sentiment), training.labels)
    network.to(training.device)
    _start(network, tasks, place, seed=recipe.seed)
    best = fit(network, tasks, stop_by, recipe=recipe, place=place, name=name)
    return network, tokenizer, best


def _start(network: TwoHeads, tasks: Tasks, place: Place, *, seed: int) -> None:
    """Both heads begin where the untouched encoder's vectors of some examples want them."""
    for head, task in ((network.intents, tasks.intents), (network.sentiment, tasks.sentiment)):
        some = few_of_each(task, most=START_PER_LABEL, seed=seed)
        with fast_matrices(place.device):
            vectors = logits(network, some.rows, padding=place.padding, device=place.device)[2]
        start(head, vectors, some.labels)


def _tasks(tokenizer: Any, examples: Examples, labels: Sequence[str]) -> Tasks:
    return Tasks(
        *(
            Task(texts, tokenise(tokenizer, texts), places([e.label for e in part], names))
            for part, names in ((examples.intents, labels), (examples.sentiment, SENTIMENTS))
            for texts in [[e.text for e in part]]
        )
    )


def _unique(examples: Sequence[Example]) -> list[Example]:
    return list(dict.fromkeys(examples))


def _device(name: str) -> torch.device:
    gpu = torch.cuda.is_available()
    if name == "cuda" and not gpu:
        raise ModelRefused("DEVICE is cuda, but torch finds no GPU; set it to auto or cpu.")
    return torch.device("cuda" if gpu and name != "cpu" else "cpu")


def _put(folder: Path, out: Path) -> None:
    """Let `folder` take the place of `out`."""
    old = out.with_name(f"{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    folder.rename(out)
    shutil.rmtree(old, ignore_errors=True)
