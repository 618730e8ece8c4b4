"""The shop's trained models: which one is in use, the way back, and how many are kept."""

import os
from dataclasses import replace

import pytest

from bot.models import training, versions
from bot.settings import Settings
from nlu.classifier import Config
from nlu.data import Example
from nlu.errors import ModelRefused
from nlu.parse import Thresholds
from nlu.recipe import data_hash
from nlu.scope import Scope

CONFIG = Config(
    model="nlu-a",
    labels=("a", "b"),
    sentiments=("negative", "neutral", "positive"),
    temperature=1.0,
    sentiment_temperature=1.0,
    thresholds=Thresholds(0.5, 0.5, 0.1),
    base_model="b",
    data_hash="",
    seed=1,
    metrics={},
    scope=Scope(),
    neighbours=(1, 1),
)


@pytest.fixture
def settings(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "intents.csv").write_text("text,label\nhello,a\nbye,b\n")
    (data / "sentiment.csv").write_text("text,label\nhello,neutral\n")
    return Settings(_env_file=None, var_dir=tmp_path / "var", data_dir=data)


def add(settings, name, *, age=0):
    """A model folder, trained `age` seconds ago."""
    folder = versions.models_folder(settings) / name
    folder.mkdir(parents=True)
    replace(CONFIG, model=name).save(folder)
    os.utime(folder / "config.json", (1_000_000 - age, 1_000_000 - age))
    return folder


def names(settings):
    return [version.id for version in versions.every(settings)]


def test_without_a_choice_the_newest_is_in_use_and_without_a_model_it_says_so(settings):
    with pytest.raises(ModelRefused, match="shopkeeper setup"):
        training.model_folder(settings)
    add(settings, "nlu-a", age=9)
    newest = add(settings, "nlu-b")
    add(settings, "candidate.training")
    assert training.model_folder(settings) == newest and names(settings) == ["nlu-b", "nlu-a"]


def test_a_change_and_its_way_back(settings):
    first, second = add(settings, "nlu-a", age=9), add(settings, "nlu-b")
    versions.use(settings, first)
    stamp = versions.stamp(settings)
    versions.use(settings, second)
    assert (versions.in_use(settings), versions.before(settings)) == (second, first)
    assert versions.stamp(settings) != stamp
    versions.use(settings, second)
    assert versions.before(settings) == first
    versions.use(settings, versions.before(settings))
    assert (versions.in_use(settings), versions.before(settings)) == (first, second)
    assert versions.stamp(settings) == stamp


def test_the_last_three_are_kept_and_those_in_use_whatever_their_age(settings):
    old, older = add(settings, "nlu-old", age=90), add(settings, "nlu-older", age=99)
    versions.use(settings, older)
    versions.use(settings, old)
    for age in (50, 40, 30):
        add(settings, f"nlu-{age}", age=age)
    versions.drop_old(settings)
    assert names(settings) == ["nlu-30", "nlu-old", "nlu-older"]


def test_a_model_is_found_by_id_or_folder_and_one_from_elsewhere_is_copied(settings, tmp_path):
    folder = add(settings, "nlu-a")
    elsewhere = tmp_path / "trained"
    elsewhere.mkdir()
    replace(CONFIG, model="nlu-x").save(elsewhere)
    assert versions.find(settings, "nlu-a") == folder == versions.take_in(settings, folder)
    taken = versions.take_in(settings, versions.find(settings, str(elsewhere)))
    assert taken == versions.models_folder(settings) / "nlu-x" and elsewhere.exists()
    assert versions.find(settings, "nlu-x") == taken
    with pytest.raises(ModelRefused, match="nlu models"):
        versions.find(settings, "nlu-unknown")


@pytest.mark.parametrize("content", ["{", "[]", '["a", 1]', '{"current": "a"}', '["../elsewhere"]'])
def test_a_damaged_choice_is_a_clear_error(settings, content):
    add(settings, "nlu-a")
    (versions.models_folder(settings) / versions.IN_USE_FILE).write_text(content)
    with pytest.raises(ModelRefused, match="damaged"):
        versions.in_use(settings)


@pytest.fixture
def trained(monkeypatch):
    """What the trainer was asked for; it writes a folder without learning anything."""
    asked = []

    def train(rows, sentiment_rows, out, *, base, recipe, device, validation=()):
        asked.append(recipe.seed)
        found = data_hash(rows, sentiment_rows, base=base, recipe=recipe)
        out.mkdir(parents=True)
        config = replace(CONFIG, model=f"nlu-{found}", data_hash=found)
        config.save(out)
        return config

    monkeypatch.setattr(training, "trainer", lambda: train)
    return asked


def test_setup_trains_what_changed_and_uses_it_at_once_but_respects_the_way_back(settings, trained):
    assert training.train_if_changed(settings) and not training.train_if_changed(settings)
    first = versions.in_use(settings)
    with (settings.data_dir / "intents.csv").open("a") as file:
        file.write("good day,a\n")
    assert training.train_if_changed(settings) and versions.in_use(settings) != first
    versions.use(settings, first)
    assert not training.train_if_changed(settings) and versions.in_use(settings) == first
    assert len(trained) == 2


def test_a_candidate_waits_until_it_is_chosen(settings, trained):
    rows, sentiment = training.examples(settings)
    first, _ = training.train_candidate(settings, rows, sentiment)
    assert versions.in_use(settings) == first
    second, config = training.train_candidate(settings, [*rows, Example("x", "a")], sentiment)
    assert versions.in_use(settings) == first and second.name == config.model
    assert versions.find(settings, config.model) == second
