"""The training examples we ship: enough of them, with the right labels, and as varied as people are."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
SMALL_TALK = {"greet", "goodbye", "thanks", "affirm", "deny", "bot_challenge"}
INTENTS = [
    "cancel_order",
    "change_order",
    "change_shipping_address",
    "check_cancellation_fee",
    "check_invoice",
    "check_payment_methods",
    "check_refund_policy",
    "complaint",
    "contact_customer_service",
    "contact_human_agent",
    "create_account",
    "delete_account",
    "delivery_options",
    "delivery_period",
    "edit_account",
    "get_invoice",
    "get_refund",
    "newsletter_subscription",
    "payment_issue",
    "place_order",
    "recover_password",
    "registration_problems",
    "review",
    "set_up_shipping_address",
    "switch_account",
    "track_order",
    "track_refund",
    "return_item",
    "exchange_item",
    "damaged_item",
    "product_question",
    "check_stock",
    "recommend_product",
    "discount_code",
    "greet",
    "goodbye",
    "thanks",
    "affirm",
    "deny",
    "bot_challenge",
    "out_of_scope",
]
SENTIMENTS = ["negative", "neutral", "positive"]
SHOP_INTENTS = [intent for intent in INTENTS if intent not in SMALL_TALK]
LABELS = {"intents.csv": INTENTS, "sentiment.csv": SENTIMENTS}


def rows_of(name: str) -> list[list[str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def texts_of(name: str, label: str) -> list[str]:
    return [text for text, found in rows_of(name)[1:] if found == label]


def normalised(text: str) -> str:
    words = re.sub(r"\W+", " ", text.casefold()).strip()
    return words or text


@pytest.mark.parametrize("name", LABELS)
def test_every_row_has_a_text_and_a_label(name: str):
    header, *rows = rows_of(name)
    assert header == ["text", "label"]
    assert [row for row in rows if len(row) != 2 or not row[0].strip() or row[0] != row[0].strip()] == []


@pytest.mark.parametrize("name", LABELS)
def test_rows_are_grouped_by_label_in_one_fixed_order(name: str):
    assert list(dict.fromkeys(label for _, label in rows_of(name)[1:])) == LABELS[name]
    order = [LABELS[name].index(label) for _, label in rows_of(name)[1:]]
    assert order == sorted(order)


@pytest.mark.parametrize("name", LABELS)
def test_no_sentence_is_there_twice_under_the_same_or_another_label(name: str):
    counts = Counter(normalised(text) for text, _ in rows_of(name)[1:])
    assert [text for text, count in counts.items() if count > 1] == []


def test_each_intent_has_enough_examples():
    counts = Counter(label for _, label in rows_of("intents.csv")[1:])
    least = {intent: 60 if intent in SMALL_TALK else 65 for intent in INTENTS} | {"out_of_scope": 450}
    assert {intent: counts[intent] for intent in INTENTS if counts[intent] < least[intent]} == {}


def test_each_sentiment_has_enough_examples_and_none_outweighs_the_others():
    counts = Counter(label for _, label in rows_of("sentiment.csv")[1:])
    assert min(counts.values()) >= 290
    assert max(counts.values()) <= 1.2 * min(counts.values())


@pytest.mark.parametrize("intent", SHOP_INTENTS)
def test_examples_of_an_intent_start_in_many_ways(intent: str):
    first = Counter(normalised(text).split()[0] for text in texts_of("intents.csv", intent) if normalised(text).split())
    assert len(first) >= 0.35 * min(sum(first.values()), 100)
    assert first.most_common(1)[0][1] <= 0.25 * sum(first.values())


@pytest.mark.parametrize("intent", SHOP_INTENTS)
def test_examples_of_an_intent_are_short_and_long(intent: str):
    lengths = [len(text.split()) for text in texts_of("intents.csv", intent)]
    assert sum(length <= 4 for length in lengths) >= 5
    assert sum(length >= 12 for length in lengths) >= 5


@pytest.mark.parametrize("intent", SHOP_INTENTS)
def test_examples_of_an_intent_do_not_all_share_one_word(intent: str):
    texts = texts_of("intents.csv", intent)
    words = Counter(word for text in texts for word in set(normalised(text).split()) if len(word) > 3)
    assert words.most_common(1)[0][1] <= 0.75 * len(texts)
