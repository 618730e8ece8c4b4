"""Two requests in one message: where its words part, and what the classifier makes of the halves."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.clauses import MOST_HALVES, halves, two_requests
from nlu.parse import Prediction, Thresholds

THRESHOLDS = Thresholds(out_of_scope=0.6, fallback=0.5, margin=0.1)
SENTENCES = Path(__file__).with_name("two_requests.csv")


def predicted(*intents: tuple[str, float], oos: float = 0.1) -> Prediction:
    return Prediction(intents, {}, oos)


EITHER = predicted(("cancel_order", 0.4), ("get_invoice", 0.3), ("check_stock", 0.3))


def found(message, predictions, aside=(), whole=EITHER):
    both = two_requests(halves(message), predictions, THRESHOLDS, whole=whole, aside=aside)
    return both and [(request.intent, request.clause.text) for request in both]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("cancel it and send me the invoice", [("cancel it", "send me the invoice")]),
        ("Do you ship to Norway? Is PayPal ok?", [("Do you ship to Norway?", "Is PayPal ok?")]),
        ("first track my order, then delete my account", [("first track my order", "delete my account")]),
        ("the mug broke; also my password is lost", [("the mug broke", "my password is lost")]),
        ("how big is it & do you have it", [("how big is it", "do you have it")]),
    ],
)
def test_words_part_where_two_things_are_asked(message, parts):
    assert [tuple(clause.text for clause in way) for way in halves(message)] == parts


@pytest.mark.parametrize(
    "message",
    [
        "I want to return the red and blue lamp",
        "hello, where is my order",
        "thanks and bye",
        "the lamp is broken and I want a new one",
        "my order is late, nobody answers, where is it",
        "can you cancel it? order number is 650019",
        "and also",
    ],
)
def test_one_request_has_no_halves(message):
    assert halves(message) == []


def test_both_halves_must_be_sure_and_of_another_intent():
    message, sure = "cancel it and send me the invoice", predicted(("get_invoice", 0.9), ("thanks", 0.1))
    unsure = predicted(("cancel_order", 0.4), ("deny", 0.35), ("thanks", 0.25))
    assert found(message, {"cancel it": predicted(("cancel_order", 0.9)), "send me the invoice": sure}) == [
        ("cancel_order", "cancel it"), ("get_invoice", "send me the invoice"),
    ]  # fmt: skip
    assert found(message, {"cancel it": sure, "send me the invoice": sure}) is None
    assert found(message, {"cancel it": unsure, "send me the invoice": sure}) is None
    outside = predicted(("cancel_order", 0.9), ("deny", 0.1), oos=0.8)
    assert found(message, {"cancel it": outside, "send me the invoice": sure}) is None


def test_a_half_is_no_yes_or_no_to_anything_unless_it_can_only_be_that():
    message, sure = "cancel it and send me the invoice", predicted(("get_invoice", 0.9), ("thanks", 0.1))
    rather = predicted(("cancel_order", 0.5), ("deny", 0.45), ("thanks", 0.05))
    only = predicted(("deny", 0.9), ("cancel_order", 0.1))
    maybe = predicted(("deny", 0.55), ("cancel_order", 0.4), ("thanks", 0.05))
    aside = {"deny", "thanks"}
    assert found(message, {"cancel it": rather, "send me the invoice": sure}) is None
    assert found(message, {"cancel it": maybe, "send me the invoice": sure}, aside) is not None
    assert found(message, {"cancel it": rather, "send me the invoice": sure}, aside) is not None
    assert found(message, {"cancel it": only, "send me the invoice": sure}, aside) is None


def test_a_half_that_speaks_of_it_counts_where_the_whole_message_allows_for_what_it_means():
    leaning, standing = "cancel my order and is it blue", "cancel my order and is the lamp blue"
    for message, second in ((leaning, "is it blue"), (standing, "is the lamp blue")):
        said = {
            "cancel my order": predicted(("cancel_order", 0.9), ("thanks", 0.1)),
            second: predicted(("check_stock", 0.9), ("thanks", 0.1)),
        }
        only = predicted(("cancel_order", 0.999), ("check_stock", 0.001))
        assert found(message, said) == [("cancel_order", "cancel my order"), ("check_stock", second)]
        assert (found(message, said, whole=only) is None) is (message == leaning)


def test_the_surest_way_is_taken():
    message = "return the lamp and take the rug back and send me the invoice"
    ways = halves(message)
    assert len(ways) == 2
    returned = predicted(("return_item", 0.9), ("get_invoice", 0.1))
    weak = predicted(("get_invoice", 0.6), ("return_item", 0.4))
    predictions = {ways[0][0].text: returned, ways[0][1].text: weak, ways[1][0].text: returned}
    predictions[ways[1][1].text] = predicted(("get_invoice", 0.9), ("return_item", 0.1))
    assert found(message, predictions)[1] == ("get_invoice", "send me the invoice")


@given(
    st.lists(st.sampled_from(["and", "also", "; ", "? ", "is it", "cancel it now", " ", ",", "\n", "ü"]), max_size=40)
)
def test_halves_are_parts_of_the_message_in_order_and_few(words):
    message = " ".join(words)
    ways = halves(message)
    assert len(ways) <= MOST_HALVES
    for first, second in ways:
        assert message[first.start : first.end] == first.text and message[second.start : second.end] == second.text
        assert 0 <= first.start < first.end <= second.start < second.end


def test_most_of_the_set_aside_sentences_with_one_request_cost_no_further_pass():
    with SENTENCES.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    one, two = [row for row in rows if not row["second"]], [row for row in rows if row["second"]]
    assert (len(one), len(two)) == (80, 40)
    assert sum(bool(halves(row["text"])) for row in one) <= 20
    assert sum(bool(halves(row["text"])) for row in two) >= 34
