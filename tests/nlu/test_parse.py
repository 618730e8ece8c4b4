"""Predictions to one decided intent, in Rasa's format."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.parse import Entity, Prediction, Thresholds, understand

THRESHOLDS = Thresholds(out_of_scope=0.6, fallback=0.5, margin=0.1)
CALM = {"negative": 0.1, "neutral": 0.7, "positive": 0.2}


def predicted(*intents: tuple[str, float], oos: float = 0.1) -> Prediction:
    return Prediction(intents, CALM, oos)


@pytest.mark.parametrize(
    ("prediction", "intent"),
    [
        (predicted(("track_order", 0.9), ("greet", 0.1)), "track_order"),
        (predicted(("track_order", 0.9), ("greet", 0.1), oos=0.6), "out_of_scope"),
        (predicted(("track_order", 0.4), ("greet", 0.1)), "nlu_fallback"),
        (predicted(("track_order", 0.52), ("greet", 0.45)), "nlu_fallback"),
    ],
)
def test_thresholds_decide(prediction, intent):
    assert understand("where is it", prediction, [], THRESHOLDS).intent == intent


@pytest.mark.parametrize("text", ["", "   ", "?!", "📦📦", "\x00", "‏"])
def test_a_text_without_a_word_is_unclear_and_neutral(text):
    parse = understand(text, predicted(("track_order", 0.99), ("greet", 0.01)), [], THRESHOLDS)
    assert (parse.intent, parse.sentiment_label, parse.says_something) == ("nlu_fallback", "neutral", False)


def test_rasas_shape():
    ranking = tuple((f"intent_{number}", 0.3 - number / 100) for number in range(8))
    found = [Entity("order_number", "HP-10482", 6, 14)]
    rasa = understand("order HP-10482", predicted(*ranking), found, THRESHOLDS, model="m1").as_rasa()
    assert rasa["intent"]["name"] == "nlu_fallback"
    assert [entry["name"] for entry in rasa["intent_ranking"]] == [
        "nlu_fallback", "intent_0", "intent_1", "intent_2", "intent_3",
    ]  # fmt: skip
    assert rasa["entities"] == [{"entity": "order_number", "value": "HP-10482", "start": 6, "end": 14}]
    assert rasa["sentiment"] == {"label": "neutral", "scores": CALM}
    assert (rasa["text"], rasa["model"]) == ("order HP-10482", "m1")


@given(st.text(max_size=60), st.lists(st.floats(0.001, 1), min_size=1, max_size=9), st.floats(0, 1))
def test_any_prediction_gives_a_parse_that_json_can_carry(text, weights, oos):
    intents = tuple((f"i{n}", w / sum(weights)) for n, w in enumerate(sorted(weights, reverse=True)))
    rasa = understand(text, Prediction(intents, CALM, oos), [], THRESHOLDS).as_rasa()
    assert json.loads(json.dumps(rasa)) == rasa
    assert rasa["intent_ranking"][0] == rasa["intent"]
    assert len({entry["name"] for entry in rasa["intent_ranking"]}) == len(rasa["intent_ranking"]) <= 5
