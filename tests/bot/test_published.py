"""Answers that agents publish: checked like the files', counted, withdrawn, giving way to a file that comes later."""

import threading

import pytest

from bot import published
from bot.errors import AnswerRefused, NotFound
from retrieval.templates import Slot, Template

FACTS = {"shop_phone": Slot("shop_phone", "text", "01234 5678")}
FILED = [Template("gift_wrap", wordings=("We wrap gifts.",), questions=("Do you gift wrap?",), file="a.yml", line=1)]


def written(id="engraving", question="can you engrave a ring", wording="Yes, call {shop_phone}."):
    return f'- id: {id}\n  questions: ["{question}"]\n  wordings:\n    - "{wording}"\n'


def draft(text):
    return published.draft(text, templates=FILED, facts=FACTS)


def test_what_is_published_is_read_again_and_what_is_withdrawn_is_not(either):
    with either.writing() as session:
        assert published.version(session) == 0
        assert published.publish(session, draft(written()), by="anna", origin="g1") == "engraving"
    with either.writing() as session:
        assert published.version(session) == 1
        (row,) = published.published(session)
        assert (row.published_by, row.origin, row.withdrawn_at) == ("anna", "g1", None)
        (template,) = published.readable([row], facts=FACTS, taken=())
        assert template.questions == ("can you engrave a ring",) and template.slots == FACTS
        published.withdraw(session, "engraving", by="ben")
    with either.writing() as session:
        assert published.version(session) == 2 and published.published(session) == []
        with pytest.raises(NotFound):
            published.withdraw(session, "engraving", by="ben")
        published.publish(session, draft(written(wording="No.")), by="anna")
        assert published.version(session) == 3
        assert [row.withdrawn_by for row in published.history(session)] == [None, "ben"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (written(wording="Call {mobile}."), "line:4: unknown slot '{mobile}'"),
        (written(id="gift_wrap"), "id 'gift_wrap'"),
        (written(question="do you gift wrap"), "also a question of 'gift_wrap'"),
        ('- id: quiet\n  searchable: false\n  wordings: ["Yes."]\n', "question"),
        ("- id: [", "not valid YAML"),
        ("id: engraving", "begin it with '- id:'"),
        ("", "begin it with '- id:'"),
        (written() + written(id="other"), "one answer"),
    ],
)
def test_an_answer_with_a_mistake_is_refused_with_a_plain_sentence(text, said):
    with pytest.raises(AnswerRefused, match=said.replace("{", r"\{").replace("[", r"\[")):
        draft(text)


def test_one_id_is_published_once_however_many_agents_try(either):
    outcomes = []

    def attempt(agent):
        try:
            with either.writing() as session:
                outcomes.append(published.publish(session, draft(written()), by=agent))
        except AnswerRefused as refused:
            outcomes.append(refused.message)

    threads = [threading.Thread(target=attempt, args=(name,)) for name in ("anna", "ben", "cleo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert outcomes.count("engraving") == 1 and len(outcomes) == 3
    with either.reading() as session:
        assert published.version(session) == 1


def test_a_published_answer_gives_way_to_a_file_and_to_missing_facts(database, caplog):
    with database.writing() as session:
        published.publish(session, draft(written()), by="anna")
    with database.reading() as session:
        rows = published.published(session)
    assert published.readable(rows, facts=FACTS, taken=["engraving"]) == []
    assert published.readable(rows, facts={}, taken=()) == []
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
