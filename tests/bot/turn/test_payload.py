"""Reading button payloads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turn import payload


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/affirm", ("affirm", {})),
        ('/track_order{"order_number": "1001"}', ("track_order", {"order_number": "1001"})),
        ("track_order", None),
        ("/track order", None),
        ("/x{not json}", None),
        ("/x[1]", None),
    ],
)
def test_an_intent_and_its_entities(text, expected):
    assert payload.read(text) == expected


def test_a_list_is_several_entities():
    parse = payload.parse("Those", "product_question", {"product": ["P1", "P2"]})
    assert [entity["value"] for entity in parse["entities"]] == ["P1", "P2"]
    assert payload.entity(parse, "product") == "P1" and payload.entity(parse, "date") is None


@given(st.text())
def test_any_text_is_read_or_is_none(text):
    found = payload.read(text)
    assert found is None or isinstance(found[1], dict)
