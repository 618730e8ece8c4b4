"""Metrics against hand-computed values; thresholds that do what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score
from threadpoolctl import threadpool_info, threadpool_limits

from nlu import calibration, metrics, release
from nlu.evaluate import intent_scores
from nlu.neighbours import Near, corrected, near, product
from nlu.parse import Prediction, Thresholds
from nlu.scope import Scope, choose, oos_scores

CALM = {"negative": 0.0, "neutral": 1.0, "positive": 0.0}


def predicted(intent: str, probability: float, oos: float) -> Prediction:
    other = "b" if intent == "a" else "a"
    return Prediction(((intent, probability), (other, 1 - probability)), CALM, oos)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=30), st.randoms(use_true_random=False))
def test_metrics_agree_with_scikit_learn(truth, random):
    guess = [random.choice([label, random.randrange(4)]) for label in truth]
    assert metrics.macro_f1(truth, guess) == pytest.approx(
        f1_score(truth, guess, labels=sorted(set(truth)), average="macro", zero_division=0)
    )
    scores = [random.choice([0.1, 0.2, 0.5, 0.9]) for _ in truth]
    positive = [score for score, label in zip(scores, truth, strict=True) if label == 0]
    negative = [score for score, label in zip(scores, truth, strict=True) if label != 0]
    if positive and negative:
        expected = roc_auc_score([label == 0 for label in truth], scores)
        assert metrics.auroc(positive, negative) == pytest.approx(expected)


def test_calibration_error_is_the_distance_of_sure_and_right():
    assert metrics.expected_calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0)
    assert metrics.expected_calibration_error([1.0] * 4, [True, False, False, False]) == pytest.approx(0.75)


def test_an_interval_holds_its_share_and_narrows():
    low, high = metrics.interval(0.9, 100)
    closer_low, closer_high = metrics.interval(0.9, 10_000)
    assert low < closer_low < 0.9 < closer_high < high <= 1


@pytest.mark.parametrize(("broken", "mended", "kept"), [(6, 0, True), (40, 30, True), (40, 0, False), (90, 30, False)])
def test_int8_goes_where_it_costs_more_than_chance_explains(broken, mended, kept):
    exact, int8 = np.ones(2000, dtype=bool), np.ones(2000, dtype=bool)
    int8[:broken] = False
    exact[broken : broken + mended] = False
    assert release.costs(exact, int8) is not kept


def test_temperature_undoes_overconfidence():
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(4000, 3))
    truth = [int(draw.choice(3, p=row)) for row in metrics.softmax(logits)]
    assert calibration.temperature((5 * logits).astype(np.float32), truth) == pytest.approx(5, rel=0.1)


def test_the_scope_threshold_keeps_what_is_inside_and_catches_what_is_not():
    inside = [predicted("a", 0.9, score) for score in np.linspace(0.0, 0.5, 100)]
    outside = [predicted("a", 0.9, score) for score in np.linspace(0.6, 1.0, 20)]
    truth = ["a"] * 100 + ["out_of_scope"] * 20
    chosen = calibration.thresholds([*inside, *outside], truth)
    scores = intent_scores([*inside, *outside], truth, thresholds=chosen)
    assert scores.oos_recall == 1 and scores.in_scope_kept == 1
    without = calibration.thresholds(inside, ["a"] * 100)
    assert intent_scores(inside, ["a"] * 100, thresholds=without).in_scope_kept == 0.99
    misread = calibration.thresholds([*inside, *[predicted("a", 0.9, 0.55)] * 10], ["a"] * 100 + ["b"] * 10)
    assert misread.out_of_scope == without.out_of_scope


def test_a_rare_class_is_raised_until_it_is_found_and_equal_ones_are_left_alone():
    logits = np.array([[2, 0, 0]] * 80 + [[1.0, 0.5, 0]] * 10 + [[1.0, 0, 0.4]] * 10)
    truth = [0] * 80 + [1] * 10 + [2] * 10
    offsets = calibration.balance(logits, truth)
    assert offsets[0] == 0 and ((logits + offsets).argmax(axis=1) == truth).all()
    assert calibration.balance(np.eye(3)[truth], truth).tolist() == [0, 0, 0]


def test_how_far_a_rare_class_is_raised_does_not_follow_a_single_peak():
    """Between .65 and .75 there are no mistakes but three; half a logit further a few more, and that for long."""
    leads = [(0.65, 1)] * 20 + [(0.75, 0)] * 6 + [(1.0, 1)] * 3 + [(lead, 0) for lead in np.linspace(2.4, 3.0, 60)]
    logits, truth = np.array([[lead, 0.0, -9.0] for lead, _ in leads]), [label for _, label in leads]
    (peak,) = [step for step in calibration.RAISED if 0.65 < step < 0.75]
    right = [np.mean((logits + np.array([0, step, 0])).argmax(axis=1) == truth) for step in (peak, 1.7)]
    assert right[0] > right[1] and 1.0 < calibration.balance(logits, truth)[1] < 2.4


def test_the_fallback_threshold_stops_wrong_answers_more_than_right_ones():
    right = [predicted("a", 0.9, 0.0)] * 95 + [predicted("a", 0.62, 0.0)] * 5
    wrong = [predicted("b", 0.55, 0.0)] * 8
    chosen = calibration.thresholds([*right, *wrong], ["a"] * 108)
    assert 0.55 < chosen.fallback <= 0.62
    assert calibration.thresholds(right, ["a"] * 100) == Thresholds(chosen.out_of_scope, 0.0, 0.0)


@pytest.mark.parametrize("labels", [("a", "b", "out_of_scope"), ("a", "b", "c")])
def test_the_scope_score_rises_with_doubt_and_with_distance(labels):
    neighbours = np.array([[1, 0], [0.9, 0.1]], dtype=np.float32)

    def score(logits, vector):
        around = near(np.array([vector], dtype=np.float32), neighbours, counts=(1, 1))
        values = np.array([logits], dtype=np.float32)
        trained = Scope(trained="out_of_scope" in labels)
        return float(oos_scores(values, around, labels=labels, temperature=1.0, scope=trained)[0])

    sure = score([9, 0, 0], [1, 0])
    assert sure < 0.01
    assert min(score([1, 1, 1], [1, 0]), score([9, 0, 0], [0, 1])) > 10 * sure
    assert (score([1, 0, 9], [1, 0]) > 0.9) is ("out_of_scope" in labels)


def test_what_the_scope_score_is_made_of_is_chosen_by_the_examples():
    labels, truth = ("a", "b", "out_of_scope"), ["a"] * 30 + ["out_of_scope"] * 30
    class_tells = np.array([[5, 5, 0]] * 30 + [[4, 0, 3.5]] * 30, dtype=np.float32)
    same = Near(np.full(60, 0.6), np.zeros((60, 2)))
    assert choose(class_tells, same, truth, labels=labels, temperature=1.0).trained
    doubt_tells = np.array([[9, 0, 3]] * 30 + [[1, 1, -9]] * 30, dtype=np.float32)
    assert not choose(doubt_tells, same, truth, labels=labels, temperature=1.0).trained
    assert choose(class_tells[20:50], same, truth[:10] + ["a"] * 20, labels=labels, temperature=1.0) == Scope()


def test_neighbours_vote_for_their_intent_and_the_nearest_count_most():
    neighbours = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    found = near(np.array([[1, 0], [0, 1]], dtype=np.float32), neighbours, counts=(1, 2))
    assert found.votes.argmax(axis=1).tolist() == [0, 1]
    assert found.similar.tolist() == pytest.approx([0.6, 0.5333], abs=1e-3)
    undecided = np.zeros((2, 2), dtype=np.float32)
    assert corrected(undecided, found).argmax(axis=1).tolist() == [0, 1]


class Watching:
    """Stands where the vectors stand and says how many threads BLAS may take meanwhile."""

    def __matmul__(self, _):
        return blas_threads()


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_the_product_with_the_neighbours_wakes_no_second_thread():
    with threadpool_limits(3, user_api="blas"):
        assert product(Watching(), np.eye(2)) == {1}
        assert blas_threads() == {3}
