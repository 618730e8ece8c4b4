"""Answer files: what is read, and that every mistake is named with file and line."""

from datetime import date

import pytest

from retrieval.check import check
from retrieval.errors import TemplateError
from retrieval.templates import Button, load, load_facts

TODAY = date(2026, 11, 22)


def test_a_template_keeps_what_its_file_says(folder):
    returns, *_, status = load(folder)
    assert returns.id == "returns"
    assert returns.questions[0] == "How do I return a jacket"
    assert returns.intents == ("return_item",)
    assert returns.slots["return_days"].value == 30
    assert returns.line == 1
    assert not status.searchable
    assert status.buttons == (Button("Cancel it", '/cancel_order{"order": "1"}'),)


def test_facts_are_typed_values(folder):
    assert load_facts(folder)["support_email"].value == "help@shop.example"


WRONG = [
    ("- id: a\n  wordings: [x\n- id: b", 3, "not valid YAML"),
    ("- " * 20_000 + "a", 1, "more than 100 levels"),
    ("id: a\n", 1, "is a list"),
    ("- wordings: [hello]\n", 1, "an id"),
    ("- id: Big\n  wordings: [hello]\n", 1, "a-z"),
    ("- id: a\n  questions: [q]\n", 1, "'wordings' is a list"),
    ("- id: a\n  questions: [q]\n  wordings:\n    - fine\n    - Hello {nobody}\n", 5, "unknown slot '{nobody}'"),
    ("- id: a\n  questions: [q]\n  wordings:\n    - Hello }\n", 4, "a brace"),
    ("- id: a\n  questions: [q]\n  wordings: [hello]\n  slots:\n    price: money\n", 5, "no wording uses"),
    ("- id: a\n  questions: [q]\n  wordings: ['{p}']\n  slots: {p: euros}\n", 4, "needs a type"),
    ("- id: a\n  questions: [q]\n  wordings: ['{p}']\n  slots: {p: count}\n", 4, "say of what"),
    (
        "- id: a\n  questions: [q]\n  wordings: ['{return_days}']\n  slots: {return_days: text}\n",
        1,
        "a fact of the shop",
    ),
    ("- id: a\n  questions: [q]\n  wordings: [hello]\n  colour: red\n", 4, "unknown field 'colour'"),
    ("- id: a\n  questions: [q]\n  wordings: [hello]\n  id: b\n", 4, "given twice"),
    ("- id: a\n  questions: [q]\n  wordings: [12]\n", 3, "is not text"),
    ("- id: a\n  wordings: [hello]\n", 1, "never be found"),
    ("- id: a\n  searchable: false\n  questions: [q]\n  wordings: [hello]\n", 1, "not searchable"),
    ("- id: a\n  searchable: 3\n  questions: [q]\n  wordings: [hello]\n", 2, "true or false"),
    ("- id: a\n  questions: [q]\n  wordings: [hello]\n  buttons:\n    - {title: t, payload: 'x'}\n", 5, "/intent"),
    ("- id: a\n  questions: [q]\n  wordings: [hello]\n  buttons:\n    - {title: t, payload: '/x{y}'}\n", 5, "/intent"),
    ("\n- id: contact\n  questions: [q]\n  wordings: [hello]\n", 2, "already used in"),
    ("- &a [*a]\n", 1, ""),
]


@pytest.mark.parametrize(("text", "line", "reason"), WRONG)
def test_a_mistake_is_named_with_file_and_line(folder, text, line, reason):
    (folder / "wrong.yml").write_text(text)
    with pytest.raises(TemplateError) as caught:
        load(folder)
    assert caught.value.message.startswith(f"{folder / 'wrong.yml'}:{line}: ")
    assert reason in caught.value.message


def test_bytes_that_are_no_text_are_refused(folder):
    (folder / "wrong.yml").write_bytes(b"- id: \xff\xfe\x00")
    with pytest.raises(TemplateError, match="UTF-8"):
        load(folder)


def test_a_fact_without_a_value_is_refused(folder):
    (folder / "facts.yml").write_text("return_days: text\nsupport_email: {type: text, value: x}\n")
    with pytest.raises(TemplateError, match=r"facts.yml:1: the fact 'return_days' needs a value"):
        load(folder)


@pytest.mark.parametrize(
    ("fact", "needed"),
    [
        ("{type: money, value: about ten}", "money: its value is a number, as in 3.95"),
        ("{type: date, value: soonish}", "date: its value is a day, as in 2026-12-24"),
        ("{type: count, one: day, value: a few}", "count: its value is a number, as in 30"),
        ("{type: list, value: Visa}", "list: its value is a list"),
    ],
)
def test_a_fact_that_its_type_cannot_say_is_refused(folder, fact, needed):
    with (folder / "facts.yml").open("a") as file:
        file.write(f"delivery: {fact}\n")
    with pytest.raises(TemplateError, match=rf"facts.yml:3: the fact 'delivery' cannot be said as {needed}"):
        load(folder)
    assert [problem.line for problem in check(folder, today=TODAY)] == [3]


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(TemplateError, match="no such folder"):
        load(tmp_path / "nowhere")


def test_check_finds_nothing_in_good_answers(folder):
    assert check(folder, today=TODAY, intents={"return_item", "contact_customer_service"}) == []


def test_check_names_all_problems_at_once(folder):
    (folder / "facts.yml").write_text((folder / "facts.yml").read_text() + "unused_thing: {type: text, value: x}\n")
    (folder / "wrong.yml").write_text(
        "- id: a\n  questions: ['Contact mail?']\n  wordings: [hello, hello]\n- id: b\n  wordings: ['{x']\n"
    )
    found = [str(problem).removeprefix(f"{folder}/") for problem in check(folder, today=TODAY, intents={"return_item"})]
    assert [line.split(": ")[0] for line in found] == [
        "facts.yml:3",
        "topic.yml:10",
        *["wrong.yml:1"] * 2,
        "wrong.yml:5",
    ]
    assert "unused_thing" in found[0]
    assert "unknown intent 'contact_customer_service'" in found[1]
    assert "also a question of 'contact'" in found[2]
    assert "same wording twice" in found[3]
    assert "a brace" in found[4]


def test_check_names_answers_and_questions_that_are_nearly_the_same(folder):
    (folder / "twin.yml").write_text(
        "- id: wax\n  questions: [candles smoking wax]\n  wordings: [Trim the wick of the candles.]\n"
    )
    found = [problem.reason for problem in check(folder, today=TODAY)]
    assert len(found) == 2
    assert "is also a question of 'candles'" in found[0]
    assert "is nearly what 'candles' says in" in found[1]


@pytest.mark.parametrize(
    ("wordings", "contradict"),
    [
        (["You have 14 days.", "You have 99 days."], "'You have 14 days.' and 'You have 99 days.'"),
        (["You have 1 day.", "You have 99 days!"], "'You have 1 day.' and 'You have 99 days!'"),
        (["You have {return_days}.", "You have 14 days."], "'You have 30 days.' and 'You have 14 days.'"),
        (["You have {return_days}.", "You have 30 days!"], ""),
        (["From 1,000 pounds on.", "From 1000 pounds on."], ""),
        (["You have 14 days.", "Send it within 14 days, or 99 for a mattress."], ""),
    ],
)
def test_check_names_wordings_that_say_the_same_with_other_numbers(folder, wordings, contradict):
    (folder / "days.yml").write_text(f"- id: days\n  questions: [how long have I got]\n  wordings: {wordings}\n")
    found = [str(problem).removeprefix(f"{folder}/") for problem in check(folder, today=TODAY)]
    assert found == ([f"days.yml:1: 'days' says both {contradict}"] if contradict else [])


@pytest.mark.parametrize(("tier", "contradict"), [("high", True), ("low", False)])
def test_check_names_two_answers_to_one_question_with_other_numbers(folder, tier, contradict):
    one = "- id: {}\n  questions: [{}]\n  wordings: [Allow {} days for it.]\n  when: {{tier: {}}}\n"
    again = one.format("again", "how long refunds take", 99, tier)
    (folder / "days.yml").write_text(one.format("refund", "how long refund takes", 5, "high") + again)
    found = [str(problem).removeprefix(f"{folder}/") for problem in check(folder, today=TODAY)]
    said = "days.yml:5: 'Allow 99 days for it.' contradicts 'Allow 5 days for it.' of 'refund' in "
    assert any(line.startswith(said) for line in found) == contradict
