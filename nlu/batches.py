"""What a training reads: the tokenised examples of both tasks, in an order drawn anew each epoch, some with typos."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from nlu.perturb import perturb
from nlu.recipe import sentiment_leads

CHUNK = 16  # batches among which texts are sorted by length, which halves the padding
BESIDE = 4  # a batch has at most one in so many of the other task
TYPOS = (("keyboard", 0.15), ("dropped", 0.1), ("spaces", 0.3), ("keyboard", 0.05))  # kind and highest rate
OPENED = 0.3  # share of the changed texts that get an opening in place of typing mistakes
OPENINGS = (
    "hi there,",
    "hello again,",
    "hey,",
    "good evening!",
    "good afternoon,",
    "dear support team,",
    "hello everybody",
    "hi, I have a question.",
    "hey guys",
    "morning,",
    "greetings,",
    "hello, can you help me?",
    "to whom it may concern,",
)

Rows = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Task:
    """Texts of one head, their tokens, and the places of their labels in it."""

    texts: Sequence[str]
    rows: Rows
    labels: Sequence[int]


@dataclass(frozen=True)
class Tasks:
    """The examples of both heads; either may have none."""

    intents: Task
    sentiment: Task


def steps(tasks: Tasks, size: int) -> int:
    """Batches of an epoch: the task that leads is read once, in parts of `size`."""
    return math.ceil(len(_leading(tasks).rows) / size)


def batches(tasks: Tasks, *, size: int, seed: tuple[int, ...]) -> Iterator[Tasks]:
    """The batches of one epoch; the same `seed` gives the same.

    Of the task that does not lead, as many as fit in: up to a quarter of a batch each time, others every epoch.
    """
    order = np.random.default_rng(seed)
    count, leading = steps(tasks, size), _leading(tasks)
    intents, sentiment = (
        _shuffled(task, count, order, most=len(task.rows) if task is leading else count * size // BESIDE)
        for task in (tasks.intents, tasks.sentiment)
    )
    for some, others in zip(intents, sentiment, strict=True):
        yield Tasks(_part(tasks.intents, some), _part(tasks.sentiment, others))


def _leading(tasks: Tasks) -> Task:
    led = sentiment_leads(len(tasks.intents.rows), len(tasks.sentiment.rows))
    return tasks.sentiment if led else tasks.intents


def few_of_each(task: Task, *, most: int, seed: int) -> Task:
    """`task` with up to `most` examples of each label."""
    by_label: dict[int, list[int]] = defaultdict(list)
    for place in np.random.default_rng(seed).permutation(len(task.rows)).tolist():
        by_label[task.labels[place]].append(place)
    return _part(task, [place for label in sorted(by_label) for place in by_label[label][:most]])


def noisy(task: Task, *, share: float, seed: tuple[int, ...], tokenise: Callable[[Sequence[str]], Rows]) -> Task:
    """`task` with typing mistakes or an opening in a `share` of its texts."""
    random = Random(repr(seed))
    changed = {place: _changed(text, random) for place, text in enumerate(task.texts) if random.random() < share}
    rows = list(task.rows)
    for place, tokens in zip(changed, tokenise(list(changed.values())), strict=True):
        rows[place] = tokens
    return replace(task, rows=rows)


def _changed(text: str, random: Random) -> str:
    if random.random() < OPENED:
        return f"{random.choice(OPENINGS)} {text}"
    kind, most = random.choice(TYPOS)
    return perturb(text, kind, random.uniform(0, most), random)


def _shuffled(task: Task, count: int, order: np.random.Generator, *, most: int) -> list[list[int]]:
    """Places of `count` batches of nearly one size: two of a label side by side, texts of similar length together."""
    pairs = _pairs(task, order)
    drawn = order.permutation(len(pairs))[: math.ceil(most / 2) if most < len(task.rows) else None]
    ordered: list[int] = []
    for chunk in np.array_split(drawn, max(1, math.ceil(count / CHUNK))):
        some = sorted((pairs[number] for number in chunk), key=lambda pair: max(len(task.rows[p]) for p in pair))
        ordered += [place for pair in some for place in pair]
    parts = [part.tolist() for part in np.array_split(np.array(ordered, dtype=int), count)]
    return [parts[number] for number in order.permutation(count)]


def _pairs(task: Task, order: np.random.Generator) -> list[list[int]]:
    """Every place once, two of the same label together, so that the contrastive loss has something to pull."""
    by_label: dict[int, list[int]] = defaultdict(list)
    for place in order.permutation(len(task.rows)).tolist():
        by_label[task.labels[place]].append(place)
    own = [by_label[label] for label in sorted(by_label)]
    return [places[start : start + 2] for places in own for start in range(0, len(places), 2)]


def _part(task: Task, places: Sequence[int]) -> Task:
    return Task(
        [task.texts[place] for place in places],
        [task.rows[place] for place in places],
        [task.labels[place] for place in places],
    )
