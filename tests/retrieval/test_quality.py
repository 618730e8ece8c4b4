"""How well answers are found, with the real encoder and no classifier; the figures are floors a little below what was
measured (docs/retrieval-experiments.md).

The files beside this one were written before anything was tuned and chose nothing, but `questions.csv`, `faqs/library`
and `faqs/hosting`, which the method was developed on.
"""

import csv
import os
from pathlib import Path

import pytest

from nlu.encoder import Encoder
from retrieval.build import assemble
from retrieval.context import leans_on_the_turn_before, whole
from retrieval.evaluate import measure
from retrieval.search import Query
from retrieval.tables import read_faq, read_none, read_queries
from retrieval.templates import load

ANSWERS = Path(__file__).parents[2] / "data" / "answers"
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def encoder(encoder_cache):
    return Encoder.load(cache=encoder_cache)


@pytest.fixture(scope="module")
def searcher(encoder):
    return assemble(load(ANSWERS), encoder.encode, model=encoder.model, none=read_none(ANSWERS))


def measured(searcher, encoder, queries):
    asked = read_queries(queries, searcher.ids)
    vectors = encoder.encode([text for text, _ in asked])
    found = [
        searcher.search(text, vector, k=len(searcher.ids)) for (text, _), vector in zip(asked, vectors, strict=True)
    ]
    return measure(found, [right for _, right in asked])


def measured_faq(folder, encoder, queries=None):
    searcher = assemble(read_faq(folder / "faq.csv"), encoder.encode, model=encoder.model, none=read_none(ANSWERS)[::6])
    return measured(searcher, encoder, queries or folder / "queries.csv")


def test_questions_in_other_words_find_their_answer_or_none(searcher, encoder):
    measures = measured(searcher, encoder, HERE / "shop_questions.csv")
    assert measures["p_at_1"] >= 0.81
    assert measures["recall_at_5"] >= 0.95
    assert measures["abstain_precision"] >= 0.78
    assert measures["abstain_recall"] >= 0.85


@pytest.mark.parametrize(("trade", "floor"), [("library", 0.58), ("hosting", 0.79), ("veterinary", 0.58)])
def test_an_faq_of_another_trade_is_searched_though_its_queries_share_few_words(encoder, trade, floor):
    assert measured_faq(HERE / "faqs" / trade, encoder)["map"] >= floor


def test_a_public_faq_is_searched_well(encoder):
    data = os.environ.get("SHOPKEEPER_DATA")
    if not data:
        pytest.skip("SHOPKEEPER_DATA is not set to the folder of evaluation data")
    assert measured_faq(Path(data) / "stackfaq", encoder)["map"] >= 0.97


def test_a_short_question_is_found_with_the_one_before_it(searcher, encoder):
    with (HERE / "followups.csv").open(encoding="utf-8", newline="") as file:
        turns = [row for row in csv.DictReader(file) if row["faq_id"]]
    vector_of = dict(zip(texts_of(turns), encoder.encode(texts_of(turns)), strict=True))
    right = 0
    for row in turns:
        text, both = row["query"], whole(row["previous"], row["query"])
        leans = leans_on_the_turn_before(text)
        context = {"whole": Query(both, vector_of[both]), "shown": row["shown"]} if leans else {}
        hits = searcher.search(text, vector_of[text], **context)
        right += hits[0].template_id in row["faq_id"].split("|")
    assert right / len(turns) >= 0.88


def texts_of(turns):
    return [text for row in turns for text in (row["query"], whole(row["previous"], row["query"]))]
