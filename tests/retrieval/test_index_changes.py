"""An index that changes while it lives behaves like a dictionary of vectors, whatever it is made of."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from retrieval.index import Index
from retrieval.index.approximate import Approximate
from retrieval.index.manifest import Manifest
from retrieval.index.rows import Rows

DIMENSION = 8
IDS = strategies.lists(strategies.sampled_from("abcdef"), max_size=6)
SEEDS = strategies.integers(0, 2**32 - 1)


def units(count, seed):
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def exact(vectors, ids, kinds):
    return Index.build(vectors, ids, kinds=kinds, model="m")


def approximate(vectors, ids, kinds):
    """What an index above 50,000 is made of, from a few."""
    rows = Rows.empty()
    rows.add(ids, kinds)
    return Index(Approximate.build(vectors, memory=10**9), rows, Manifest(model="m", dimension=DIMENSION))


class Changes(RuleBasedStateMachine):
    make, exact = staticmethod(exact), True

    @initialize(seed=SEEDS)
    def build(self, seed):
        vectors, ids = units(64, seed), ["abcdefgh"[number % 8] for number in range(64)]
        self.index = self.make(vectors, ids, [1] * 64)
        self.expected = {
            number: (name, 1, vector) for number, (name, vector) in enumerate(zip(ids, vectors, strict=True))
        }
        self.last = 63

    @rule(ids=IDS, kind=strategies.integers(0, 3), seed=SEEDS)
    def add(self, ids, kind, seed):
        vectors = units(len(ids), seed)
        numbers = self.index.add(vectors, ids, kinds=[kind] * len(ids))
        assert numbers.tolist() == list(range(self.last + 1, self.last + 1 + len(ids)))
        self.last += len(ids)
        self.expected |= {int(n): (name, kind, vector) for n, name, vector in zip(numbers, ids, vectors, strict=True)}

    @rule(ids=IDS)
    def remove(self, ids):
        left = {number: row for number, row in self.expected.items() if row[0] not in ids}
        assert self.index.remove(ids) == len(self.expected) - len(left)
        self.expected = left

    @rule()
    def save_and_load(self):
        with tempfile.TemporaryDirectory() as folder:
            self.index.save(Path(folder))
            self.index = Index.load(Path(folder), model="m")

    @rule(seed=SEEDS, k=strategies.integers(0, 90))
    def search(self, seed, k):
        asked = units(2, seed)
        products, numbers = self.index.search(asked, k)
        assert products.shape == numbers.shape == (2, min(k, len(self.expected)))
        for vector, found, rows in zip(asked, products, numbers.tolist(), strict=True):
            assert len(set(rows)) == len(rows)
            assert [self.expected[row][2] @ vector for row in rows] == pytest.approx(found, abs=1e-5)
            if self.exact or k >= len(self.expected):
                best = sorted((float(row[2] @ vector) for row in self.expected.values()), reverse=True)
                assert found == pytest.approx(best[:k], abs=1e-5)

    @invariant()
    def rows_are_known(self):
        assert len(self.index) == len(self.expected)
        rows = self.index.rows
        assert rows.numbers().tolist() == sorted(self.expected)
        for number, (name, kind, _) in self.expected.items():
            assert (rows.names[rows.owner[number]], rows.kinds[number]) == (name, kind)


class ApproximateChanges(Changes):
    make, exact = staticmethod(approximate), False


TestExact = Changes.TestCase
TestExact.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestApproximate = ApproximateChanges.TestCase
TestApproximate.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
