"""`shopkeeper nlu`, as it is typed."""

import json
import shutil
from dataclasses import replace

import pytest

from bot.cli import main
from nlu.classifier import Config
from nlu.recipe import Recipe
from nlu.train import split


def run(capsys, *arguments):
    try:
        main(["nlu", *map(str, arguments)])
    except SystemExit as ending:
        assert ending.code in (0, None), capsys.readouterr().err
    return capsys.readouterr().out


@pytest.fixture
def files(tmp_path, rows, sentiment_rows, tiny_base, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ENCODER", str(tiny_base))
    for name, examples in {"intents.csv": rows, "sentiment.csv": sentiment_rows}.items():
        lines = [f'"{example.text}",{example.label}' for example in examples]
        (tmp_path / name).write_text("text,label\n" + "\n".join(lines) + "\n")
    return tmp_path


def test_train_then_eval_both_tasks(files, capsys):
    out = files / "model"
    options = ("--data", files / "intents.csv", "--sentiment", files / "sentiment.csv", "--out", out)
    trained = json.loads(run(capsys, "train", *options, "--epochs", 1, "--seed", 5, "--json").splitlines()[-1])
    assert trained["out"] == str(out) and trained["training"]["best_epoch"] == 1
    measured = json.loads(
        run(capsys, "eval", "--model", out, "--data", files / "intents.csv", "--json").splitlines()[-1]
    )
    names = {"n", "accuracy", "macro_f1", "oos_auroc", "oos_recall", "in_scope_kept", "ece", "ms_per_message"}
    assert names <= set(measured) and measured["n"] == 144 and measured["n_out_of_scope"] == 36
    sentiment = ("--task", "sentiment", "--data", files / "sentiment.csv")
    felt = json.loads(run(capsys, "eval", "--model", out, *sentiment, "--json").splitlines()[-1])
    assert felt["n"] == 72 and felt["oos_auroc"] is None
    assert "accuracy" in run(capsys, "eval", "--model", out, "--data", files / "intents.csv")


def test_train_learns_sentiment_from_a_file_of_its_own_and_adapters_on_request(files, capsys, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(files))
    options = ("--task", "sentiment", "--data", files / "sentiment.csv", "--epochs", 1, "--lora", 2, "--json")
    trained = json.loads(run(capsys, "train", *options, "--out", files / "felt").splitlines()[-1])
    assert trained["training"]["sentiment_examples"] == 72 and trained["training"]["adapter_bytes"] > 0
    (files / "sentiment.csv").write_text("text,label\nhello,greeet\n")
    with pytest.raises(SystemExit):
        main(["nlu", "train", *map(str, options), "--out", str(files / "other")])
    assert "row 2" in capsys.readouterr().err


def test_a_bad_file_ends_with_one_sentence_and_exit_1(files, tiny_model, capsys):
    (files / "intents.csv").write_text("text,label\nhello,greeet\n")
    with pytest.raises(SystemExit) as ending:
        main(["nlu", "eval", "--model", str(tiny_model), "--data", str(files / "intents.csv"), "--json"])
    said = capsys.readouterr()
    assert ending.value.code == 1 and said.out == ""
    assert "row 2" in said.err and "'greeet'" in said.err and len(said.err.splitlines()) == 1


def test_without_a_model_eval_says_how_to_make_one(files, capsys):
    with pytest.raises(SystemExit) as ending:
        main(["nlu", "eval", "--data", str(files / "intents.csv")])
    assert ending.value.code == 1
    assert "shopkeeper nlu train" in capsys.readouterr().err


ANSWERS = """
- id: wrap
  questions: [do you wrap, can you wrap gifts]
  wordings: ["Yes."]
- id: engrave
  questions: [can you engrave, engraving of rings]
  wordings: ["No."]
"""


def test_use_changes_the_model_and_back_undoes_it(files, tiny_model, encoder_cache, capsys, monkeypatch):
    (files / "var").mkdir()
    (files / "var" / "encoder").symlink_to(encoder_cache)
    (files / "answers").mkdir()
    (files / "answers" / "some.yml").write_text(ANSWERS)
    monkeypatch.setenv("DATA_DIR", str(files))
    first, second = (files / "var" / "models" / name for name in ("nlu-first", "nlu-second"))
    for folder in (second, first):
        shutil.copytree(tiny_model, folder)
        replace(Config.load(tiny_model), model=folder.name).save(folder)

    def listed():
        return {row["id"]: row["state"] for row in json.loads(run(capsys, "models", "--json"))["models"]}

    assert listed() == {first.name: "in use", second.name: ""}
    assert second.name in run(capsys, "use", second.name)
    assert listed() == {first.name: "before", second.name: "in use"}
    assert first.name in run(capsys, "back")
    assert listed() == {first.name: "in use", second.name: "before"}
    (second / "neighbours.npy").unlink()
    with pytest.raises(SystemExit) as ending:
        main(["nlu", "use", second.name])
    assert ending.value.code == 1 and "train it again" in capsys.readouterr().err
    assert listed()[first.name] == "in use"


def test_explain_prints_words_and_nearest_examples(files, tiny_model, capsys):
    options = ("please cancel the lamp", "--model", tiny_model)
    explained = json.loads(run(capsys, "explain", *options, "--json").splitlines()[-1])
    assert explained["intent"] == "cancel_order" and len(explained["words"]) == 4
    said = run(capsys, "explain", *options)
    assert "understood as cancel_order" in said and explained["nearest"][0][0] in said


def test_compare_a_model_with_itself_and_by_folder(files, tiny_model, capsys):
    options = (tiny_model, tiny_model, "--data", files / "intents.csv")
    compared = json.loads(run(capsys, "compare", *options, "--json").splitlines()[-1])
    assert compared["n"] == 144 and compared["broken"] == [] and compared["p_value"] == 1.0
    assert compared["old"]["model"] == compared["new"]["model"]
    assert "0 messages break" in run(capsys, "compare", *options)


def test_without_a_file_models_are_measured_on_what_training_sets_aside(files, tiny_model, rows, capsys, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(files))
    aside = len(split(rows, seed=Recipe.seed)[1])
    compared = json.loads(run(capsys, "compare", tiny_model, tiny_model, "--json").splitlines()[-1])
    measured = json.loads(run(capsys, "eval", "--model", tiny_model, "--json").splitlines()[-1])
    assert compared["n"] == measured["n"] == aside < len(rows)
    moods = json.loads(run(capsys, "eval", "--model", tiny_model, "--task", "sentiment", "--json").splitlines()[-1])
    assert 0 < moods["n"] < aside
