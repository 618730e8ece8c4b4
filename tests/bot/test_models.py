"""Understanding a message: both encoders, entities and search in one parse, here and over HTTP."""

import asyncio
import json

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from bot.errors import Unavailable
from bot.gateway import rendering
from bot.models.local import LocalModels
from bot.models.port import DRAFT, Before
from bot.models.remote import HttpModels
from bot.models.routes import router
from nlu.batching import MOST_WAITING
from nlu.classifier import Config
from nlu.entities import EntityFinder
from nlu.parse import Prediction, Thresholds
from nlu.scope import Scope
from retrieval.build import assemble
from retrieval.search import Fusion
from retrieval.templates import Slot, Template

WORDS = ("order", "cancel", "track", "gift", "wrap", "vouchers", "moon")
KEY = "an internal key"
CALM = {"negative": 0.1, "neutral": 0.8, "positive": 0.1}
TEMPLATES = [
    Template("gift_wrap", wordings=("We wrap gifts.",), questions=("do you gift wrap",)),
    Template("track_order", wordings=("Track the order here.",), questions=("track order",), intents=("track_order",)),
]


class CountingEncoder:
    """One dimension a word; counts passes."""

    model = "words"

    def __init__(self):
        self.texts = []

    def encode(self, texts):
        self.texts += texts
        vectors = np.array([[1e-3] + [float(word in text.lower()) for word in WORDS] for text in texts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class CountingClassifier:
    """Sure of an intent when its word is there, far out of scope otherwise; counts passes."""

    config = Config(
        model="nlu-test",
        labels=("cancel_order", "track_order"),
        sentiments=tuple(CALM),
        temperature=1.0,
        sentiment_temperature=1.0,
        thresholds=Thresholds(out_of_scope=0.7, fallback=0.5, margin=0.1),
        base_model="words",
        data_hash="",
        seed=1,
        metrics={},
        scope=Scope(),
        neighbours=(1, 1),
    )

    def __init__(self):
        self.texts = []

    def predict(self, texts):
        if any("explode" in text for text in texts):
            raise ValueError("boom")
        self.texts += texts
        return [self._one(text) for text in texts]

    def _one(self, text):
        best = "cancel_order" if "cancel" in text else "track_order"
        other = {"cancel_order": "track_order", "track_order": "cancel_order"}[best]
        known = "cancel" in text or "track" in text
        return Prediction(((best, 0.9), (other, 0.1)), CALM, 0.1 if known else 0.9)


@pytest.fixture
async def models():
    encoder = CountingEncoder()
    fusion = Fusion(nearest=1, centre=0, lexical=0, intent=0, unanswered=0, threshold=0.9)
    searcher = assemble(TEMPLATES, encoder.encode, model="words", fusion=fusion)
    encoder.texts.clear()
    classifier = CountingClassifier()
    found = LocalModels(classifier, encoder, searcher, EntityFinder([("p1", "Oak Table")]), limit=200)
    found.asked = (encoder.texts, classifier.texts)
    yield found
    await found.close()


async def test_a_parse_has_all_parts_and_only_plain_numbers(models):
    parse = await models.parse("track order HP-10482 of the oak table")
    assert parse["intent"] == {"name": "track_order", "confidence": 0.9}
    assert [(found["entity"], found["value"]) for found in parse["entities"]] == [
        ("order_number", "HP-10482"), ("product", "p1"),
    ]  # fmt: skip
    assert parse["sentiment"]["label"] == "neutral" and parse["model"] == "nlu-test"
    selected = parse["response_selector"]["default"]
    assert selected["response"]["intent_response_key"] == "track_order"
    assert [hit["intent_response_key"] for hit in selected["ranking"]] == ["track_order", "gift_wrap"]
    assert json.loads(json.dumps(parse)) == parse


async def test_search_that_is_sure_turns_an_abstention_into_faq(models):
    parse = await models.parse("gift wrap")
    assert parse["intent"]["name"] == "faq" == parse["intent_ranking"][0]["name"]
    assert parse["response_selector"]["default"]["response"]["intent_response_key"] == "gift_wrap"


async def test_search_that_is_unsure_leaves_it_out_of_scope(models):
    parse = await models.parse("a trip to the moon")
    assert parse["intent"]["name"] == "out_of_scope"
    assert parse["response_selector"]["default"]["response"] is None


@pytest.mark.parametrize("text", ["", "🙂", "\x00", "?!", "\ud800", "<b>'; DROP TABLE x;--</b>", "שלום", "a" * 100_000])
async def test_strange_messages_do_no_harm(models, text):
    parse = await models.parse(text)
    assert parse["intent"]["name"] in ("nlu_fallback", "out_of_scope") and len(parse["text"]) <= 200


async def test_exactly_one_pass_of_each_encoder_a_message(models):
    texts = [f"track order {number}" for number in range(20)]
    parses = await asyncio.gather(*(models.parse(text) for text in texts))
    assert [parse["text"] for parse in parses] == texts
    assert [sorted(asked) for asked in models.asked] == [sorted(texts), sorted(texts)]
    loads = models.loads()
    assert {load.messages for load in loads.values()} == {20} and {load.depth for load in loads.values()} == {0}


async def test_a_question_that_leans_on_the_one_before_is_searched_for_with_it(models):
    before = Before("how do I wrap a gift", "track_order")
    parse = await models.parse("and how?", before=before)
    assert parse["text"] == "and how?"
    assert sorted(models.asked[0]) == ["and how?", "how do I wrap a gift and how?"]
    assert parse["response_selector"]["default"]["ranking"][0]["intent_response_key"] == "gift_wrap"


async def test_a_message_that_stands_for_itself_costs_one_pass_whatever_came_before(models):
    await models.parse("please track my order HP-10482 from last week", before=Before("gift wrap", "gift_wrap"))
    assert len(models.asked[0]) == 1


async def test_two_requests_are_both_in_the_parse_each_with_its_own_words_entities_and_answers(models):
    parse = await models.parse("please cancel HP-10481 and track order HP-10482")
    first, second = parse["intents"]
    assert (first["name"], first["text"]) == ("cancel_order", "please cancel HP-10481")
    assert (second["name"], second["text"]) == ("track_order", "track order HP-10482")
    assert parse["intent"] == {"name": "cancel_order", "confidence": 0.9} == parse["intent_ranking"][0]
    assert [found["value"] for found in parse["entities"]] == ["HP-10481", "HP-10482"]
    assert [found["value"] for found in second["entities"]] == ["HP-10482", "HP-10481"]
    assert second["response_selector"]["default"]["response"]["intent_response_key"] == "track_order"
    assert parse["response_selector"]["default"]["response"] is None
    assert json.loads(json.dumps(parse)) == parse


async def test_only_a_message_with_two_wishes_costs_more_than_one_pass(models):
    texts = ["track the red and blue lamp", "cancel it and do it quickly please", "cancel this and track my order"]
    parses = [await models.parse(text) for text in texts]
    assert ["intents" in parse for parse in parses] == [False, False, True]
    encoded, classified = models.asked
    assert encoded == [*texts, "cancel this", "track my order"]
    assert sorted(classified) == sorted([*texts, "cancel it", "do it quickly please", "cancel this", "track my order"])


async def test_a_draft_is_rehearsed_and_nothing_of_it_stays(models):
    draft = Template("moon_trips", wordings=("Not to the moon.",), questions=("a trip to the moon",))
    texts = ["to the moon", "gift wrap please", "where is it"]
    moon, gift, nothing = await models.rehearse(texts, draft)
    assert (moon.after.template_id, moon.after.fits, moon.before.fits) == (DRAFT, True, False)
    assert gift.before == gift.after and gift.after.template_id == "gift_wrap" and gift.after.fits
    assert not nothing.after.fits
    again = await models.rehearse(texts, None)
    assert [one.after for one in again] == [one.before for one in again] == [moon.before, gift.before, nothing.before]
    assert (await models.parse("to the moon"))["response_selector"]["default"]["response"] is None


async def test_texts_are_embedded_as_the_answers_are(models):
    vectors = await models.embed([f"track order {number}" for number in range(40)])
    assert vectors.shape == (40, len(WORDS) + 1)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1) and np.allclose(vectors[0], vectors[39])


async def test_over_http_batch_work_is_the_same(models):
    remote = HttpModels("http://models", key=KEY, transport=door(models))
    draft = Template(
        "moon_trips",
        wordings=("Call {phone}.",),
        questions=("a trip to the moon",),
        slots={"phone": Slot("phone", "text", "123")},
    )
    for asked in (draft, None):
        assert await remote.rehearse(["to the moon", "x"], asked) == await models.rehearse(["to the moon", "x"], asked)
    assert np.allclose(await remote.embed(["gift", "moon \ud800"]), await models.embed(["gift", "moon ?"]))
    await remote.close()
    stranger = HttpModels("http://models", key="wrong", transport=door(models))
    for asked in (stranger.embed(["x"]), stranger.rehearse(["x"], None)):
        with pytest.raises(Unavailable):
            await asked
    await stranger.close()


async def test_an_error_reaches_its_caller_and_the_next_message_is_fine(models):
    with pytest.raises(ValueError, match="boom"):
        await models.parse("explode")
    assert (await models.parse("cancel order"))["intent"]["name"] == "cancel_order"


async def test_too_many_messages_at_once_are_refused_as_unavailable_and_the_others_answered(models):
    texts = [f"track order {number}" for number in range(MOST_WAITING + 100)]
    outcomes = await asyncio.gather(*(models.parse(text) for text in texts), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    answered = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    assert 1 <= len(refused) <= 101 and len(refused) + len(answered) == len(texts)
    assert (await models.parse("track order"))["intent"]["name"] == "track_order"


def door(models):
    app = FastAPI()
    rendering.install(app)
    app.include_router(router(models, key=KEY))
    return httpx.ASGITransport(app)


async def test_over_http_it_is_the_same_parse(models):
    remote = HttpModels("http://models", key=KEY, transport=door(models))
    assert await remote.parse("track order \ud800") == await models.parse("track order ?")
    await remote.close()


async def test_the_internal_door_wants_the_key_in_header_or_rasas_token(models):
    async with httpx.AsyncClient(transport=door(models), base_url="http://models") as client:
        asked = {"text": "track order", "message_id": "m1"}
        for refused in ({}, {"X-Internal-Key": "guess"}, {"X-Internal-Key": "gu\u00e9ss".encode()}):
            assert (await client.post("/model/parse", json=asked, headers=refused)).status_code == 401
        assert (await client.post("/model/parse", json=asked | {"token": "guess"})).status_code == 401
        answer = await client.post("/model/parse", json=asked | {"token": KEY})
        assert answer.status_code == 200 and answer.json()["intent"]["name"] == "track_order"


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: httpx.Response(500),
        lambda request: httpx.Response(200, text="<html>"),
        lambda request: httpx.Response(200, json=[]),
        lambda request: (_ for _ in ()).throw(httpx.ReadTimeout("late")),
        lambda request: (_ for _ in ()).throw(httpx.ConnectError("gone")),
    ],
)
async def test_a_service_that_does_not_answer_is_unavailable(answer):
    remote = HttpModels("http://models", key=KEY, transport=httpx.MockTransport(answer))
    with pytest.raises(Unavailable):
        await remote.parse("hello")
    await remote.close()
