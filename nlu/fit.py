"""The epochs of training: both tasks in every batch, warm-up and cosine, early stopping, a checkpoint an epoch.

Each epoch draws its order, its noise and its dropout from (seed, epoch), so a run that was killed and resumed ends with
the same weights as one that was not. Matrices are multiplied in bfloat16 where the processor can: a third faster.
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from nlu.adversary import Adversary
from nlu.batches import Rows, Task, Tasks, batches, noisy, steps
from nlu.losses import contrast, mistakes
from nlu.metrics import macro_f1
from nlu.model import TwoHeads, pad
from nlu.recipe import Recipe

EVALUATION_BATCH = 64
SENTIMENT_WEIGHT = 0.5
ALIKE = 1.5  # lengths up to which two tasks share one pass
LORA_RATE = 10.0  # adapters learn faster than the weights beside them


@dataclass(frozen=True)
class Place:
    """Where and how a training runs."""

    device: torch.device
    padding: int
    tokenise: Callable[[Sequence[str]], Rows]
    checkpoint: Path
    fingerprint: str  # of the training that a checkpoint may be taken from
    ignored: int | None  # the label of `out_of_scope`, where there is one


@dataclass
class Progress:
    """Where a training stands; what a checkpoint holds."""

    epoch: int = 0
    best_score: float = -1.0
    best_epoch: int = 0
    best_weights: dict[str, Tensor] | None = None


def fit(
    network: TwoHeads, learnt: Tasks, held: Tasks | None, *, recipe: Recipe, place: Place, name: str = "training"
) -> int:
    """Train `network` on `learnt`; with `held`, stop by it and leave the best epoch's weights, else the last one's.

    Returns that epoch's number. `name` stands before the progress bar.
    """
    network.to(place.device)
    optimizer = torch.optim.AdamW(_parameters(network, recipe), fused=True)
    count = steps(learnt, recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, count * recipe.epochs, recipe))
    progress = _resume(place, network, optimizer, schedule)
    adversary = _adversary(network, recipe)
    with tqdm(total=recipe.epochs * count, initial=progress.epoch * count, desc=name, unit="batch") as bar:
        while progress.epoch < recipe.epochs and progress.epoch - progress.best_epoch < recipe.patience:
            seed = (recipe.seed, progress.epoch)
            torch.manual_seed(recipe.seed * 10_000 + progress.epoch)
            network.train()
            for batch in batches(_epoch(learnt, recipe, place, seed), size=recipe.batch, seed=seed):
                _learn(network, batch, recipe, place, adversary)
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                bar.update()
            progress.epoch += 1
            if held is None:
                progress.best_epoch = progress.epoch
            else:
                _keep_best(progress, network, _score(network, held, place))
                bar.set_postfix(validation=f"{progress.best_score:.3f}")
            _save(place, progress, network, optimizer, schedule)
    if progress.best_weights is not None:
        network.load_state_dict(progress.best_weights)
    return progress.best_epoch


def logits(network: TwoHeads, rows: Rows, *, padding: int, device: torch.device) -> list[NDArray[np.float32]]:
    """The network's outputs for tokenised texts, in their order."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    widths = (network.intents.out_features, network.sentiment.out_features, network.intents.in_features)
    found = [np.empty((len(rows), width), dtype=np.float32) for width in widths]
    with torch.no_grad():
        for start in range(0, len(order), EVALUATION_BATCH):
            places = order[start : start + EVALUATION_BATCH]
            outputs = network(*pad([rows[row] for row in places], padding=padding, device=device))
            for whole, output in zip(found, outputs, strict=True):
                whole[places] = output.float().cpu().numpy()
    return found


def _epoch(learnt: Tasks, recipe: Recipe, place: Place, seed: tuple[int, ...]) -> Tasks:
    if not recipe.noise:
        return learnt
    return Tasks(*(noisy(t, share=recipe.noise, seed=seed, tokenise=place.tokenise) for t in vars(learnt).values()))


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
            rate *= LORA_RATE if recipe.lora else 1.0
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


def _adversary(network: TwoHeads, recipe: Recipe) -> Adversary | None:
    words = network.pooled.bert.get_input_embeddings()  # type: ignore[operator]
    return Adversary(words, step=recipe.adversarial) if recipe.adversarial else None


def _learn(network: TwoHeads, batch: Tasks, recipe: Recipe, place: Place, adversary: Adversary | None) -> None:
    """Add up the gradients of a batch; texts of one task much longer than the other's go in a pass of their own."""
    longest = [max(map(len, task.rows), default=0) for task in (batch.intents, batch.sentiment)]
    parts = [batch]
    if min(longest) and max(longest) > ALIKE * min(longest):
        none = Task([], [], [])
        parts = [replace(batch, sentiment=none), replace(batch, intents=none)]
    for part in parts:
        if adversary is None:
            _loss(network, part, recipe, place).backward()
            continue
        with adversary:
            _loss(network, part, recipe, place).backward()
            adversary.attack()
            _loss(network, part, recipe, place).backward()


def _loss(network: TwoHeads, batch: Tasks, recipe: Recipe, place: Place) -> Tensor:
    ids, mask = pad([*batch.intents.rows, *batch.sentiment.rows], padding=place.padding, device=place.device)
    with fast_matrices(place.device):
        intents, feelings, vectors = (output.float() for output in network(ids, mask))
    count = len(batch.intents.rows)
    loss = vectors.sum() * 0.0
    if count:
        labels = torch.tensor(batch.intents.labels, device=place.device)
        loss = loss + mistakes(intents[:count], labels, smoothing=recipe.label_smoothing)
        loss = loss + recipe.contrast * contrast(vectors[:count], labels, ignored=place.ignored)
    if batch.sentiment.rows:
        labels = torch.tensor(batch.sentiment.labels, device=place.device)
        loss = loss + SENTIMENT_WEIGHT * mistakes(feelings[count:], labels, smoothing=recipe.label_smoothing)
    return loss


def fast_matrices(device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """bfloat16 where that is quick: on a GPU, and on a processor with instructions for it."""
    able = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16) if able else contextlib.nullcontext()


def _score(network: TwoHeads, held: Tasks, place: Place) -> float:
    """Two parts the intents' macro-F1, one part the sentiment's."""
    with fast_matrices(place.device):
        by_intent, by_sentiment = (
            logits(network, task.rows, padding=place.padding, device=place.device)[head].argmax(1)
            for head, task in enumerate((held.intents, held.sentiment))
        )
    return (2 * macro_f1(held.intents.labels, by_intent) + macro_f1(held.sentiment.labels, by_sentiment)) / 3


def _keep_best(progress: Progress, network: TwoHeads, score: float) -> None:
    if score > progress.best_score:
        progress.best_score, progress.best_epoch = score, progress.epoch
        progress.best_weights = {name: value.cpu().clone() for name, value in network.state_dict().items()}


def _save(place: Place, progress: Progress, network: TwoHeads, optimizer: Any, schedule: Any) -> None:
    scratch = place.checkpoint.with_suffix(".new")
    state = {"fingerprint": place.fingerprint, "progress": vars(progress), "network": network.state_dict()}
    torch.save(state | {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}, scratch)
    scratch.replace(place.checkpoint)


def _resume(place: Place, network: TwoHeads, optimizer: Any, schedule: Any) -> Progress:
    if not place.checkpoint.exists():
        return Progress()
    state = torch.load(place.checkpoint, map_location="cpu", weights_only=True)
    if state["fingerprint"] != place.fingerprint:
        return Progress()
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return Progress(**state["progress"])
