"""What the shop's own model makes of two requests in one message, and of emoji; both sets are older than the code."""

import csv
from pathlib import Path

import pytest

from bot.models import training
from bot.models.understand import ASIDE
from bot.settings import Settings
from nlu.classifier import Classifier
from nlu.clauses import halves, two_requests
from nlu.data import read
from nlu.errors import ModelRefused
from nlu.evaluate import predict
from nlu.parse import understand

SETS = Path(__file__).parents[1] / "nlu"


@pytest.fixture
def classifier():
    try:
        folder = training.model_folder(Settings(var_dir=Path(__file__).parents[2] / "var"))
        return Classifier.load(folder, device="cpu")
    except ModelRefused as refused:
        pytest.skip(refused.message)


def test_two_requests_are_told_from_one(classifier, capsys):
    with (SETS / "two_requests.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    ways = [halves(row["text"]) for row in rows]
    clauses = list({clause.text for tried in ways for way in tried for clause in way})
    known = dict(zip(clauses, predict(classifier, clauses), strict=True))
    found = [two_requests(tried, known, classifier.config.thresholds, aside=ASIDE) for tried in ways]
    two = [both for both, row in zip(found, rows, strict=True) if both and row["second"]]
    split = sum(both is not None for both in found)
    right = sum(
        both is not None and [request.intent for request in both] == [row["first"], row["second"]]
        for both, row in zip(found, rows, strict=True)
    )
    asked = sum(bool(row["second"]) for row in rows)
    with capsys.disabled():
        print(f"\ntwo requests: precision {len(two)}/{split}, recall {len(two)}/{asked}, intents right {right}/{asked}")
    assert len(two) >= 0.8 * asked and len(two) >= 0.9 * split


def test_emoji_show_the_mood(classifier, capsys):
    rows = read(SETS / "emoji_messages.csv")
    texts = [row.text for row in rows]
    parses = [
        understand(text, prediction, [], classifier.config.thresholds)
        for text, prediction in zip(texts, predict(classifier, texts), strict=True)
    ]
    right = sum(parse.sentiment_label == row.label for parse, row in zip(parses, rows, strict=True))
    with capsys.disabled():
        print(f"\nmoods of messages with emoji: {right}/{len(rows)} right")
    assert right >= 0.9 * len(rows)
