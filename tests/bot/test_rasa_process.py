"""How Rasa is started and when it is trained, without starting it."""

import shutil
from pathlib import Path

import pytest

from bot import rasa_process
from bot.errors import Unavailable
from bot.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree("data/dialogue", tmp_path / "data" / "dialogue")
    return Settings(
        _env_file=None, var_dir=tmp_path / "var", data_dir=tmp_path / "data", rasa_port=5109, internal_key="the-key"
    )


def pretend_trained(settings: Settings) -> None:
    model = rasa_process.model_path(settings)
    model.parent.mkdir(parents=True)
    model.write_bytes(b"")
    (model.parent / "inputs.sha256").write_text(rasa_process.inputs_hash(settings))


def test_trained_rules_are_trained_again_only_when_they_change(settings: Settings) -> None:
    assert not rasa_process.is_trained(settings)
    pretend_trained(settings)
    assert rasa_process.is_trained(settings)
    assert rasa_process.train(settings) is False
    rules = settings.data_dir / "dialogue" / "rules.yml"
    rules.write_text(rules.read_text() + "\n# changed\n")
    assert not rasa_process.is_trained(settings)


def test_broken_rules_end_in_one_error_and_no_stamp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = rasa_process.Command(("false",), {}, settings.var_dir)
    settings.var_dir.mkdir()
    monkeypatch.setattr(rasa_process, "train_command", lambda settings: failing)
    with pytest.raises(Unavailable, match="could not learn the rules"):
        rasa_process.train(settings)
    assert not rasa_process.is_trained(settings)


def test_without_a_model_starting_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="shopkeeper setup"):
        rasa_process.command(settings)


def test_rasa_listens_inside_only_and_gets_its_secrets_from_the_environment(settings: Settings) -> None:
    pretend_trained(settings)
    command = rasa_process.command(settings)
    argv = " ".join(command.argv)
    assert "--interface 127.0.0.1 --port 5109" in argv
    assert "--enable-api" not in argv
    assert "the-key" not in argv
    assert command.env["INTERNAL_KEY"] == "the-key"
    assert command.env["TRACKER_URL"] == f"sqlite:///{(settings.var_dir / 'rasa' / 'tracker.db').resolve()}"


def test_a_postgres_tracker_is_named_for_rasas_older_driver(settings: Settings) -> None:
    pretend_trained(settings)
    url = "postgresql+psycopg://user:p%40ss@db:5432/tracker"
    command = rasa_process.command(settings.model_copy(update={"tracker_url": url}))
    assert command.env["TRACKER_URL"] == "postgresql://user:p%40ss@db:5432/tracker"
