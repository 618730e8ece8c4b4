"""`shopkeeper retrieval` on answers of its own and on an FAQ."""

import json

import pytest

from bot.cli import main

ANSWERS = """\
- id: returns
  questions: [How do I return a jacket, sending things back, is there a return deadline]
  wordings: ["Send it back within {return_days}."]
- id: contact
  questions: [What is your e-mail address, how to write to support, contact mail]
  wordings: [Write to us.]
- id: burning
  questions: [how long does a candle burn, my candle smokes, wick of the candle]
  wordings: [Trim the wick.]
"""


@pytest.fixture
def shop(tmp_path, monkeypatch, encoder_cache):
    answers = tmp_path / "data" / "answers"
    answers.mkdir(parents=True)
    (answers / "facts.yml").write_text("return_days: {type: count, one: day, value: 30}\n")
    (answers / "topic.yml").write_text(ANSWERS)
    (answers / "no_answer.csv").write_text("query\nwho won the match\nsing a song\nbook a flight\n")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "encoder").symlink_to(encoder_cache)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return tmp_path


def run(capsys, *arguments):
    """Exit code, stdout, stderr."""
    try:
        main(["retrieval", *map(str, arguments)])
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    output = capsys.readouterr()
    return code, output.out, output.err


def test_indexing_again_does_nothing_unless_forced_or_changed(shop, capsys):
    assert "3 answers" in run(capsys, "index")[1]
    assert "nothing has changed" in run(capsys, "index")[1]
    assert "nothing has changed" not in run(capsys, "index", "--force")[1]
    topic = shop / "data" / "answers" / "topic.yml"
    topic.write_text(ANSWERS.replace("my candle smokes", "soot from my candle"))
    assert "nothing has changed" not in run(capsys, "index")[1]


def test_an_faq_is_measured_on_its_queries(shop, capsys):
    (shop / "faq.csv").write_text("faq_id,question,answer\n1,How do I reset it?,Hold the button.\n2,Is it loud?,No.\n")
    (shop / "queries.csv").write_text("query,faq_id\nresetting the device,1\ndoes it make much noise,2\nwho won,\n")
    code, out, err = run(capsys, "eval", "--faq", shop / "faq.csv", "--queries", shop / "queries.csv", "--json")
    assert code == 0, err
    measures = json.loads(out.splitlines()[-1])
    assert measures["n"] == 3
    assert measures["p_at_1"] == measures["map"] == measures["mrr"] == measures["recall_at_5"] == 1
    assert {"abstain_precision", "abstain_recall"} <= set(measures)


def test_the_shops_own_answers_are_measured_without_a_file(shop, capsys):
    code, out, err = run(capsys, "eval", "--json")
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["n"] == 12


def test_check_names_file_and_line_and_fails(shop, capsys):
    topic = shop / "data" / "answers" / "topic.yml"
    topic.write_text(ANSWERS.replace("[Trim the wick.]", "['Trim the {wick}.']"))
    code, out, _ = run(capsys, "check")
    assert code == 1
    assert f"{topic}:9: unknown slot '{{wick}}'" in out


HIDDEN = """\
- id: {}
  searchable: false
  wordings: [Hello.]
"""


def with_dialogue(shop, *intents):
    folder = shop / "data" / "dialogue"
    folder.mkdir()
    (folder / "domain.yml").write_text(f"intents: [{', '.join(intents)}]\n")


def test_check_names_an_answer_that_nothing_searches_or_names(shop, capsys):
    with_dialogue(shop, "newsletter", "greet: {use_entities: []}")
    folder = shop / "data" / "answers"
    by_name = ("newsletter", "greet", "greet_known", "affirm_alone", "nobody_says_it")
    (folder / "hidden.yml").write_text("".join(HIDDEN.format(id) for id in by_name))
    (folder / "desk.yml").write_text(HIDDEN.format("people_say_it"))
    code, out, _ = run(capsys, "check")
    assert code == 1
    assert out.splitlines()[:-1] == [
        f"{folder}/hidden.yml:13: 'nobody_says_it' is never said: it is not searchable, and nothing names it; "
        "give it questions",
    ]


def test_check_names_a_button_whose_intent_there_is_not(shop, capsys):
    with_dialogue(shop, "track_order", "choose")
    topic = shop / "data" / "answers" / "topic.yml"
    button = "    - {{title: {}, payload: '/{}'}}\n"
    buttons = (("Track", "track_order"), ("Mine", 'choose{"choice": "1"}'), ("Gone", 'no_such_intent{"a": "1"}'))
    topic.write_text(f"{ANSWERS}  buttons:\n{''.join(button.format(*one) for one in buttons)}")
    code, out, _ = run(capsys, "check")
    assert code == 1
    assert out.splitlines()[:-1] == [
        f"{topic}:7: the button 'Gone' of 'burning' names the unknown intent 'no_such_intent'"
    ]


def test_check_names_an_answer_that_no_question_finds_once_they_are_indexed(shop, capsys):
    run(capsys, "index")
    assert run(capsys, "check") == (0, "The answers are in order.\n", "")
    manifest = shop / "var" / "index" / "answers" / "manifest.json"
    made = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(made | {"fusion": made["fusion"] | {"threshold": 9}}))
    code, out, _ = run(capsys, "check")
    assert code == 1
    assert "topic.yml:7: no question of 'burning' finds it: search is not sure enough" in out


def test_check_is_not_content_until_it_can_look_into_the_index(shop, capsys):
    unseen = "In order, but whether each can be found was not looked at: "
    code, out, _ = run(capsys, "check")
    assert code == 1 and out.startswith(f"{unseen}there is no index") and "shopkeeper retrieval index" in out
    run(capsys, "index")
    manifest = shop / "var" / "index" / "answers" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"model": "another"}))
    code, out, _ = run(capsys, "check")
    assert code == 1 and out.startswith(unseen) and "shopkeeper retrieval index" in out
    run(capsys, "index", "--force")
    (shop / "data" / "answers" / "topic.yml").write_text(ANSWERS.replace("my candle smokes", "soot of a candle"))
    code, out, _ = run(capsys, "check")
    assert code == 1 and out.startswith(f"{unseen}the answers have changed")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["eval", "--faq", "nowhere.csv"], "add --queries"),
        (["eval", "--faq", "nowhere.csv", "--queries", "q.csv"], "there is no file nowhere.csv"),
        (["eval", "--queries", "nowhere.csv"], "there is no file nowhere.csv"),
    ],
)
def test_a_file_that_is_not_there_is_one_sentence(shop, capsys, arguments, reason):
    code, _, err = run(capsys, *arguments)
    assert code == 1
    assert reason in err
    assert "Traceback" not in err


def test_broken_answers_stop_indexing_with_file_and_line(shop, capsys):
    topic = shop / "data" / "answers" / "topic.yml"
    topic.write_text("- id: [\n")
    code, _, err = run(capsys, "index")
    assert code == 1
    assert f"{topic}:" in err


def bench(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "retrieval", *arguments])
    captured = capsys.readouterr()
    return ended.value.code or 0, captured.out, captured.err


def test_the_benchmark_makes_up_templates_around_the_answers(shop, capsys):
    code, out, err = bench(
        capsys, "--sizes", "30", "--only", "shopkeeper", "--only", "numpy", "--device", "cpu", "--json"
    )
    assert code == 0, err
    rows = json.loads(out.splitlines()[-1])["rows"]
    assert [(row["system"], row["templates"], row["recall"]) for row in rows] == [
        ("shopkeeper", 30, 1.0),
        ("numpy", 30, 1.0),
    ]


@pytest.mark.parametrize("arguments", [("--sizes", "ten"), ("--sizes", "0"), ("--only", "elastic")])
def test_a_benchmark_of_nothing_is_refused(shop, capsys, arguments):
    code, _, err = bench(capsys, *arguments)
    assert code
    assert arguments[1] in err


@pytest.mark.parametrize(
    ("faq", "queries", "reason"),
    [
        ("faq_id,question,answer\n", "query,faq_id\na,1\n", "faq.csv has no rows"),
        ("faq_id,question,answer\n1,How?,So.\n", "query,faq_id\na,2\n", "there is no FAQ with the id '2'"),
        ("faq_id,question,answer\n1,How?,So.\n", "query,faq_id\n", "queries.csv has no rows"),
    ],
)
def test_tables_that_cannot_be_used_are_explained(shop, capsys, faq, queries, reason):
    (shop / "faq.csv").write_text(faq)
    (shop / "queries.csv").write_text(queries)
    code, _, err = run(capsys, "eval", "--faq", shop / "faq.csv", "--queries", shop / "queries.csv")
    assert code == 1
    assert reason in err
