"""The messages that are labelled by hand: their labels are the shop's, and what they point at is there."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from nlu.data import Example, read
from tests.bench.nlu.data import LABELLED, ROOT, load, set_aside

INTENTS = ROOT / "data" / "intents.csv"


@pytest.fixture(scope="module")
def own():
    return read(INTENTS)


@pytest.fixture(scope="module")
def labelled():
    with (LABELLED / "multidogo_labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_live_queries_have_every_label_and_no_text_that_the_shop_trains_on(own):
    live = read(LABELLED / "live_queries.csv", labels={example.label for example in own})
    assert {example.label for example in live} == {example.label for example in own}
    assert not {example.text.lower() for example in live} & {example.text.lower() for example in own}
    assert len({example.text for example in live}) == len(live) >= 150


def test_multidogo_labels_are_the_shops_and_each_phrase_has_one_row(own, labelled):
    known = {example.label for example in own}
    assert all(row["label"] in known and row["also"] in {"", *known} - {row["label"]} for row in labelled)
    assert max(Counter((row["file"], row["utterance"]) for row in labelled).values()) == 1
    assert len(labelled) >= 200


def test_every_multidogo_phrase_is_found(labelled):
    folder = Path(os.environ.get("SHOPKEEPER_DATA", "missing"))
    if not (folder / "multidogo").is_dir():
        pytest.skip("needs the multidogo files: set SHOPKEEPER_DATA to the evaluation data")
    phrases = load("own", folder, seed=1).tests["multidogo"]
    assert len(phrases) == sum(not row["also"] for row in labelled)
    assert all(phrase.text.strip() for phrase in phrases)


def test_what_is_set_aside_has_every_label_and_no_near_duplicate_of_what_is_learnt(own):
    learnt, aside = set_aside(own)
    assert {example.label for example in aside} == {example.label for example in learnt}
    assert len(learnt) + len(aside) == len(set(own)) and 0.15 < len(aside) / len(own) < 0.25
    some = own[::6]
    expected = set_aside(some)[1]
    assert set_aside(some[::-1])[1] == expected[::-1]
    repeated = [Example(f"{example.text}!", example.label) for example in expected]
    assert set(repeated) <= set(set_aside([*some, *repeated])[1])
