"""Emoji: read in words for the mood, left out for the intent."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.classifier import Classifier
from nlu.emoji import has_words, plain, spelled
from nlu.parse import understand

MESSAGES = Path(__file__).with_name("emoji_messages.csv")


@pytest.mark.parametrize(
    ("text", "in_words", "left"),
    [
        ("😡", "angry", "angry"),
        ("😡😡 😡", "angry", "angry"),
        ("👍🏽", "yes, good", "yes, good"),
        ("it came ❤️ today", "it came love it today", "it came today"),
        ("late again🙄!", "late again annoyed !", "late again !"),
        ("🙏😊", "thank you  happy", "thank you  happy"),
        ("📦", "📦", "📦"),
        ("where is it?", "where is it?", "where is it?"),
    ],
)
def test_emoji_in_words_and_left_out(text, in_words, left):
    assert (spelled(text), plain(text)) == (in_words, left)


@given(st.text(max_size=30))
def test_any_text_can_be_read(text):
    assert spelled(spelled(text)) == spelled(text)
    assert has_words(text) == has_words(plain(text))


def test_an_emoji_does_not_move_the_intent_and_decides_the_mood(tiny_model):
    classifier = Classifier.load(tiny_model, device="cpu", exact=True)
    said, shown, felt = classifier.predict(
        ["cancel my lamp order", "cancel my lamp order 😡", "cancel my lamp order angry"]
    )
    assert dict(shown.intents) == pytest.approx(dict(said.intents)) and shown.oos_score == pytest.approx(said.oos_score)
    assert shown.sentiment == pytest.approx(felt.sentiment, abs=1e-4)


def test_an_emoji_alone_is_understood_as_its_words(tiny_model):
    classifier = Classifier.load(tiny_model, device="cpu", exact=True)
    shown, said = classifier.predict(["😡", "angry"])
    assert shown == said
    assert understand("😡", shown, [], classifier.config.thresholds).sentiment == shown.sentiment
    assert understand("📦", shown, [], classifier.config.thresholds).sentiment_label == "neutral"


def test_the_set_aside_messages_are_of_the_three_sentiments():
    with MESSAGES.open(encoding="utf-8") as stream:
        assert {row["label"] for row in csv.DictReader(stream)} == {"negative", "neutral", "positive"}
