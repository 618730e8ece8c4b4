"""No training example names the person who wrote it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.review.masking import masked
from bot.shop.port import Customer

WILL = Customer(
    "C-1", "Will Thornton", "will.t@example.org", "+44 7700 900123", "14 Gartenweg, Leeds, LS1 4AP", False, date.min
)
SECRETS = ("will.t@example.org", "+44 7700 900123", "(0113) 496-0000", "HP-48213", "48213", "14 gartenweg", "LS1 4AP")


@pytest.mark.parametrize(
    ("text", "learned"),
    [
        ("where is HP-48213, size 38?", "where is HP-12345, size 38?"),
        ("cancel #10482 pls", "cancel #12345 pls"),
        ("my name is jane doe, I want 2 mugs", "my name is Alex Morgan, I want 2 mugs"),
        ("my name is wrong on the invoice", "my name is wrong on the invoice"),
        ("I'm Jane Doe and I am angry", "I'm Alex Morgan and I am angry"),
        ("send it to 5 Oak Lane, SW4 7AA please", "send it to 12 High Street, AB1 2CD please"),
        ("see https://shop.example/reset?token=abc", "see https://example.com"),
        ("will it come this week?", "will it come this week?"),
        ("will thornton here, again", "Alex Morgan here, again"),
        ("Thornton, as in the village in Leeds", "Morgan, as in the village in Anytown"),
    ],
)
def test_stand_ins_keep_the_wording(text, learned):
    assert masked(text, WILL) == learned


@given(
    st.lists(st.sampled_from([*SECRETS, "Will", "Thornton", "where is", "my parcel", "?", "7 mugs"]), max_size=8),
    st.sampled_from([" ", ", ", " - ", "\n"]),
)
def test_whatever_is_around_it_nothing_of_the_person_stays_and_masking_again_changes_nothing(parts, glue):
    text = masked(glue.join(parts), WILL)
    for secret in (*SECRETS, "Will", "Thornton"):
        assert secret.casefold() not in text.casefold()
    assert masked(text, WILL) == text


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text):
    assert isinstance(masked(text, WILL), str) and isinstance(masked(text), str)
