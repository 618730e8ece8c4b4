"""What the shop's own model makes of two requests in one message, and of emoji.

`two_requests.csv` and `emoji_messages.csv` are older than the code and chose nothing in it; by `leaning_requests.csv`
was chosen when a half that speaks of "it" counts.

Training is not the same to the last bit on every machine, and of forty sentences a model may well get one or two more
wrong than the one before. So a floor is not what was measured but what chance leaves of it: a model that is as good as
`floor` says stays above it in 999 of 1,000 cases (binomial), and one whose rule is gone falls below.
"""

import csv
from pathlib import Path

import pytest
from scipy.stats import binom

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


@pytest.mark.parametrize(
    ("file", "precision", "recall"), [("two_requests.csv", 0.97, 0.85), ("leaning_requests.csv", 0.85, 0.6)]
)
def test_two_requests_are_told_from_one(classifier, capsys, file, precision, recall):
    with (SETS / file).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    found = [both and [request.intent for request in both] for both in requests(classifier, [r["text"] for r in rows])]
    split = [row for both, row in zip(found, rows, strict=True) if both]
    two = [row for row in split if row["second"]]
    right = sum(both == [row["first"], row["second"]] for both, row in zip(found, rows, strict=True))
    asked = sum(bool(row["second"]) for row in rows)
    with capsys.disabled():
        print(f"\n{file}: precision {len(two)}/{len(split)}, recall {len(two)}/{asked}, intents right {right}/{asked}")
    assert len(two) >= floor(recall, asked) and len(two) >= floor(precision, len(split))


def requests(classifier, texts):
    ways = [halves(text) for text in texts]
    clauses = {clause.text for tried in ways for way in tried for clause in way}
    asked = list({*texts, *clauses})
    known = dict(zip(asked, predict(classifier, asked), strict=True))
    thresholds = classifier.config.thresholds
    return [
        two_requests(tried, known, thresholds, whole=known[text], aside=ASIDE)
        for tried, text in zip(ways, texts, strict=True)
    ]


def floor(rate, count):
    return binom.ppf(0.001, count, rate)


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
    assert right >= floor(0.97, len(rows))
