"""The saved index: whole or not at all, and refused when it is another's."""

import json

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


def test_more_neighbours_than_rows_are_all_rows(index):
    assert index.search(np.ones((1, 4), dtype=np.float32), 10)[1].shape == (1, 4)


def test_a_saved_index_finds_the_same(index, tmp_path):
    index.save(tmp_path / "i")
    loaded = Index.load(tmp_path / "i", model="m")
    assert loaded.manifest.ids == ("a", "a", "b", "c")
    assert loaded.manifest.templates == "t"
    query = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    assert np.array_equal(loaded.search(query, 4)[1], index.search(query, 4)[1])


def test_saving_again_replaces_the_index_and_leaves_nothing_behind(index, tmp_path):
    index.save(tmp_path)
    Index.build(np.ones((1, 2), dtype=np.float32), ["z"], model="m").save(tmp_path)
    assert Index.load(tmp_path, model="m").manifest.ids == ("z",)
    assert len(list(tmp_path.iterdir())) == 2


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


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: change_manifest(folder, format=99), "has format 99"),
        (lambda folder: change_manifest(folder, ids=["a"]), "does not match its manifest"),
        (lambda folder: change_manifest(folder, surprise=1), "manifest .* is damaged"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 1'), "manifest .* is damaged"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "manifest .* is damaged"),
        (lambda folder: next(folder.glob("*.faiss")).write_bytes(b"rubbish"), "is damaged"),
        (lambda folder: next(folder.glob("*.faiss")).unlink(), "has lost its vectors"),
    ],
)
def test_a_damaged_index_is_refused(index, tmp_path, damage, reason):
    index.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(IndexRefused, match=reason):
        Index.load(tmp_path, model="m")


def test_vectors_of_another_size_are_refused(index):
    with pytest.raises(IndexRefused, match="4 dimensions"):
        index.search(np.ones((1, 3), dtype=np.float32), 1)


def test_an_empty_index_is_refused():
    with pytest.raises(IndexRefused, match="nothing to index"):
        Index.build(np.zeros((0, 4), dtype=np.float32), [], model="m")
