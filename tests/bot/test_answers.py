"""The answers of this moment: the files' and the published ones, followed without a restart."""

import os

import pytest

from bot import answers, published
from bot.answers import Answers
from bot.settings import Settings

FILED = '- id: wrap\n  questions: ["do you wrap gifts"]\n  wordings: ["Yes, for {days}."]\n'
ENGRAVING = '- id: engraving\n  questions: ["can you engrave"]\n  wordings: ["Yes, in {days}."]\n'


@pytest.fixture
def settings(tmp_path):
    made = Settings(_env_file=None, var_dir=tmp_path / "var", data_dir=tmp_path / "data")
    (tmp_path / "data" / "answers").mkdir(parents=True)
    write(made, FILED)
    return made


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(answers, "FRESH_S", 0.0)


def write(settings, text, days=2, indexed=1):
    folder, index = answers.folder(settings), answers.index_folder(settings)
    (folder / "facts.yml").write_text(f"days: {{type: count, one: day, value: {days}}}\n")
    (folder / "topic.yml").write_text(text)
    index.mkdir(parents=True, exist_ok=True)
    (index / "manifest.json").touch()
    os.utime(index / "manifest.json", (indexed, indexed))


def test_a_published_answer_is_there_until_it_is_withdrawn(settings, database):
    found = Answers(settings, database)
    draft = published.draft(ENGRAVING, templates=list(found.values()), facts=found.facts)
    assert list(found) == ["wrap"] and found.get("engraving") is None
    with database.writing() as session:
        published.publish(session, draft, by="anna")
    assert list(found) == ["wrap", "engraving"] and len(found) == 2
    assert found["engraving"].slots["days"].value == 2
    assert found.published() is found.published()
    with database.writing() as session:
        published.withdraw(session, "engraving", by="anna")
    assert list(found) == ["wrap"] and "engraving" not in found


def test_changed_files_count_once_they_are_indexed(settings, database):
    found = Answers(settings, database)
    facts = found.facts
    write(settings, FILED.replace("wrap", "paper"), days=5)
    assert "wrap" in found and facts["days"].value == 2
    write(settings, FILED.replace("wrap", "paper"), days=5, indexed=2)
    assert list(found) == ["paper"] and facts["days"].value == 5


def test_a_file_that_takes_a_published_id_wins(settings, database):
    found = Answers(settings, database)
    draft = published.draft(ENGRAVING, templates=list(found.values()), facts=found.facts)
    with database.writing() as session:
        published.publish(session, draft, by="anna")
    assert found["engraving"].questions == ("can you engrave",)
    write(settings, FILED + ENGRAVING.replace("can you", "do you"), indexed=2)
    assert found["engraving"].questions == ("do you engrave",) and found.published() == {}


def test_a_broken_file_leaves_the_answers_as_they_were(settings, database, caplog):
    found = Answers(settings, database)
    write(settings, "- id: [", indexed=2)
    assert list(found) == ["wrap"] and list(found) == ["wrap"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
