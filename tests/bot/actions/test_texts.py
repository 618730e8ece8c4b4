"""Reading what customers write where a form asks: numbers, yes and no, questions, ways to stop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.changes import read_quantity
from bot.actions.choices import named_line, named_order, yes_or_no
from bot.actions.fallback import agreeing
from bot.actions.form import is_question, takes_text
from bot.actions.request import Request, Said, said_before, said_from
from bot.shop.port import OrderLine
from tests.dialogue.parses import typed
from tests.dialogue.shop import PRODUCTS

LINES = [OrderLine(p.id, p.name, 1, p.price) for p in PRODUCTS.values()]


def said(text: str, intent: str = "nlu_fallback", **entities: object) -> Said:
    return said_from(typed(text, intent, **entities))


@pytest.mark.parametrize(
    ("text", "bare", "number"),
    [
        ("it's HP-10482", False, "HP-10482"),
        ("HP 10482 please", False, "HP 10482"),
        ("#10482", False, "#10482"),
        ("10482", True, "10482"),
        ("10482", False, None),
        ("I bought it in 2024", False, None),
        ("no idea", True, None),
    ],
)
def test_an_order_number_is_found_as_it_is_written(text: str, bare: bool, number: str | None) -> None:
    assert named_order(said(text), bare=bare) == number


@pytest.mark.parametrize(
    ("text", "intent", "meant"),
    [
        ("yes", "affirm", True),
        ("go ahead", "nlu_fallback", True),
        ("nope", "nlu_fallback", False),
        ("no thanks", "deny", False),
        ("stop", "nlu_fallback", False),
        ("don't", "out_of_scope", False),
        ("sure, but first tell me how long a refund takes", "check_refund_policy", None),
        ("what?", "nlu_fallback", None),
        ("nothing fits me", "nlu_fallback", None),
    ],
)
def test_yes_and_no_are_understood_in_words(text: str, intent: str, meant: bool | None) -> None:
    assert yes_or_no(said(text, intent)) is meant


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("3", 3), ("make it two", 2), ("none please", 0), ("remove it", 0), ("x" * 9, None), ("about 500", None)],
)
def test_a_quantity_is_read_from_digits_and_words(text: str, quantity: int | None) -> None:
    request = Request("c", "v", "C-1", "m", said(text), {}, None, False)
    assert read_quantity(None, request, {}).value == quantity  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "takes"), [("too small", True), ("It broke. Why?", False), ("never mind", False)])
def test_free_text_is_taken_unless_it_asks_or_stops(text: str, takes: bool) -> None:
    assert takes_text(said(text, "check_refund_policy")) is takes


def test_an_unclear_question_is_still_a_free_answer() -> None:
    """A classifier calls "why is it so small" a fallback; nobody else could answer it."""
    assert takes_text(said("why is it so small", "nlu_fallback"))


def test_a_product_is_known_by_words_that_fit_no_other() -> None:
    assert named_line(said("the apron"), LINES) == LINES[2]
    assert named_line(said("the thing"), LINES) is None
    assert named_line(said("x", product="P-2"), LINES) == LINES[1]


def test_a_button_is_not_typed() -> None:
    assert said_from({"text": "Yes", "model": "button"}).typed == ""


def test_what_was_said_before_skips_a_resumed_message() -> None:
    def bot(text: str) -> dict[str, object]:
        return {"event": "bot", "data": {"custom": {"type": "text", "text": text}}}

    events = [
        {"event": "user", "message_id": "1"},
        bot("first"),
        {"event": "user", "message_id": "2"},
        bot("asked"),
        bot("more"),
        {"event": "user", "message_id": "3"},
        bot("thinking"),
        {"event": "user", "message_id": "3"},
    ]
    assert [part["text"] for part in said_before(events)] == ["asked", "more"]


def test_yes_means_the_only_button_that_does_not_decline() -> None:
    person = {"title": "Person", "payload": "/contact_human_agent"}
    no = {"title": "No", "payload": "/deny"}
    other = {"title": "Track", "payload": "/track_order"}
    assert agreeing({"text": "A person?", "buttons": [person, no]}) == ("contact_human_agent", [])
    assert agreeing({"text": "Here you are.", "buttons": [person]}) is None
    assert agreeing({"text": "What now?", "buttons": [person, other]}) is None
    assert agreeing({"text": "One of these?", "template_id": "fallback_ask", "buttons": [other, person, no]}) == (
        "track_order",
        [],
    )


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers(text: str) -> None:
    message = said(text)
    named_order(message, bare=True)
    yes_or_no(message)
    named_line(message, LINES)
    assert not (takes_text(message) and not message.typed)
    assert is_question(message) in (True, False)
