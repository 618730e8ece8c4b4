"""Our bandit beside LinUCB and LinTS of mabwiser and choosing by rank, in an invented shop whose rewards are known.

    .venv/bin/python -m tests.bench.insight.bandits [--rounds 6000] [--shops 5]

Each round has a slate of five sources; how often each is bought depends on the source and on whether a product was
asked about. All learn in batches, as the refresh does. Printed is the mean reward a showing, beside the best there is.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from insight.suggestions.learning.bandit import fit
from insight.suggestions.learning.showings import Showing
from insight.suggestions.policy import SLATE, SOURCES, ByRank, Moment, Policy

BATCH = 500
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shop:
    """`rates`: how often a source is bought, without and with a product asked about."""

    rates: np.ndarray

    @classmethod
    def invented(cls, seed: int) -> "Shop":
        return cls(np.random.default_rng(seed).beta(1.5, 25.0, (2, len(SOURCES))))

    def moments(self, rounds: int, seed: int) -> list[Moment]:
        random = np.random.default_rng(seed)
        drawn = [random.permutation(len(SOURCES))[:SLATE] for _ in range(rounds)]
        scores = [np.sort(random.random(SLATE))[::-1] for _ in range(rounds)]
        asked = random.random(rounds) < 0.5
        return [
            Moment([SOURCES[n] for n in slate], list(score), bool(flag))
            for slate, score, flag in zip(drawn, scores, asked, strict=True)
        ]

    def worth(self, moment: Moment) -> np.ndarray:
        return np.asarray(self.rates[int(moment.asked), [SOURCES.index(name) for name in moment.sources]])


def ours(shop: Shop, moments: Sequence[Moment], seed: int, *, learns: bool = True) -> float:
    """Mean true worth of what was shown; without learning, by rank."""
    random, showings, earned = np.random.default_rng(seed), list[Showing](), 0.0
    acting: Policy = ByRank()
    for number, moment in enumerate(moments):
        if learns and number and number % BATCH == 0:
            acting = fit(showings)
        chances, worth = acting.chances(moment), shop.worth(moment)
        place = int(random.choice(len(chances), p=chances / chances.sum()))
        reward = float(random.random() < worth[place])
        showings.append(Showing(START, moment, place, float(chances[place]), reward))
        earned += worth[place]
    return earned / len(moments)


def mabwisers(shop: Shop, moments: Sequence[Moment], seed: int, learning: object) -> float:
    random = np.random.default_rng(seed)
    bandit = MAB(list(SOURCES), learning, seed=seed)
    waiting: list[tuple[str, float, list[float]]] = []
    earned, taught = 0.0, False
    for number, moment in enumerate(moments):
        if number and number % BATCH == 0:
            shown, rewards, contexts = map(list, zip(*waiting, strict=True))
            (bandit.partial_fit if taught else bandit.fit)(shown, rewards, contexts)
            waiting, taught = [], True
        context = [1.0, float(moment.asked)]
        place = int(random.integers(SLATE))
        if taught:
            foreseen = bandit.predict_expectations([context])
            place = int(np.argmax([foreseen[name] for name in moment.sources]))
        worth = shop.worth(moment)
        waiting.append((moment.sources[place], float(random.random() < worth[place]), context))
        earned += worth[place]
    return earned / len(moments)


def measure(*, rounds: int, shops: int) -> dict[str, float]:
    """By method, the mean over the shops of the worth of what was shown, a showing."""
    found: dict[str, list[float]] = {}
    for seed in range(shops):
        shop = Shop.invented(seed)
        moments = shop.moments(rounds, seed + 1_000)
        earned = {
            "by rank": ours(shop, moments, seed, learns=False),
            "ours": ours(shop, moments, seed),
            "mabwiser LinUCB": mabwisers(shop, moments, seed, LearningPolicy.LinUCB(alpha=0.5)),
            "mabwiser LinTS": mabwisers(shop, moments, seed, LearningPolicy.LinTS(alpha=0.1)),
            "the best there is": float(np.mean([shop.worth(one).max() for one in moments])),
        }
        for name, value in earned.items():
            found.setdefault(name, []).append(value)
    return {name: round(float(np.mean(values)), 5) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6_000)
    parser.add_argument("--shops", type=int, default=5)
    given = parser.parse_args()
    found = measure(rounds=given.rounds, shops=given.shops)
    for name, value in found.items():
        print(f"{name:20}{value:>10}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
