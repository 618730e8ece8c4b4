"""`shopkeeper bench nlu` over made-up data: what it prints, and that a killed run goes on."""

import csv
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bot.cli import main
from nlu.calibration import KEPT
from nlu.data import Example
from nlu.errors import ModelRefused
from tests.bench.nlu.data import ROOT, DataSet, few_shot, folds, noisy, sliced
from tests.bench.nlu.linear import threshold
from tests.bench.nlu.outcome import Guess, Outcome, Seconds, lost, scores
from tests.bench.nlu.store import program, stored
from tests.bench.nlu.workers import workers


@pytest.fixture
def data(tmp_path, rows, tiny_base, monkeypatch):
    """A folder with one data set of the shape of HINT3."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ENCODER", str(tiny_base))
    folder = tmp_path / "data" / "hint3_powerplay11"
    folder.mkdir(parents=True)
    inside = [example for example in rows if example.label != "out_of_scope"]
    outside = [Example(example.text, "NO_NODES_DETECTED") for example in rows if example.label == "out_of_scope"]
    for name, examples in {"train": inside[::2], "test": [*inside[1::2], *outside]}.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("sentence", "label"), *((e.text, e.label) for e in examples)])
    return tmp_path / "data"


def bench(capsys, data, *only, quick=False):
    """(what it printed, its JSON object)."""
    options = [part for name in ("hint3", *only) for part in ("--only", name)]
    with pytest.raises(SystemExit) as ending:
        main(["bench", "nlu", "--data", str(data), *options, *(["--quick"] if quick else []), "--json"])
    printed = capsys.readouterr()
    assert ending.value.code in (0, None), printed.err
    return printed.out, json.loads(printed.out.splitlines()[-1])


def test_a_method_gets_its_row_and_its_numbers(data, capsys):
    printed, found = bench(capsys, data, "svm", quick=True)
    assert "TF-IDF + linear SVM" in printed and "`--quick`" in printed
    (result,) = found["results"]
    test = result["tests"]["test"]
    assert test["accuracy_low"] <= test["accuracy"] <= test["accuracy_high"] and test["accuracy"] > 0.5
    assert {"macro_f1", "oos_auroc", "oos_recall", "in_scope_kept", "accuracy_after"} <= set(test)
    assert "ece" not in test
    assert min(result["train_seconds"], result["ms_per_message"], result["size_mb"]) > 0


def test_a_quick_look_trains_shortly(data, tmp_path, capsys):
    bench(capsys, data, "ours", quick=True)
    (config,) = (tmp_path / "var" / "bench" / "nlu" / "work").glob("ours-hint3-1-*/config.json")
    assert json.loads(config.read_text())["metrics"]["training"]["epochs"] == 1


def test_a_killed_run_goes_on_and_measures_nothing_twice(data, tmp_path, capsys):
    shopkeeper = Path(sys.executable).with_name("shopkeeper")
    command = [shopkeeper, "bench", "nlu", "--data", data, "--only", "hint3", "--only", "svm"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = tmp_path / "var" / "bench" / "nlu"
    deadline = time.monotonic() + 300
    while not list(out.glob("hint3-svm-*.json")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    while not all(ended(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(ended(child) for child in children)
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("hint3-svm-*.json")}
    _, found = bench(capsys, data, "svm")
    assert kept and found["measured_now"] == 3 - len(kept)
    assert {name: (out / name).stat().st_mtime_ns for name in kept} == kept
    assert bench(capsys, data, "svm")[1]["measured_now"] == 0


def ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_fails_in_one_worker_ends_the_run_and_says_why(data, capsys, monkeypatch):
    monkeypatch.setenv("ENCODER", "/nowhere/a-model")
    with pytest.raises(SystemExit) as ending:
        main(["bench", "nlu", "--data", str(data), "--only", "hint3", "--only", "logistic", "--at-once", "2"])
    assert ending.value.code == 1 and "/nowhere/a-model" in capsys.readouterr().err


def test_a_worker_that_is_killed_ends_the_run_with_what_to_do():
    with pytest.raises(ModelRefused, match="--at-once 1"), workers(2) as mapped:
        list(mapped(os._exit, [1, 1]))
    assert multiprocessing.active_children() == []


def test_changed_data_are_measured_again_and_the_old_result_goes(data, tmp_path, capsys):
    bench(capsys, data, "svm", quick=True)
    with (data / "hint3_powerplay11" / "test.csv").open("a") as file:
        file.write("cancel my sofa,cancel_order\n")
    assert bench(capsys, data, "svm", quick=True)[1]["measured_now"] == 1
    assert len(list((tmp_path / "var" / "bench" / "nlu").glob("quick-hint3-svm-*.json"))) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--data", "nowhere"], "give their folder with --data"),
        (["--data", "{data}", "--only", "imagenet"], "no 'imagenet' to measure"),
        (["--data", "{data}", "--only", "clinc150"], "data_full.json is missing"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(data, capsys, options, said):
    with pytest.raises(SystemExit) as ending:
        main(["bench", "nlu", *(option.format(data=data) for option in options)])
    assert ending.value.code == 1 and said in capsys.readouterr().err


def test_a_result_is_stored_under_everything_it_depends_on(tmp_path):
    measured = []

    def measure():
        measured.append(1)
        return {"accuracy": 1.0}

    assert stored(tmp_path, "a", ("x", 1), measure) == ({"accuracy": 1.0}, True)
    assert stored(tmp_path, "a", ("x", 1), measure) == ({"accuracy": 1.0}, False)
    assert stored(tmp_path, "a", ("x", 2), measure)[1] and stored(tmp_path, "a-b", ("x", 1), measure)[1]
    assert len(measured) == 3 and len(list(tmp_path.iterdir())) == 2


def test_only_the_program_counts_not_what_is_said_about_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "measured_thing.py").write_text('"""Doc."""\n\n\ndef f() -> int:\n    """Doc."""\n    return 1\n')
    first = program("measured_thing")
    (tmp_path / "measured_thing.py").write_text('"""Other."""\n\n\ndef f() -> int:\n    return 1  # why\n')
    assert program("measured_thing") == first
    (tmp_path / "measured_thing.py").write_text("def f() -> int:\n    return 2\n")
    assert program("measured_thing") != first


def test_the_peers_threshold_keeps_what_is_inside_and_catches_what_it_can():
    inside = [Guess("x", 1.0, score / 100) for score in range(100)]
    outside = [Guess("x", 1.0, score) for score in (0.5, 0.995, 1.0)]
    chosen = threshold([*inside, *outside], ["x"] * 100 + ["out_of_scope"] * 3)
    assert sum(guess.oos_score < chosen for guess in inside) == 100 and chosen <= 0.995
    kept = sum(guess.oos_score < threshold(inside, ["x"] * 100) for guess in inside) / len(inside)
    assert kept == pytest.approx(KEPT, abs=0.01) and kept < 1


def test_scores_count_what_the_threshold_refuses():
    examples = [Example("a", "x"), Example("b", "x"), Example("c", "y"), Example("d", "out_of_scope")]
    guesses = [Guess("x", 0.9, 0.1), Guess("x", 0.8, 0.7), Guess("x", 0.6, 0.2), Guess("y", 0.5, 0.9)]
    found = scores(examples, guesses, Outcome({}, 0.5, True, Seconds(1, 1), 1, 1))
    assert (found["n_in_scope"], found["n_out_of_scope"]) == (3, 1)
    assert found["accuracy"] == pytest.approx(2 / 3) and found["accuracy_after"] == pytest.approx(1 / 3)
    assert found["in_scope_kept"] == pytest.approx(2 / 3) and found["oos_recall"] == found["oos_auroc"] == 1
    assert found["macro_f1_low"] <= found["macro_f1"] <= found["macro_f1_high"]


def test_what_noise_costs_is_counted_text_by_text():
    points, half = lost([True, True, True, False], [True, False, True, False, False, False, True, False])
    assert points == pytest.approx(0.375) and half > 0
    assert lost([True, False], [True, False]) == (0.0, 0.0)


def test_shots_folds_and_noise_are_drawn_by_seed(rows):
    shots = few_shot(rows, 5, seed=1)
    assert len(shots) == 20 and shots == few_shot(rows, 5, seed=1) != few_shot(rows, 5, seed=2)
    assert sorted(place for part in folds(rows, seed=1) for place in part) == list(range(len(rows)))
    assert all({rows[place].label for place in part} == {e.label for e in rows} for part in folds(rows, seed=1))
    drawn = noisy(rows, "keyboard", 0.1)
    assert len(drawn) == 3 * len(rows) and drawn == noisy(rows, "keyboard", 0.1)
    assert [e.label for e in drawn[: len(rows)]] == [e.label for e in rows]


def test_a_slice_is_small_and_its_test_knows_the_labels_that_are_learnt():
    many = [Example(f"{number} {label}", str(label)) for label in range(30) for number in range(40)]
    part = sliced(DataSet("many", many, {"test": many}, validation=many))
    learnt = {example.label for example in part.train}
    assert len(learnt) == 12 and len(part.train) == 240
    assert {e.label for e in part.tests["test"]} <= learnt and len(part.tests["test"]) == 200
