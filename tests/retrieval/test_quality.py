"""How well answers are found: the shop's own as they are served, an FAQ of another trade with the encoder alone; the
figures are floors a little below what was measured (docs/retrieval-experiments.md).

The files beside this one were written before anything was tuned and chose nothing, but `questions.csv`, `faqs/library`
and `faqs/hosting`, which the method was developed on.
"""

import csv
import os
from pathlib import Path

import bm25s
import numpy as np
import pytest

from bot.cli.retrieval import measure_queries
from bot.models import indexing, versions
from bot.settings import Settings
from nlu.encoder import Encoder
from retrieval.build import assemble
from retrieval.context import leans_on_the_turn_before, whole
from retrieval.evaluate import measure
from retrieval.lexical import words
from retrieval.search import QUESTION, Hit, Query, words_of
from retrieval.tables import read_faq, read_none, read_queries
from tests.stack import link_trained

ANSWERS = Path(__file__).parents[2] / "data" / "answers"
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def encoder(encoder_cache):
    return Encoder.load(cache=encoder_cache)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The shop's settings, with what `make setup` made."""
    var = tmp_path_factory.mktemp("served")
    link_trained(var)
    return Settings(var_dir=var, _env_file=None)


def assembled(folder, encoder):
    return assemble(read_faq(folder / "faq.csv"), encoder.encode, model=encoder.model, none=read_none(ANSWERS)[::6])


def searched(searcher, encoder, asked):
    """The vector of each question, and what it finds."""
    texts = [text for text, _ in asked]
    vectors = encoder.encode(texts)
    return vectors, [searcher.search(*pair, k=len(searcher.ids)) for pair in zip(texts, vectors, strict=True)]


def test_questions_in_other_words_find_their_answer_or_none(served):
    measures = measure_queries(served, None, HERE / "shop_questions.csv")
    assert measures["p_at_1"] >= 0.86
    assert measures["recall_at_5"] >= 0.96
    assert measures["abstain_precision"] >= 0.86
    assert measures["abstain_recall"] >= 0.92


@pytest.mark.parametrize(
    ("trade", "floor", "over_encoder", "over_words"),
    [("library", 0.58, 0.03, 0.25), ("hosting", 0.79, 0.1, 0.15), ("veterinary", 0.58, 0.07, 0.25)],
)
def test_an_faq_of_another_trade_is_searched_better_than_by_the_encoder_or_by_words_alone(
    encoder, trade, floor, over_encoder, over_words
):
    folder = HERE / "faqs" / trade
    searcher = assembled(folder, encoder)
    asked = read_queries(folder / "queries.csv", searcher.ids)
    vectors, found = searched(searcher, encoder, asked)
    ours = average_precision(found, asked)
    assert ours >= floor
    assert ours >= average_precision(by_encoder(searcher, vectors), asked) + over_encoder
    assert ours >= average_precision(by_words(searcher, [text for text, _ in asked]), asked) + over_words


def average_precision(found, asked):
    return measure(found, [right for _, right in asked])["map"]


def by_encoder(searcher, vectors):
    """By the nearest question of each answer, as the encoder compares them."""
    rows = searcher.index.rows
    questions = rows.numbers()[rows.kinds[rows.numbers()] == QUESTION]
    cosines = vectors @ searcher.index.nearest.vectors(questions).T
    scores = np.full((len(vectors), len(searcher.ids)), -1, dtype=np.float32)
    np.maximum.at(scores.T, searcher.owner[questions], cosines.T)
    return [ranked(searcher, row) for row in scores]


def by_words(searcher, texts):
    """By BM25 over stems, questions and answer of a template as one text."""
    bm25 = bm25s.BM25()
    bm25.index([words(words_of(template)) for template in searcher.templates], show_progress=False)
    known = [[word for word in words(text) if word in bm25.vocab_dict] for text in texts]
    return [ranked(searcher, bm25.get_scores(some) if some else np.zeros(len(searcher.ids))) for some in known]


def ranked(searcher, scores):
    return [Hit(searcher.ids[place], float(scores[place]), True) for place in np.argsort(-scores, kind="stable")]


def test_a_public_faq_is_searched_well(encoder):
    data = os.environ.get("SHOPKEEPER_DATA")
    if not data:
        pytest.skip("SHOPKEEPER_DATA is not set to the folder of evaluation data")
    folder = Path(data) / "stackfaq"
    searcher = assembled(folder, encoder)
    asked = read_queries(folder / "queries.csv", searcher.ids)[::4]
    _, found = searched(searcher, encoder, asked)
    assert average_precision(found, asked) >= 0.97


def test_a_short_question_is_found_with_the_one_before_it(served):
    searcher = indexing.load_searcher(served)
    reader = indexing.Reader.open(served, versions.in_use(served))
    with (HERE / "followups.csv").open(encoding="utf-8", newline="") as file:
        turns = [row for row in csv.DictReader(file) if row["faq_id"]]
    vectors = reader.questions(texts_of(turns), searcher.index.manifest)
    vector_of = dict(zip(texts_of(turns), vectors, strict=True))
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
