"""What an epoch reads, and how often the examples are read at all."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from nlu.batches import Task, Tasks, batches, noisy
from nlu.data import Example
from nlu.losses import contrast
from nlu.recipe import ADVERSARY, EPOCHS, EPOCHS_READ_TWICE, MOST_READ_TWICE, Recipe, planned

sizes = st.integers(2, 90)


def task(count: int, labels: int) -> Task:
    texts = [f"text number {n}" for n in range(count)]
    return Task(texts, [[n] * (1 + n % 7) for n in range(count)], [n % labels for n in range(count)])


@given(sizes, sizes, st.integers(2, 9), st.integers(1, 40), st.integers(0, 5))
def test_an_epoch_reads_each_example_of_the_leading_task_once(intents, sentiment, labels, size, epoch):
    tasks = Tasks(task(intents, labels), task(sentiment, 3))
    read = list(batches(tasks, size=size, seed=(1, epoch)))
    led = (lambda b: b.sentiment) if sentiment > 4 * intents else (lambda b: b.intents)
    assert sorted(row[0] for batch in read for row in led(batch).rows) == list(range(len(led(tasks).rows)))
    assert max(len(led(batch).rows) for batch in read) <= size
    for batch in read:
        assert all(
            label == row[0] % labels for row, label in zip(batch.intents.rows, batch.intents.labels, strict=True)
        )
    again = list(batches(tasks, size=size, seed=(1, epoch)))
    assert again == read


def test_most_examples_of_a_batch_have_another_of_their_label():
    paired = 0
    for batch in batches(Tasks(task(770, 77), task(30, 3)), size=32, seed=(1, 0)):
        labels = batch.intents.labels
        paired += sum(labels.count(label) > 1 for label in labels)
    assert paired > 0.9 * 770


def test_noise_changes_a_share_of_the_texts_and_keeps_labels():
    clean = task(200, 4)
    changed = noisy(clean, share=0.5, seed=(1, 2), tokenise=lambda texts: [[len(text)] for text in texts])
    different = sum(one != other for one, other in zip(clean.rows, changed.rows, strict=True))
    assert 60 < different < 140 and changed.labels == clean.labels and len(clean.rows[3]) == 4


def test_contrast_is_small_when_those_of_a_label_are_near_each_other():
    labels = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    mixed = apart[[0, 2, 1, 3]]
    assert contrast(apart, labels, ignored=None) < 0.01 < contrast(mixed, labels, ignored=None)
    assert contrast(mixed, labels, ignored=0) < contrast(mixed, labels, ignored=None) * 1.01
    assert contrast(apart, torch.arange(4), ignored=None) == 0


def test_few_examples_are_read_more_often_and_very_many_less():
    def epochs(count: int, characters: int, recipe: Recipe = Recipe()) -> int:
        return planned(recipe, [Example("x" * characters, "a")] * count, []).epochs

    assert epochs(100, 50) > EPOCHS_READ_TWICE == epochs(5_000, 60) < epochs(9_000, 60) == EPOCHS
    assert EPOCHS > epochs(20_000, 450) >= epochs(500_000, 450) == 1
    assert epochs(5_000, 60, Recipe(adversarial=0.0)) == EPOCHS and epochs(5_000, 60, Recipe(epochs=5)) == 5


def test_all_but_very_many_examples_get_an_adversary_unless_the_recipe_decides():
    def step(count: int, recipe: Recipe = Recipe()) -> float | None:
        return planned(recipe, [Example("hello", "greet")] * count, []).adversarial

    assert step(1) == step(MOST_READ_TWICE) == ADVERSARY > step(MOST_READ_TWICE + 1) == 0
    assert [step(1, Recipe(adversarial=0.0)), step(MOST_READ_TWICE + 1, Recipe(adversarial=0.1))] == [0.0, 0.1]
