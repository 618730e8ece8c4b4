"""Training from examples to a served folder: it learns, repeats itself, and survives being killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from nlu.classifier import Classifier, Config
from nlu.data import Example
from nlu.errors import DataError, ModelRefused
from nlu.evaluate import evaluate
from nlu.network import FLOAT_FILE, INT8_FILE
from nlu.recipe import ADVERSARY, data_hash, is_current
from nlu.release import release
from nlu.train import named_examples, split, train
from tests.nlu.conftest import QUICK


@pytest.fixture(scope="module")
def classifier(tiny_model):
    return Classifier.load(tiny_model, threads=1)


def test_learns_intents_sentiment_and_scope(classifier, rows):
    seen = [Example("cancel the lamp please", "cancel_order"), Example("where is that chair", "track_order")]
    cancel, track = classifier.predict([example.text for example in seen])
    assert (cancel.intents[0][0], track.intents[0][0]) == ("cancel_order", "track_order")
    bad, good = classifier.predict(["terrible awful very angry", "i love it, great"])
    assert max(bad.sentiment, key=bad.sentiment.get) == "negative"
    assert max(good.sentiment, key=good.sentiment.get) == "positive"
    scores = evaluate(classifier, rows)
    assert scores.accuracy > 0.9 and scores.oos_auroc > 0.9 and scores.n == len(rows)


def test_predictions_are_probabilities_and_python_floats(classifier):
    for prediction in classifier.predict(["cancel", "", "🙂", "x" * 5_000, "\x00", "مرحبا"]):
        names = [name for name, _ in prediction.intents]
        assert sorted(names) == ["cancel_order", "thanks", "track_order"]
        scores = [score for _, score in prediction.intents]
        assert scores == sorted(scores, reverse=True) and abs(sum(scores) - 1) < 1e-6
        assert abs(sum(prediction.sentiment.values()) - 1) < 1e-6 and 0 <= prediction.oos_score <= 1
        assert {type(v) for v in [*scores, *prediction.sentiment.values(), prediction.oos_score]} == {float}
        assert np.linalg.norm(prediction.vector) == pytest.approx(1, abs=1e-3)


def test_a_batch_says_what_each_text_alone_says(tiny_model, rows):
    exact = Classifier.load(tiny_model, threads=1, exact=True)
    texts = [example.text for example in rows[:20]] + ["a much longer message " * 20]
    together, alone = exact.predict(texts), [exact.predict([text])[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert one.intents[0][0] == other.intents[0][0]
        assert abs(one.oos_score - other.oos_score) < 1e-4


def test_config_says_how_it_was_made(tiny_model, tiny_base, rows, sentiment_rows):
    config = Config.load(tiny_model)
    expected = data_hash(rows, sentiment_rows, base=tiny_base, recipe=QUICK)
    assert config.data_hash == expected and is_current(tiny_model, expected)
    assert not is_current(tiny_model, data_hash(rows[:-1], sentiment_rows, base=tiny_base, recipe=QUICK))
    assert config.metrics["intent"]["n"] > 0 and config.metrics["sentiment"]["macro_f1"] > 0.5
    assert config.temperature > 0 and 0 < config.thresholds.out_of_scope <= 1
    assert sorted(path.name for path in tiny_model.iterdir() if path.name != INT8_FILE) == [
        "config.json", FLOAT_FILE, "neighbours.csv", "neighbours.npy", "tokenizer.json", "words.txt",
    ]  # fmt: skip
    assert not tiny_model.with_name("tiny.training").exists()


def test_the_same_seed_gives_the_same_model_and_another_one_another(tiny_base, rows, sentiment_rows, tmp_path):
    short = replace(QUICK, epochs=1)

    def trained(name, recipe):
        out = tmp_path / name
        train(rows, sentiment_rows, out, base=tiny_base, recipe=recipe, validation=rows * 2, device="cpu")
        return Classifier.load(out, threads=1, exact=True).predict(["cancel my lamp"])[0]

    first, second, other = trained("a", short), trained("b", short), trained("c", replace(short, seed=2))
    assert first == second != other


def test_a_killed_training_goes_on_and_ends_the_same(tiny_base, tiny_model, rows, sentiment_rows, tmp_path):
    files = {"rows": rows, "sentiment": sentiment_rows}
    for name, examples in files.items():
        (tmp_path / name).write_text(json.dumps([[example.text, example.label] for example in examples]))
    code = f"""
import json
from pathlib import Path
from nlu.data import Example
from nlu.train import train
from tests.nlu.conftest import QUICK
read = lambda name: [Example(*pair) for pair in json.loads((Path({str(tmp_path)!r}) / name).read_text())]
train(read("rows"), read("sentiment"), Path({str(tmp_path / "out")!r}), base=Path({str(tiny_base)!r}), recipe=QUICK,
      device="cpu")
"""
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    workplace = tmp_path / "out.training"
    deadline = time.monotonic() + 120
    while not list(workplace.glob("*.pt")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert list(workplace.glob("*.pt")) and not (tmp_path / "out").exists()
    train(rows, sentiment_rows, tmp_path / "out", base=tiny_base, recipe=QUICK, device="cpu")
    texts = [example.text for example in rows[::7]]
    resumed, whole = (Classifier.load(f, threads=1, exact=True).predict(texts) for f in (tmp_path / "out", tiny_model))
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_allclose([s for _, s in one.intents], [s for _, s in other.intents], atol=1e-4)


def test_out_of_scope_may_be_missing_from_the_examples(tiny_base, rows, sentiment_rows, tmp_path):
    inside = [example for example in rows if example.label != "out_of_scope"]
    recipe = replace(QUICK, epochs=3)
    config = train(inside, sentiment_rows, tmp_path / "out", base=tiny_base, recipe=recipe, device="cpu")
    assert "oos_auroc" not in config.metrics["intent"] and config.metrics["intent"]["in_scope_kept"] > 0.8
    scores = evaluate(Classifier.load(tmp_path / "out", threads=1), rows)
    assert scores.oos_auroc is not None and scores.oos_recall is not None


def test_of_few_examples_the_mean_of_all_networks_is_kept(tiny_base, rows, sentiment_rows, tmp_path, monkeypatch):
    """The networks of the parts and of the whole get 1, 2, 3 and so on for a weight; all learn with an adversary."""
    fitted, kept, steps = [], [], set()

    def numbered(network, *rest, recipe, **options):
        fitted.append(network)
        steps.add(recipe.adversarial)
        torch.nn.init.constant_(network.intents.bias, len(fitted))
        return 1

    def caught(network, *rest, **options):
        kept.extend(network.intents.bias.tolist())
        return release(network, *rest, **options)

    monkeypatch.setattr("nlu.train.fit", numbered)
    monkeypatch.setattr("nlu.train.release", caught)
    recipe = replace(QUICK, adversarial=None)
    train(rows, sentiment_rows, tmp_path / "out", base=tiny_base, recipe=recipe, device="cpu")
    assert len(fitted) > 2 and kept == pytest.approx([(len(fitted) + 1) / 2] * len(kept))
    assert steps == {ADVERSARY}


def test_adapters_learn_too_and_are_served_like_any_other(tiny_base, rows, sentiment_rows, tmp_path):
    out, recipe = tmp_path / "out", replace(QUICK, lora=4, epochs=3)
    config = train(rows, sentiment_rows, out, base=tiny_base, recipe=recipe, validation=rows * 2, device="cpu")
    scores = evaluate(Classifier.load(out, threads=1), rows)
    assert scores.accuracy > 0.9 and config.metrics["training"]["adapter_bytes"] == 4 * 2 * 4 * (4 * 64 + 2 * 96)


def test_noise_and_adversary_change_what_is_learnt(tiny_base, rows, sentiment_rows, tmp_path):
    predicted = []
    for name, options in {"plain": {}, "noise": {"noise": 0.5}, "adversary": {"adversarial": ADVERSARY}}.items():
        out, recipe = tmp_path / name, replace(QUICK, epochs=3, **options)
        config = train(rows, sentiment_rows, out, base=tiny_base, recipe=recipe, validation=rows * 2, device="cpu")
        assert config.metrics["intent"]["accuracy"] > 0.7  # a quarter would be chance
        predicted.append(Classifier.load(out, threads=1, exact=True).predict(["cancel my lamp"])[0])
    assert predicted[0] != predicted[1] != predicted[2] != predicted[0]


def test_examples_set_aside_by_the_shop_are_what_is_measured_on(tiny_base, rows, sentiment_rows, tmp_path):
    aside = [Example(f"{example.text} please", example.label) for example in rows] * 2
    config = train(rows, sentiment_rows, tmp_path / "out", base=tiny_base, recipe=QUICK, validation=aside, device="cpu")
    assert config.metrics["intent"]["n"] == len(aside) and config.metrics["training"]["examples"] == len(rows)


def test_what_cannot_be_learnt_is_refused_before_anything_is_written(tiny_base, rows, sentiment_rows, tmp_path):
    with pytest.raises(DataError):
        train(rows[:3], sentiment_rows, tmp_path / "out", base=tiny_base)
    with pytest.raises(DataError):
        train(rows, sentiment_rows[:3], tmp_path / "out", base=tiny_base)
    with pytest.raises(DataError, match=r"Validation row 3: .* 'sing'"):
        train(rows, sentiment_rows, tmp_path / "out", base=tiny_base, validation=[rows[0], Example("la", "sing")])
    assert list(tmp_path.iterdir()) == []


def test_two_examples_of_two_labels_are_enough(tiny_base, tmp_path):
    few = [Example(text, label) for label in ("greet", "thanks") for text in (f"{label} a", f"{label} b")]
    moods = [Example(f"{mood} {n}", mood) for mood in ("negative", "neutral", "positive") for n in range(2)]
    config = train(few, moods, tmp_path / "out", base=tiny_base, recipe=replace(QUICK, epochs=1), device="cpu")
    assert config.metrics["intent"]["n"] == 4 and config.metrics["sentiment"]["n"] == 6


def test_a_split_holds_out_a_tenth_of_each_label_and_no_text_is_in_both(rows):
    learnt, held = split([*rows, *rows[:5]], seed=3)
    assert {example.label for example in held} == {example.label for example in rows}
    assert not set(learnt) & set(held) and len(learnt) + len(held) == len(set(rows))
    assert split(rows, seed=3) == split(rows, seed=3) != split(rows, seed=4)


def test_a_label_that_says_something_is_an_example_of_itself():
    named = named_examples(["CANCEL_order", "greet?", "7_b", "out_of_scope"])
    assert named == [Example("cancel order", "CANCEL_order"), Example("greet", "greet?")]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: shutil.rmtree(folder), "There is no model"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
        (lambda folder: edit(folder, format=99), "has format 99"),
        (lambda folder: edit(folder, labels=[]), "lacks labels"),
        (lambda folder: edit(folder, labels=["a", "b"]), "its labels want"),
        (lambda folder: edit(folder, thresholds=None), "is incomplete"),
        (lambda folder: edit(folder, surprise=1), "is incomplete"),
        (lambda folder: (folder / "neighbours.npy").unlink(), "neighbours.npy is missing"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is missing"),
        (lambda folder: [file.write_bytes(b"no") for file in folder.glob("*.onnx")], "cannot be loaded"),
    ],
)
def test_a_damaged_folder_is_refused_with_the_reason(tiny_model, tmp_path, damage, said):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    damage(folder)
    with pytest.raises(ModelRefused) as refusal:
        Classifier.load(folder, threads=1)
    assert said in refusal.value.message and "train" in refusal.value.message


def edit(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
