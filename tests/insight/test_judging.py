"""Judging on showings of an invented shop, whose true rewards are known."""

from collections.abc import Callable

import numpy as np
import pytest

from insight.suggestions.judging import Estimate, Showings, doubly_robust, gain, ips, snips, terms

TRUE = np.array([[0.30, 0.10, 0.05], [0.05, 0.10, 0.40]])  # reward of three products in two kinds of moments
LOGGED = np.array([0.6, 0.3, 0.1])  # what was shown, in either kind
BETTER = np.array([[0.9, 0.05, 0.05], [0.05, 0.05, 0.9]])
WRONG = np.full((2, 3), 0.5)  # a model of the rewards that knows nothing

Judge = Callable[[np.ndarray, int], Estimate]


def happened(seed: int, count: int = 4_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind of moment, product shown, reward; a row a showing."""
    random = np.random.default_rng(seed)
    kinds = random.integers(0, 2, count)
    shown = random.choice(3, count, p=LOGGED)
    return kinds, shown, (random.random(count) < TRUE[kinds, shown]).astype(float)


def showings(policy: np.ndarray, seed: int, count: int = 4_000) -> tuple[Showings, np.ndarray, np.ndarray]:
    kinds, shown, rewards = happened(seed, count)
    return Showings(rewards, LOGGED[shown], policy[kinds, shown]), kinds, shown


def robust(policy: np.ndarray, seed: int, model: np.ndarray) -> Estimate:
    told, kinds, shown = showings(policy, seed)
    return doubly_robust(told, predicted=model[kinds, shown], expected=(policy * model).sum(axis=1)[kinds])


ESTIMATORS: dict[str, Judge] = {
    "ips": lambda policy, seed: ips(showings(policy, seed)[0]),
    "snips": lambda policy, seed: snips(showings(policy, seed)[0]),
    "dr": lambda policy, seed: robust(policy, seed, TRUE),
    "dr with a wrong model": lambda policy, seed: robust(policy, seed, WRONG),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_mean_of_many_logs_is_the_truth_and_the_intervals_hold_it(name: str):
    truth = float((BETTER * TRUE).sum(axis=1).mean())
    found = [ESTIMATORS[name](BETTER, seed) for seed in range(60)]
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=0.01)
    assert sum(one.low <= truth <= one.high for one in found) >= 51  # 57 of 60 expected


def test_a_model_of_the_rewards_makes_the_interval_narrower():
    plain, helped = (ESTIMATORS[name](BETTER, 1) for name in ("ips", "dr"))
    assert helped.high - helped.low < plain.high - plain.low


def test_the_policy_that_showed_is_judged_by_what_it_earned():
    told, _, _ = showings(np.tile(LOGGED, (2, 1)), 3)
    assert ips(told).value == pytest.approx(told.rewards.mean())
    assert snips(told).value == pytest.approx(told.rewards.mean())
    assert told.effective == pytest.approx(len(told.rewards))


def test_the_gain_of_a_better_policy_is_surely_above_nothing_and_that_of_the_same_is_not():
    def judged(policy: np.ndarray) -> np.ndarray:
        told, kinds, shown = showings(policy, 5)
        return terms(told, predicted=TRUE[kinds, shown], expected=(policy * TRUE).sum(axis=1)[kinds])

    same, better = judged(np.tile(LOGGED, (2, 1))), judged(BETTER)
    assert gain(better, same).low > 0
    assert gain(same, same).low <= 0


def test_two_showings_or_fewer_say_nothing_surely():
    few = Showings(np.array([1.0]), np.array([0.5]), np.array([0.5]))
    assert ips(few).low == -np.inf
    never = Showings(np.ones(3), np.full(3, 0.5), np.zeros(3))
    assert snips(never) == Estimate(0.0, -np.inf, np.inf)
