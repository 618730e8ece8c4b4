"""How often the shop's own model tells two requests from one: 120 sentences written before anything was tuned."""

import csv
from pathlib import Path

import pytest

from bot.models import training
from bot.models.understand import ASIDE
from bot.settings import Settings
from nlu.classifier import Classifier
from nlu.clauses import halves, two_requests
from nlu.errors import ModelRefused
from nlu.evaluate import predict

SENTENCES = Path(__file__).parents[1] / "nlu" / "two_requests.csv"


@pytest.fixture
def classifier():
    try:
        folder = training.model_folder(Settings(var_dir=Path(__file__).parents[2] / "var"))
        return Classifier.load(folder, device="cpu")
    except ModelRefused as refused:
        pytest.skip(refused.message)


def test_precision_and_recall(classifier, capsys):
    with SENTENCES.open(encoding="utf-8") as stream:
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
