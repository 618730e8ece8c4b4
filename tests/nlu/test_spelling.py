"""Slips are put right by what the examples say and how fingers slip; what may well be meant so stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.slips import log_chance
from nlu.spelling import Counts, Speller, count, load, save, whole_words

TEXTS = ("where is my order", "cancel my order please", "order the lamp", "my lamp arrived, my order is late") * 3
GENERAL = ("the", "lame", "concert", "later", "where", "order", "tray", "tea")
SPELLER = Speller(count(TEXTS), general=GENERAL)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wheer is my ordet", "where is my order"),
        ("Canceo my irder!", "cancel my order!"),
        ("cancel myorder", "cancel my order"),
        ("whereismy lamp", "where is my lamp"),
        ("plwasw arrivwd", "please arrived"),
        ("lame concert 12345 ab", "lame concert 12345 ab"),
        ("qqqqq zzzzz", "qqqqq zzzzz"),
        ("wo bleibt denn meine bestellung, kancel orderr", "wo bleibt denn meine bestellung, kancel orderr"),
        ("cancel ordet-12 of a@irder.com", "cancel ordet-12 of a@irder.com"),
    ],
)
def test_slips_are_put_right(typed, meant):
    assert SPELLER.correct(typed) == meant


def test_the_words_around_decide_between_two_that_are_as_near():
    speller = Speller(count(["the green coat", "the little boat", "green coat", "little boat"] * 3), general=())
    assert speller.correct("greem voat") == "green coat"
    assert speller.correct("littke voat") == "little boat"


def test_a_contraction_without_its_apostrophe_is_no_slip():
    speller = Speller(count(["it doesn't work", "where's the doe"] * 3), general=("does", "were"))
    assert speller.correct("it doesnt work, wheres the doe") == "it doesnt work, wheres the doe"


def test_a_word_that_the_language_has_may_be_meant_however_rare_it_is():
    general = [*(f"filler{number}" for number in range(13_000)), "oats"]
    texts = ["boats", *["the green harbour is a thing"] * 500]
    assert Speller(count(texts), general=general).correct("the gren oats") == "the green oats"
    assert Speller(count(texts), general=general[:-1]).correct("the gren oats") == "the green boats"


def test_a_key_beside_the_right_one_is_likelier_than_one_far_off_and_two_slips_than_three():
    assert log_chance("order", meant="order") == 0
    assert log_chance("irder", meant="order") > log_chance("zrder", meant="order")
    assert log_chance("rpder", meant="order") > log_chance("rpdet", meant="order")
    assert log_chance("odrer", meant="order") > log_chance("oprer", meant="order")


@given(st.text())
def test_any_text_can_be_corrected(text):
    assert len(SPELLER.correct(text)) <= 3 * len(text) + 3


@given(st.lists(st.sampled_from(sorted(word for word in SPELLER.counts.words if word))))
def test_the_examples_own_words_stay(known):
    assert SPELLER.correct(" ".join(known)) == " ".join(known)


def test_what_was_counted_comes_back_as_it_was_saved(tmp_path):
    save(SPELLER.counts, tmp_path)
    again = load(tmp_path, vocabulary={"##er": 3, "tea": 2, "lame": 1, "x": 4})
    assert again.counts == SPELLER.counts
    assert whole_words({"##er": 3, "tea": 2, "lame": 1, "x": 4}) == ["lame", "tea"]


def test_words_that_an_older_model_kept_without_numbers_are_familiar(tmp_path):
    (tmp_path / "words.txt").write_text("order\nlamp\n", encoding="utf-8")
    assert load(tmp_path, vocabulary={}).correct("the ordwr of a kamp") == "the order of a lamp"


def test_without_examples_nothing_is_put_right():
    assert Speller(Counts({}, {}), general=()).correct("anything gows") == "anything gows"
