"""The epochs of training: both tasks in every batch, warm-up and cosine, early stopping, a checkpoint an epoch.

Each epoch draws its order and its dropout from (seed, epoch), so a run that was killed and resumed ends with the same
weights as one that was not.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from nlu.metrics import macro_f1
from nlu.model import TwoHeads, pad
from nlu.recipe import Recipe

CHUNK = 16  # batches among which texts are sorted by length, which halves the padding
EVALUATION_BATCH = 64
SENTIMENT_WEIGHT = 0.5


@dataclass(frozen=True)
class Task:
    """Tokenised examples of one head and the places of their labels in it."""

    rows: Sequence[Sequence[int]]
    labels: Sequence[int]


@dataclass
class Progress:
    """Where a training stands; what a checkpoint holds."""

    epoch: int = 0
    best_score: float = -1.0
    best_epoch: int = 0
    best_weights: dict[str, Tensor] | None = None


def fit(
    network: TwoHeads,
    *,
    intents: tuple[Task, Task],
    sentiment: tuple[Task, Task],
    recipe: Recipe,
    padding: int,
    checkpoint: Path,
    fingerprint: str,
    device: torch.device,
) -> int:
    """Train `network` on each task's first part, stop by its second; leaves the best epoch's weights.

    Returns that epoch's number.
    `checkpoint` is read when it was written by a training with the same `fingerprint`, and rewritten after each epoch.
    """
    network.to(device)
    optimizer = torch.optim.AdamW(_parameters(network, recipe))
    steps = math.ceil(len(intents[0].rows) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps * recipe.epochs, recipe))
    progress = _resume(checkpoint, fingerprint, network, optimizer, schedule)
    with tqdm(total=recipe.epochs * steps, initial=progress.epoch * steps, desc="training", unit="batch") as bar:
        while progress.epoch < recipe.epochs and progress.epoch - progress.best_epoch < recipe.patience:
            torch.manual_seed(recipe.seed * 10_000 + progress.epoch)
            network.train()
            for batch in _batches(intents[0], sentiment[0], recipe, epoch=progress.epoch):
                _step(network, batch, recipe, padding, device)
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                bar.update()
            progress.epoch += 1
            _keep_best(progress, network, _score(network, intents[1], sentiment[1], padding, device))
            bar.set_postfix(validation=f"{progress.best_score:.3f}")
            _save(checkpoint, fingerprint, progress, network, optimizer, schedule)
    if progress.best_weights is not None:
        network.load_state_dict(progress.best_weights)
    return progress.best_epoch


def logits(
    network: TwoHeads, rows: Sequence[Sequence[int]], *, padding: int, device: torch.device
) -> list[NDArray[np.float32]]:
    """The network's outputs for tokenised texts, in their order."""
    network.eval()
    parts: list[list[Tensor]] = []
    with torch.no_grad():
        for start in range(0, len(rows), EVALUATION_BATCH):
            ids, mask = pad(rows[start : start + EVALUATION_BATCH], padding=padding, device=device)
            parts.append([output.cpu() for output in network(ids, mask)])
    return [torch.cat(output).numpy() for output in zip(*parts, strict=True)]


def _parameters(network: TwoHeads, recipe: Recipe) -> list[dict[str, Any]]:
    """Heads learn fast, upper layers slower, lower layers slowest; norms and biases do not decay."""
    depth = int(network.pooled.bert.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]
    groups = []
    for name, weights in network.named_parameters():
        if not weights.requires_grad:
            continue
        decay = 0.0 if weights.ndim == 1 else recipe.weight_decay
        if name.startswith(("intents", "sentiment")):
            rate = recipe.head_learning_rate
        else:
            rate = recipe.learning_rate * recipe.layer_decay ** (depth - _layer(name, depth))
        groups.append({"params": [weights], "lr": rate, "weight_decay": decay})
    return groups


def _layer(name: str, depth: int) -> int:
    parts = name.split(".")
    if "embeddings" in parts:
        return 0
    return int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else depth


def _rate(step: int, steps: int, recipe: Recipe) -> float:
    warm = max(1, int(steps * recipe.warm_up))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm) / max(1, steps - warm))))


def _batches(intents: Task, sentiment: Task, recipe: Recipe, *, epoch: int) -> Iterator[tuple[Task, Task]]:
    order = np.random.default_rng((recipe.seed, epoch))
    batches = _shuffled(intents, recipe.batch, order)
    share = math.ceil(len(sentiment.rows) / len(batches))
    others = _shuffled(sentiment, share, order)
    for number, batch in enumerate(batches):
        other = others[number] if number < len(others) else []
        yield _part(intents, batch), _part(sentiment, other)


def _shuffled(task: Task, size: int, order: np.random.Generator) -> list[list[int]]:
    """Places of batches in random order, texts of similar length together."""
    places = order.permutation(len(task.rows))
    chunks = [places[start : start + size * CHUNK] for start in range(0, len(places), size * CHUNK)]
    ordered = [sorted(chunk.tolist(), key=lambda place: len(task.rows[place])) for chunk in chunks]
    batches = [chunk[start : start + size] for chunk in ordered for start in range(0, len(chunk), size)]
    return [batches[number] for number in order.permutation(len(batches))]


def _part(task: Task, places: Sequence[int]) -> Task:
    return Task([task.rows[place] for place in places], [task.labels[place] for place in places])


def _step(network: TwoHeads, batch: tuple[Task, Task], recipe: Recipe, padding: int, device: torch.device) -> None:
    intents, sentiment = batch
    ids, mask = pad([*intents.rows, *sentiment.rows], padding=padding, device=device)
    intent_logits, sentiment_logits, _ = network(ids, mask)
    loss = _loss(intent_logits[: len(intents.rows)], intents.labels, recipe)
    if sentiment.rows:
        loss = loss + SENTIMENT_WEIGHT * _loss(sentiment_logits[len(intents.rows) :], sentiment.labels, recipe)
    loss.backward()


def _loss(values: Tensor, labels: Sequence[int], recipe: Recipe) -> Tensor:
    truth = torch.tensor(labels, device=values.device)
    return nn.functional.cross_entropy(values, truth, label_smoothing=recipe.label_smoothing)


def _score(network: TwoHeads, intents: Task, sentiment: Task, padding: int, device: torch.device) -> float:
    """Two parts the intents' macro-F1, one part the sentiment's."""
    by_intent = logits(network, intents.rows, padding=padding, device=device)[0].argmax(1)
    by_sentiment = logits(network, sentiment.rows, padding=padding, device=device)[1].argmax(1)
    return (2 * macro_f1(intents.labels, by_intent) + macro_f1(sentiment.labels, by_sentiment)) / 3


def _keep_best(progress: Progress, network: TwoHeads, score: float) -> None:
    if score > progress.best_score:
        progress.best_score, progress.best_epoch = score, progress.epoch
        progress.best_weights = {name: value.cpu().clone() for name, value in network.state_dict().items()}


def _save(
    checkpoint: Path, fingerprint: str, progress: Progress, network: TwoHeads, optimizer: Any, schedule: Any
) -> None:
    scratch = checkpoint.with_suffix(".new")
    state = {"fingerprint": fingerprint, "progress": vars(progress), "network": network.state_dict()}
    torch.save(state | {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}, scratch)
    scratch.replace(checkpoint)


def _resume(checkpoint: Path, fingerprint: str, network: TwoHeads, optimizer: Any, schedule: Any) -> Progress:
    if not checkpoint.exists():
        return Progress()
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if state["fingerprint"] != fingerprint:
        return Progress()
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return Progress(**state["progress"])
