"""Noise that a message survives: repeatable, of its kind only, and as much as was asked for."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.perturb import KINDS, NEIGHBOURS, perturb

TEXT = "Where is my order 48213? I have been waiting for two weeks now"
kinds = st.sampled_from(sorted(KINDS))
rates = st.floats(0, 1)


@given(st.text(max_size=80), kinds, rates, st.integers())
def test_the_same_generator_gives_the_same_text_and_a_text_stays_one(text, kind, rate, seed):
    noisy = perturb(text, kind, rate, Random(seed))
    assert noisy == perturb(text, kind, rate, Random(seed))
    assert bool(noisy.strip()) or not text.strip()


@given(st.text(max_size=80), kinds, st.integers())
def test_a_rate_of_nothing_changes_nothing(text, kind, seed):
    assert perturb(text, kind, 0.0, Random(seed)) == text


@given(st.integers())
def test_typing_beside_a_key_keeps_length_case_and_everything_that_is_no_letter(seed):
    noisy = perturb(TEXT, "keyboard", 1.0, Random(seed))
    assert len(noisy) == len(TEXT)
    for before, after in zip(TEXT, noisy, strict=True):
        if before.isalpha():
            assert after.lower() in NEIGHBOURS[before.lower()] and after.isupper() == before.isupper()
        else:
            assert after == before


def test_neighbours_are_those_of_a_keyboard_and_mutual():
    assert (
        set(NEIGHBOURS["g"]) == set("fhtyvb") and set(NEIGHBOURS["q"]) == set("wa") and set(NEIGHBOURS["p"]) == {*"ol"}
    )
    assert all(key in NEIGHBOURS[other] and other != key for key, others in NEIGHBOURS.items() for other in others)


@given(rates, st.integers())
def test_dropped_letters_and_spaces_leave_the_rest_in_order(rate, seed):
    for kind in ("dropped", "spaces"):
        left = iter(TEXT)
        assert all(letter in left for letter in perturb(TEXT, kind, rate, Random(seed)))
    assert perturb(TEXT, "spaces", 1.0, Random(seed)) == TEXT.replace(" ", "")


def test_a_rate_of_one_meets_every_word():
    assert perturb(TEXT, "upper", 1.0, Random(1)) == TEXT.upper()
    assert perturb(TEXT, "lower", 1.0, Random(1)) == TEXT.lower()
    assert perturb("cancel it", "repeated", 1.0, Random(1)) == "cancel cancel it it"


@pytest.mark.parametrize("kind", ["emoji", "greeting"])
def test_what_people_put_around_a_message_leaves_it_whole(kind):
    noisy = perturb(TEXT, kind, 1.0, Random(1))
    assert TEXT in noisy and noisy != TEXT


@pytest.mark.parametrize("kind", ["keyboard", "dropped"])
def test_the_rate_is_the_share_of_letters(kind):
    text = "abcdefghij" * 1000
    noisy = perturb(text, kind, 0.1, Random(1))
    changed = (
        len(text) - len(noisy) + sum(one != other for one, other in zip(text, noisy, strict=False) if kind != "dropped")
    )
    assert 900 < changed < 1100
