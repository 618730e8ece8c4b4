"""Search over small answers with a fake encoder: evidence, fusion, abstaining, building."""

from zlib import crc32

import numpy as np
import pytest

from retrieval.build import assemble, inputs_hash, is_current
from retrieval.errors import IndexRefused
from retrieval.evaluate import measure
from retrieval.lexical import Lexicon, words
from retrieval.search import Fusion, Hit, Searcher
from retrieval.templates import Template, load
from tests.retrieval.conftest import embed

NONE = ["do you sell houses", "what is the weather", "who won the match", "sing me a song", "book a flight"]
EVEN = Fusion(nearest=0.4, centre=0.3, lexical=0.2, intent=0.1, unanswered=0.3, threshold=0.3)


@pytest.fixture
def searcher(folder, fake):
    return assemble(load(folder), fake, model="fake", none=NONE, fusion=EVEN)


def ask(searcher, fake, text, intents=None, k=3):
    return searcher.search(text, fake([text])[0], intents, k=k)


def test_the_template_asked_for_comes_first_and_fits(searcher, fake):
    hits = ask(searcher, fake, "my candle wax smokes")
    assert hits[0].template_id == "candles"
    assert hits[0].fits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(isinstance(hit.score, float) and 0 <= hit.score <= 1 for hit in hits)


def test_nothing_fits_a_question_without_an_answer(searcher, fake):
    assert not ask(searcher, fake, "what is the weather")[0].fits
    assert not ask(searcher, fake, "xyzzy")[0].fits


def test_a_template_that_is_not_searchable_is_never_found(searcher, fake):
    assert "order_status" not in {hit.template_id for hit in ask(searcher, fake, "your order is", k=99)}


def test_an_intent_is_evidence(searcher, fake):
    text = "e-mail address to return a jacket"
    scores = {
        intent: {hit.template_id: hit.score for hit in ask(searcher, fake, text, {intent: 1.0})}
        for intent in ("return_item", "contact_customer_service")
    }
    assert scores["return_item"]["returns"] > scores["contact_customer_service"]["returns"]
    assert scores["return_item"]["contact"] < scores["contact_customer_service"]["contact"]


def test_the_nearness_of_an_unanswerable_question_is_taken_off(folder, fake):
    text = "do you sell houses or a candle"
    with_none = assemble(load(folder), fake, model="fake", none=NONE, fusion=EVEN)
    without = assemble(load(folder), fake, model="fake", fusion=EVEN)
    assert ask(with_none, fake, text)[0].score < ask(without, fake, text)[0].score


@pytest.mark.parametrize("text", ["", "?!", "🙂" * 50, "word " * 10_000, "\x00", "<b>'; DROP TABLE"])
def test_odd_questions_do_no_harm(searcher, fake, text):
    assert len(ask(searcher, fake, text)) == 3


def test_a_saved_search_is_the_same_search(folder, fake, tmp_path):
    made = assemble(load(folder), fake, model="fake", none=NONE)
    made.index.save(tmp_path / "i")
    loaded = Searcher.load(tmp_path / "i", load(folder), model="fake")
    assert loaded.fusion == made.fusion
    assert ask(loaded, fake, "candle") == ask(made, fake, "candle")


def test_changed_answers_refuse_the_old_index(folder, fake, tmp_path):
    assemble(load(folder), fake, model="fake", fusion=EVEN).index.save(tmp_path / "i")
    path = folder / "topic.yml"
    path.write_text(path.read_text().replace("candle wax", "candle soot"))
    with pytest.raises(IndexRefused, match="have changed since"):
        Searcher.load(tmp_path / "i", load(folder), model="fake")


def test_an_index_is_current_until_one_of_its_inputs_changes(folder, fake, tmp_path):
    templates = load(folder)
    assemble(templates, fake, model="fake", none=NONE, fusion=EVEN).index.save(tmp_path / "i")
    assert is_current(tmp_path / "i", inputs_hash(templates, model="fake", none=NONE))
    assert not is_current(tmp_path / "i", inputs_hash(templates, model="other", none=NONE))
    assert not is_current(tmp_path / "i", inputs_hash(templates, model="fake", none=NONE[1:]))
    assert not is_current(tmp_path / "i", inputs_hash(templates[1:], model="fake", none=NONE))
    assert not is_current(tmp_path / "nowhere", inputs_hash(templates, model="fake", none=NONE))


def test_nothing_searchable_cannot_be_indexed(fake):
    with pytest.raises(IndexRefused, match="nothing to index"):
        assemble([Template("a", ("x",), searchable=False)], fake, model="fake")


def test_tuning_weighs_and_measures_what_helps(folder, fake):
    made = assemble(load(folder), fake, model="fake", none=NONE)
    assert made.fusion.weights.sum() == pytest.approx(1)
    assert made.fusion.intent == 0
    assert 0 < made.fusion.threshold < 1
    assert made.index.manifest.metrics["n"] == 9 + len(NONE)


def test_a_classifier_that_knows_earns_weight(fake):
    asked = {name: tuple(f"{name}{n} {n} thing" for n in range(60)) for name in ("a", "b")}
    templates = [Template(name, ("yes",), questions, intents=(name,)) for name, questions in asked.items()]
    intents = {question: {name: 1.0} for name, questions in asked.items() for question in questions}
    made = assemble(templates, fake, model="fake", classify=lambda texts: [intents[text] for text in texts])
    assert made.fusion.intent > 0.1
    assert assemble(templates, fake, model="fake").fusion.intent == 0


def test_words_count_for_more_where_the_encoder_does_not_know_the_field():
    def asked_for(vectors):
        names = [f"zorb{n}" for n in range(30)]
        templates = [Template(name, (f"the {name} is here",), (f"where is {name}",)) for name in names]
        return assemble(templates, vectors, model="fake").fusion.lexical

    def blind(texts):
        vectors = np.stack([np.random.default_rng(crc32(text.encode())).normal(size=8) for text in texts])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    assert asked_for(blind) > asked_for(embed)


def test_words_are_lower_case_stems():
    assert words("The Customer's PARCELS, deliveries & glasses!") == ["the", "custom", "parcel", "deliveri", "glass"]


def test_a_typing_error_leaves_some_of_a_word():
    scores = Lexicon(["return a jacket", "candle wax"]).scores("jaket", np.arange(2))
    assert scores[0] > scores[1] == 0


def test_covering_the_whole_question_scores_more_than_a_part():
    lexicon = Lexicon(["return a jacket", "return policy", "candle wax"])
    scores = lexicon.scores("return a jacket", np.arange(3))
    assert scores[0] > scores[1] > scores[2] == 0
    assert scores.max() <= 1


def test_measures_are_the_standard_ones():
    def hits(*ids, fits):
        return [Hit(name, 0.5, fits) for name in ids]

    found = [
        hits("a", "b", fits=True),
        hits("b", "a", fits=True),
        hits("a", fits=False),
        hits("a", fits=False),
        hits("b", fits=True),
    ]
    assert measure(found, [["a"], ["a", "c"], ["a"], [], []]) == {
        "n": 5,
        "n_answered": 3,
        "n_abstained": 2,
        "map": 0.8333,
        "mrr": 0.8333,
        "p_at_1": 0.6667,
        "recall_at_5": 1.0,
        "abstain_precision": 0.5,
        "abstain_recall": 0.5,
    }
    assert measure([hits("a", fits=True)], [["a"]])["abstain_recall"] is None
