"""`shopkeeper bench retrieval` over a few made-up templates: what it prints, and that what is built is kept."""

import json

import faiss
import numpy as np
import pytest

from retrieval.templates import load
from tests.bench.retrieval.gpu import compare
from tests.bench.retrieval.made_up import make, real_passages
from tests.bench.retrieval.run import Effort, gpu_table, run

LITTLE = Effort(questions=40, seconds=2.0, rush=0.1)


@pytest.fixture
def real(folder, fake):
    return real_passages(load(folder), fake)


def bench(real, out, capsys, systems=("shopkeeper", "hybrid", "numpy", "bm25s")):
    run(real, sizes=[50, 100], out=out, device="cpu", systems=systems, effort=LITTLE, as_json=True)
    printed = capsys.readouterr().out
    return printed, json.loads(printed.splitlines()[-1])


def test_each_system_gets_its_numbers_at_each_size(real, tmp_path, capsys):
    printed, found = bench(real, tmp_path, capsys)
    rows = {(row["templates"], row["system"]): row for row in found["rows"]}
    assert set(rows) == {(size, name) for size in (50, 100) for name in ("shopkeeper", "hybrid", "numpy", "bm25s")}
    assert {rows[100, name]["recall"] for name in ("shopkeeper", "hybrid", "numpy")} == {1}
    assert min(rows[100, "hybrid"][change] for change in ("added_seconds", "removed_seconds")) > 0
    assert rows[100, "bm25s"]["recall"] is None
    for row in rows.values():
        assert 0 < row["p50_ms"] <= row["p99_ms"]
        assert row["questions"] == 40
        assert row["per_second"] > 0
        assert row["bytes_a_template"] > 0
    assert "2 times the templates (100) cost our whole search" in printed
    assert "At 50 templates one that is added is found after" in printed
    assert "There is no GPU here" in printed


def test_what_is_built_is_built_once(real, tmp_path, capsys):
    bench(real, tmp_path, capsys)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert files
    bench(real, tmp_path, capsys)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == files


def test_a_graph_is_searched_until_it_finds_as_much_as_we_do(real, tmp_path, capsys):
    pytest.importorskip("hnswlib", reason="the peer is not installed: pip install -e .[bench]")
    rows = {row["system"]: row for row in bench(real, tmp_path, capsys, ("shopkeeper", "hnswlib"))[1]["rows"]}
    assert rows["hnswlib"]["recall"] >= 0.9


def test_made_up_templates_are_the_same_every_time_and_their_questions_are_near_them(real):
    made, again = (make(real, 200, questions=30, tuning=10) for _ in range(2))
    assert np.array_equal(made.vectors, again.vectors)
    assert made.texts == again.texts
    assert np.linalg.norm(made.asked, axis=1) == pytest.approx(1, abs=1e-5)
    cosines = made.asked @ made.vectors.T
    assert np.median(cosines.max(axis=1)) > np.median(cosines) + 0.3


@pytest.mark.parametrize("wrong", [False, True])
def test_a_gpu_is_compared_with_the_cpu(real, wrong):
    def copy(vectors):
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.roll(vectors, 1, axis=0) if wrong else vectors)
        return index

    rows = compare(make(real, 50, questions=5, tuning=5), device="auto", copy=copy)
    assert [(row.batch, row.equal) for row in rows] == [(1, not wrong), (32, not wrong), (1024, not wrong)]
    assert gpu_table(rows).count("no" if wrong else "yes") == 3
