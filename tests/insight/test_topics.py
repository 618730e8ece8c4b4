"""What customers write of and how they feel, by week: real reviews, a planted fall, and silence where there is none."""

import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from insight import segments
from insight.refresh import STEPS, refresh
from insight.tables import EventRow, WeekRow
from insight.topics import changes, finding
from insight.topics.step import read
from insight.topics.words import telling_words
from tests.insight.story import NOON, event, order, record

MONDAY = date(2026, 3, 2)
NOW = NOON + timedelta(days=9)  # Tuesday, 10 March: the last whole week began on 2 March
WANTED = ("profiles", "texts", "segments", "topics")


@pytest.fixture(scope="session")
def clothes():
    """Real reviews of clothes: text, stars, product and kind of product, in an order that says nothing."""
    file = Path(os.environ.get("SHOPKEEPER_DATA", "missing")) / "womens_clothing" / "reviews.csv"
    if not file.is_file():
        pytest.skip("needs the reviews of clothes: set SHOPKEEPER_DATA to the evaluation data")
    rows = pd.read_csv(file, nrows=6_000).dropna(subset=["Review Text", "Department Name"])
    return pd.DataFrame(
        {
            "text": rows["Review Text"],
            "level": rows["Rating"],
            "product": rows["Clothing ID"].astype(str),
            "category": rows["Department Name"],
        }
    ).sample(frac=1.0, random_state=3, ignore_index=True)


def weekly(reviews, weeks):
    """The roll-up of reviews that were written in these weeks (0 is the last one)."""
    told = reviews.assign(all="all", topic="", week=[MONDAY - timedelta(weeks=int(back)) for back in weeks])
    every = pd.concat([told.assign(by=by, key=told[by]) for by in ("all", "product", "category")])
    levels = {f"level_{level}": (every["level"] == level).astype(int) for level in range(1, 6)}
    counted = every[["by", "key", "topic", "week"]].assign(statements=1, reviews=1, **levels)
    return counted.groupby(["by", "key", "topic", "week"], as_index=False).sum()


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_weeks_of_real_reviews_change_nothing(clothes, seed):
    weeks = np.random.default_rng(seed).integers(0, 9, len(clothes))
    assert changes.find(weekly(clothes, weeks), MONDAY) == []


def test_a_planted_fall_of_a_real_product_is_found_and_nothing_else_of_products(clothes):
    weeks = np.random.default_rng(1).integers(0, 9, len(clothes))
    worse = clothes.copy()
    most = clothes["product"].value_counts().index[0]
    fallen = (clothes["product"] == most) & (weeks == 0)
    worse.loc[fallen, "level"] = (clothes.loc[fallen, "level"] - 2).clip(lower=1)
    found = [one for one in changes.find(weekly(worse, weeks), MONDAY) if one.by == "product"]
    assert [(one.what, one.key) for one in found] == [("mood", most)]
    assert found[0].now < found[0].before and found[0].statements == int(fallen.sum())


def letters(texts):
    """Latent semantic analysis stands for an encoder."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    counted = TfidfVectorizer(stop_words="english", min_df=5, sublinear_tf=True).fit_transform(texts)
    found = TruncatedSVD(50, random_state=0).fit_transform(counted)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def test_topics_of_real_reviews_have_words_of_their_own(clothes):
    some = clothes.head(1_200).assign(intent=None, person_id=[f"c{n}" for n in range(1_200)])
    topics, names = finding.find(some, letters(list(some["text"])))
    assert len(topics) >= 10 and (names != "").mean() > 0.95
    words = {word for topic in topics for phrase in topic.words for word in phrase.split()}
    assert {"small", "fabric", "fit", "jeans"} <= words
    assert max(topic.texts for topic in topics) < 400


def test_without_an_encoder_a_topic_is_an_intent():
    texts = pd.DataFrame(
        {
            "text": ["where is my parcel", "where is the parcel", "my parcel please", "too small for me"],
            "intent": ["track_order"] * 3 + [None],
            "person_id": list("abcd"),
            "category": None,
        }
    )
    [topic], names = finding.find(texts, None)
    assert (topic.name, topic.words, topic.texts) == ("track order", ("parcel",), 3)
    assert list(names) == ["track order"] * 3 + [""]


def test_words_that_one_person_uses_are_not_told():
    texts = ["call Annabel about the lamp", "Annabel wants a lamp", "a lamp for Annabel", "a rug", "a rug", "a rug"]
    found = telling_words(texts, [0, 0, 0, 1, 1, 1], ["ann", "ann", "bob", "c", "d", "e"])
    assert found == {0: (), 1: ("rug",)}


def reviewed(number, days, stars, product="l1"):
    told = {"product_id": product, "category": "Lighting", "rating": stars, "review_body": "a lamp"}
    return event("Product Reviewed", days=days, person=f"c{number}", **told)


def said(number, days, score, intent="track_order"):
    place = {"days": days, "person": f"c{number}", "talk": f"k{number}", "seq": 1}
    scores = {"positive": max(0.0, score), "negative": max(0.0, -score)}
    about = {"products": [{"product_id": "l1", "category": "Lighting"}]}
    yield event("Live Chat Message Sent", text="the lamp is too small", **place)
    yield event("Message Parsed", intent=intent, sentiment_scores=scores, **about, **place)


@pytest.fixture
def lamp_falls(database):
    """A lamp that was liked for weeks and is not in the last one, by customers who are in a segment."""
    with database.writing() as session:
        segments.save(session, "buyers", name="Buyers", rule={"field": "orders", "is": ">=", "value": 1})
    record(database, *(order(f"o{n}", "l1", days=-60, person=f"c{n}") for n in range(12)))
    record(database, *(reviewed(n, -50 + n, 5 - n % 2) for n in range(40)))
    record(database, *(one for n in range(12) for one in said(n, 2 + n / 4, -0.9, "return_item")))
    record(database, *(one for n in range(50, 70) for one in said(n, -20 + n / 10, 0.5)))
    steps = [step for step in STEPS if step.name in WANTED]
    refresh(database.reading, database.writing, now=NOW, steps=steps)
    return database


def test_a_refresh_rolls_up_what_was_said_and_records_what_fell(lamp_falls):
    with lamp_falls.reading() as session:
        found = read(session)
        week = session.get(WeekRow, ("product", "l1", "", MONDAY))
        told = session.scalars(select(EventRow).where(EventRow.name == "Change Found")).all()
    assert (week.statements, week.reviews, week.level_1) == (12, 0, 12)
    moods = {one.by: one for one in found.changes if one.what == "mood"}
    assert (moods["product"].now, moods["product"].statements, moods["product"].earlier) == (-1.0, 12, 60)
    topics = {(one.by, one.topic) for one in found.changes if one.what == "topic"}
    assert ("product", "return item") in topics and ("product", "track order") not in topics
    fallen = next(one for one in told if one.properties["what"] == "mood" and one.properties["by"] == "product")
    assert set(fallen.properties["conversations"]) == {f"k{n}" for n in range(12)}
    assert fallen.occurred_at.date() == MONDAY + timedelta(days=6) and fallen.customer_id is None


def test_a_change_is_recorded_once_however_often_it_is_found(lamp_falls):
    steps = [step for step in STEPS if step.name in WANTED]
    before = names(lamp_falls)
    refresh(lamp_falls.reading, lamp_falls.writing, now=NOW + timedelta(hours=5), steps=steps)
    assert names(lamp_falls) == before and before


def names(database):
    with database.reading() as session:
        return sorted(session.scalars(select(EventRow.message_id).where(EventRow.name == "Change Found")))
