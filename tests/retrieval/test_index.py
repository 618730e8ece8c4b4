"""The saved index: whole or not at all, and refused when it is another's."""

import json

import faiss
import numpy as np
import pytest

from retrieval.errors import IndexRefused
from retrieval.index import Index


@pytest.fixture
def index():
    return Index.build(np.eye(4, dtype=np.float32), ["a", "a", "b", "c"], model="m", templates="t")


def test_the_nearest_row_comes_first(index):
    cosines, rows = index.search(np.array([[0.1, 0.2, 0.9, 0.3]], dtype=np.float32), 2)
    assert rows.tolist() == [[2, 3]]
    assert cosines[0] == pytest.approx([0.9, 0.3])


def test_a_search_takes_one_thread_and_leaves_the_number_as_it_was(index, monkeypatch):
    taken = []

    def watched(vectors, k):
        taken.append(faiss.omp_get_max_threads())
        return search(vectors, k)

    search, before = index.nearest.search, faiss.omp_get_max_threads()
    monkeypatch.setattr(index.nearest, "search", watched)
    faiss.omp_set_num_threads(2)
    index.search(np.ones((1, 4), dtype=np.float32), 1)
    assert (taken, faiss.omp_get_max_threads()) == ([1], 2)
    faiss.omp_set_num_threads(before)


def test_more_neighbours_than_rows_are_all_rows(index):
    assert index.search(np.ones((1, 4), dtype=np.float32), 10)[1].shape == (1, 4)


def test_a_saved_index_finds_the_same(index, tmp_path):
    index.save(tmp_path / "i")
    loaded = Index.load(tmp_path / "i", model="m")
    assert [loaded.rows.names[place] for place in loaded.rows.owner] == ["a", "a", "b", "c"]
    assert loaded.manifest.templates == "t"
    assert loaded.manifest.count == len(loaded) == 4
    query = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    assert np.array_equal(loaded.search(query, 4)[1], index.search(query, 4)[1])


def test_saving_again_replaces_the_index_and_leaves_nothing_behind(index, tmp_path):
    index.save(tmp_path)
    Index.build(np.ones((1, 2), dtype=np.float32), ["z"], model="m").save(tmp_path)
    assert Index.load(tmp_path, model="m").rows.names == ["z"]
    assert len(list(tmp_path.iterdir())) == 3


def test_an_index_of_another_model_is_refused(index, tmp_path):
    index.save(tmp_path)
    with pytest.raises(IndexRefused, match="was made by the encoder m, not other"):
        Index.load(tmp_path, model="other")


def test_no_index_says_how_to_make_one(tmp_path):
    with pytest.raises(IndexRefused, match="shopkeeper retrieval index"):
        Index.load(tmp_path, model="m")


def change_manifest(folder, **fields):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def shorten(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: change_manifest(folder, format=99), "has format 99"),
        (lambda folder: change_manifest(folder, count=3), "does not match its manifest"),
        (lambda folder: change_manifest(folder, surprise=1), "manifest .* is damaged"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 1'), "manifest .* is damaged"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "manifest .* is damaged"),
        (lambda folder: next(folder.glob("vectors-*")).write_bytes(b"rubbish"), "vectors .* are damaged"),
        (lambda folder: shorten(next(folder.glob("vectors-*"))), "vectors .* are damaged"),
        (lambda folder: shorten(next(folder.glob("rows-*"))), "rows .* are damaged"),
        (lambda folder: next(folder.glob("vectors-*")).unlink(), "has lost its vectors"),
        (lambda folder: change_manifest(folder, files={}), "has lost its vectors"),
        (lambda folder: change_manifest(folder, files=7), "manifest .* is damaged"),
        (lambda folder: change_manifest(folder, dimension=5), "does not match its manifest"),
    ],
)
def test_a_damaged_index_is_refused(index, tmp_path, damage, reason):
    index.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(IndexRefused, match=reason):
        Index.load(tmp_path, model="m")


def found(index, vector, k):
    return [index.rows.names[place] for place in index.rows.owner[index.search(np.float32([vector]), k)[1][0]]]


def test_added_rows_are_found_and_their_numbers_follow_the_last(index):
    assert index.add(np.float32([[0, 0, 0.6, 0.8]]), ["d"], kinds=[2]).tolist() == [4]
    assert found(index, [0, 0, 0.6, 0.8], 1) == ["d"]
    assert index.rows.kinds.tolist() == [0, 0, 0, 0, 2]


def test_removing_an_id_removes_all_its_rows_and_leaves_the_others_their_numbers(index):
    assert index.remove(["a", "nobody"]) == 2
    assert index.search(np.float32([[0, 0, 1, 0.5], [1, 0, 0.5, 1]]), 9)[1].tolist() == [[2, 3], [3, 2]]
    assert index.remove(["a"]) == 0


def test_an_index_emptied_finds_nothing_and_can_be_filled_again(index):
    index.remove(["a", "b", "c"])
    assert index.search(np.eye(4, dtype=np.float32), 3)[1].shape == (4, 0)
    index.add(np.float32([[0, 1, 0, 0]]), ["a"])
    assert found(index, [1, 1, 1, 1], 3) == ["a"]


@pytest.mark.parametrize(
    ("vectors", "ids", "reason"),
    [
        (np.ones((1, 3)), ["x"], "4 dimensions"),
        (np.ones((2, 4)), ["x"], "1 ids do not belong"),
        (np.ones(4), ["x"], "1 ids do not belong"),
        (np.full((1, 4), np.nan), ["x"], "not a number"),
        (np.full((1, 4), np.inf), ["x"], "not a number"),
    ],
)
def test_unusable_vectors_are_refused_and_change_nothing(index, vectors, ids, reason):
    with pytest.raises(IndexRefused, match=reason):
        index.add(vectors, ids)
    assert len(index) == len(index.rows.owner) == 4


def test_kinds_that_are_not_one_a_row_are_refused(index):
    with pytest.raises(IndexRefused, match="2 kinds do not belong to 1 ids"):
        index.add(np.ones((1, 4)), ["x"], kinds=[1, 2])
    assert len(index) == len(index.rows.owner) == 4


def test_a_query_that_is_not_a_number_is_refused(index):
    with pytest.raises(IndexRefused, match="not a number"):
        index.search(np.full((1, 4), np.nan), 1)


def test_vectors_of_another_size_are_refused(index):
    with pytest.raises(IndexRefused, match="4 dimensions"):
        index.search(np.ones((1, 3), dtype=np.float32), 1)


def test_an_empty_index_is_refused():
    with pytest.raises(IndexRefused, match="nothing to index"):
        Index.build(np.zeros((0, 4), dtype=np.float32), [], model="m")
