"""Which questions mean the same, and what a group is called."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.workshop.grouping import CANDIDATES, clusters, joins, names, nearness


def around(angles, *, size=4, spread=0.05):
    """Unit vectors in the plane, `size` around each angle, and whose they are."""
    turned = [angle + spread * step for angle in angles for step in range(size)]
    vectors = np.array([[np.cos(angle), np.sin(angle)] for angle in turned], np.float32)
    return vectors, [str(number) for number in range(len(angles)) for _ in range(size)]


def test_near_enough_is_learnt_from_what_is_grouped_already():
    narrow = nearness(*around([0, 0.8, 1.6, 2.4]))
    wide = nearness(*around([0, 2.6], spread=0.5))
    assert narrow > wide
    vectors, owners = around([0, 0.8, 1.6, 2.4])
    assert [len(rows) for rows in clusters(vectors, CANDIDATES[-1])] == [4, 4, 4, 4]
    assert nearness(vectors[:1], owners[:1]) == nearness(vectors, [str(row) for row in range(16)])


@given(st.lists(st.floats(0, 3), min_size=0, max_size=12), st.sampled_from(CANDIDATES))
def test_every_question_is_in_exactly_one_cluster(angles, near):
    vectors = np.array([[np.cos(angle), np.sin(angle)] for angle in angles], np.float32).reshape(-1, 2)
    found = clusters(vectors, near)
    assert sorted(row for rows in found for row in rows) == list(range(len(angles)))
    for rows in found:
        cosines = (vectors[rows] @ vectors[rows].T)[np.triu_indices(len(rows), 1)]
        assert len(rows) == 1 or cosines.mean() >= near - 1e-3


def test_a_question_joins_the_nearest_group_or_none():
    centres = [np.array([1, 0], np.float32), np.array([0, 1], np.float32)]
    assert joins(np.array([0.8, 0.6], np.float32), centres, 0.7) == 0
    assert joins(np.array([0.8, 0.6], np.float32), centres, 0.9) is None
    assert joins(np.array([0.8, 0.6], np.float32), [], 0.0) is None


def test_a_group_is_called_by_the_words_its_questions_share():
    groups = [
        ["Do you rent out sofas?", "rent a sofa for an event", "can I rent chairs and sofas"],
        ["Is my lamp repaired?", "repair of a lamp, please"],
        ["??"],
    ]
    examples = [texts[0] for texts in groups]
    called = names(groups, examples)
    assert called[0].lower().startswith("rent sofas") and "lamp" in called[1].lower() and called[2] == "??"
