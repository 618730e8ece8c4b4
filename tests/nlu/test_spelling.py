"""Slips are put right by the examples' words; what is already a word stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.spelling import Speller, words

TEXTS = ("where is my order", "cancel my order please", "order the lamp", "my lamp arrived, my order is late") * 3
SPELLER = Speller(words(TEXTS), known=["concert", "lame"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wheer is my ordet", "where is my order"),
        ("Canceo my irder!", "cancel my order!"),
        ("myorder", "my order"),
        ("plwasw arrivwd", "please arrived"),
        ("lame concert 12345 ab", "lame concert 12345 ab"),
        ("qqqqq disorder", "qqqqq disorder"),
    ],
)
def test_slips_are_put_right(typed, meant):
    assert SPELLER.correct(typed) == meant


@given(st.text())
def test_any_text_can_be_corrected_and_only_once(text):
    once = SPELLER.correct(text)
    assert SPELLER.correct(once) == once
    assert len(once) <= 2 * len(text) + 1


@given(st.lists(st.sampled_from(SPELLER.words)))
def test_the_examples_own_words_stay(known):
    assert SPELLER.correct(" ".join(known)) == " ".join(known)
