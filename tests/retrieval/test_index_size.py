"""An index too large to compare everything: what it finds, what it keeps, and where it is searched."""

import logging
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import pytest

from retrieval.index import Index, approximate
from retrieval.index.gpu import MOST_NEIGHBOURS, OnGpu, on_device
from retrieval.index.nearest import EXACT, build_nearest, load_nearest
from retrieval.search import POOL

DIMENSION = 32
COUNT = EXACT + 1


def units(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    """Topics with many questions each."""
    random = np.random.default_rng(0)
    spread = np.linspace(1, 0.1, DIMENSION)  # like those of texts: wide in some directions
    topics = random.normal(size=(2000, DIMENSION)) * spread
    return units(topics[random.integers(2000, size=COUNT)] + 0.4 * random.normal(size=(COUNT, DIMENSION)) * spread)


@pytest.fixture(scope="module")
def asked(vectors):
    return units(vectors[:200] + 0.05 * np.random.default_rng(1).normal(size=(200, DIMENSION)))


@pytest.fixture(scope="module")
def index(vectors):
    return Index.build(vectors, [str(number // 2) for number in range(COUNT)], model="m")


def recall(index, asked, vectors, k=10):
    right = np.argsort(-(asked @ vectors.T), axis=1)[:, :k]
    return np.mean([np.isin(*pair).mean() for pair in zip(index.search(asked, k)[1], right, strict=True)])


def test_fifty_thousand_are_searched_exactly(vectors, asked):
    exact = build_nearest(vectors[:EXACT])
    assert exact.structure == {"kind": "exact"}
    assert recall(exact, asked, vectors[:EXACT]) == 1


def test_more_are_searched_in_part_and_nearly_all_of_the_nearest_are_found(index, vectors, asked):
    made = index.manifest.structure
    assert made["kind"] == "lists"
    assert made["searched"] < made["lists"] / 4
    assert recall(index, asked, vectors) >= 0.97


@pytest.mark.parametrize("loaded", [False, True])
def test_a_vector_that_is_added_does_not_move_the_others(vectors, tmp_path, loaded):
    some = approximate.Approximate.build(vectors[:1000], memory=10**9)
    if loaded:
        some.save(tmp_path / "i")
        some = load_nearest(tmp_path / "i")
    before = int(some.kept.codes.data())
    some.add(vectors[1000:1001], np.array([1000]))
    assert int(some.kept.codes.data()) == before
    assert some.search(vectors[1000:1001], 1)[1].tolist() == [[1000]]


def test_questions_are_as_far_off_among_many_near_copies(vectors, monkeypatch):
    random = np.random.default_rng(2)
    copies = units(np.repeat(vectors[:500], 40, axis=0) + 0.01 * random.normal(size=(20_000, DIMENSION)))
    picked = random.integers(len(copies), size=100)

    def nearness():
        return float(np.mean(np.sum(approximate.questions(copies, picked) * copies[picked], axis=1)))

    everybody = nearness()
    monkeypatch.setattr(approximate, "AMONG", 100)
    assert nearness() < everybody - 0.05


def test_the_recall_written_down_is_about_what_questions_get(index, vectors, asked):
    assert index.manifest.structure["recall"] == pytest.approx(recall(index, asked, vectors), abs=0.03)


@pytest.mark.parametrize("k", [1, 500, 4000])
def test_as_many_are_found_as_are_asked_for(index, asked, k):
    products, numbers = index.search(asked[:5], k)
    assert numbers.shape == (5, k)
    assert numbers.min() >= 0
    assert (np.diff(products, axis=1) <= 0).all()


def test_what_is_saved_finds_the_same(index, asked, tmp_path):
    index.save(tmp_path)
    loaded = Index.load(tmp_path, model="m")
    assert np.array_equal(loaded.search(asked, 10)[1], index.search(asked, 10)[1])
    assert loaded.manifest.structure == index.manifest.structure


def test_little_memory_means_fewer_bits_and_nearly_the_same_neighbours(vectors, asked):
    sizes = {bits: COUNT * (DIMENSION * bits // 8 + DIMENSION // 8 + 8) for bits in (32, 16)}
    for memory, bits in ((sizes[32] - 1, 16), (0, 8)):
        made = build_nearest(vectors, memory=memory)
        assert made.structure["bits"] == bits
        assert recall(made, asked, vectors) >= 0.95


@dataclass
class Copy:
    """What FAISS's GPU indexes offer, as far as it is used; `wrong` changes what it finds."""

    index: Any
    wrong: str = ""

    def add(self, vectors):
        self.index.add(vectors)

    def search(self, asked, k):
        assert k <= 2048, "FAISS's GPU indexes find no more"
        products, places = self.index.search(asked, k)
        if self.wrong == "neighbours":
            places = (places + 1) % self.index.ntotal
        if self.wrong == "products":
            products = products + 0.01
        if self.wrong == "missing":
            places[0, -1] = -1
        return products, places


def copier(wrong="", made=None):
    """`made`: gets an entry for each copy."""

    def copy(vectors):
        if made is not None:
            made.append(len(vectors))
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return Copy(index, wrong)

    return copy


def small(vectors):
    return build_nearest(vectors[:300]), np.arange(300)


def test_a_gpu_that_finds_the_same_is_used(vectors, asked):
    nearest, numbers = small(vectors)
    moved = on_device(nearest, numbers, device="auto", copy=copier())
    assert isinstance(moved, OnGpu)
    assert np.array_equal(moved.search(asked, 5)[1], nearest.search(asked, 5)[1])


@pytest.mark.parametrize("wrong", ["neighbours", "products", "missing"])
def test_a_gpu_that_finds_something_else_is_not_used_and_that_is_said(vectors, wrong, caplog):
    nearest, numbers = small(vectors)
    with caplog.at_level(logging.WARNING):
        assert on_device(nearest, numbers, device="auto", copy=copier(wrong)) is nearest
    assert "does not find what the CPU finds" in caplog.text


def test_a_gpu_that_fails_is_not_used_and_that_is_said(vectors, caplog):
    def copy(vectors):
        raise RuntimeError("out of memory")

    nearest, numbers = small(vectors)
    with caplog.at_level(logging.WARNING):
        assert on_device(nearest, numbers, device="auto", copy=copy) is nearest
    assert "out of memory" in caplog.text


def test_the_cpu_is_used_where_it_is_asked_for(vectors):
    nearest, numbers = small(vectors)
    assert on_device(nearest, numbers, device="cpu", copy=copier()) is nearest


def test_changes_reach_the_gpu(vectors, asked):
    moved = on_device(*small(vectors), device="auto", copy=copier())
    moved.add(asked[:1], np.array([300]))
    assert moved.search(asked[:1], 1)[1].tolist() == [[300]]
    moved.remove(np.array([300, 0]))
    assert not np.isin(moved.search(asked[:1], 299)[1], [0, 300]).any()
    assert len(moved) == 299


def test_a_change_makes_no_new_copy_until_many_rows_are_gone(vectors, asked):
    made = []
    nearest = build_nearest(vectors[:3000])
    moved = on_device(nearest, np.arange(3000), device="auto", copy=copier(made=made))
    moved.add(asked[:2], np.array([3000, 3001]))
    moved.remove(np.arange(48))
    assert np.array_equal(moved.search(asked[:3], POOL)[1], nearest.search(asked[:3], POOL)[1])
    assert made == [3000]
    moved.remove(np.array([3000]))
    assert np.array_equal(moved.search(asked[:3], POOL)[1], nearest.search(asked[:3], POOL)[1])
    assert made == [3000, 2953] and len(moved) == 2953


def test_what_search_takes_as_evidence_fits_a_gpu():
    assert POOL < MOST_NEIGHBOURS


def test_an_approximate_index_is_searched_exactly_on_a_gpu(index, vectors, asked):
    moved = on_device(index.nearest, index.rows.numbers(), device="cuda", copy=copier())
    assert isinstance(moved, OnGpu)
    assert recall(moved, asked, vectors) > 0.999
    assert np.array_equal(moved.search(asked[:2], 3000)[1], index.nearest.search(asked[:2], 3000)[1])
