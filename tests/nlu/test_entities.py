"""Entities by rule and catalogue: exact values, honest spans, no overlaps."""

import time
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import EntityFinder

TODAY = date(2025, 11, 22)  # a Saturday
PRODUCTS = [
    ("p1", "Oak Dining Table"),
    ("p2", "Walnut Bread Board"),
    ("p3", "Harbour Lantern"),
    ("p4", "Travel Mug"),
    ("p5", "Linen Apron"),
    ("p6", "Café Press"),
    ("p7", "Pine Side Table"),
]
FINDER = EntityFinder(PRODUCTS, today=lambda: TODAY)


def found(text: str, kind: str) -> list[object]:
    return [entity.value for entity in FINDER.find(text) if entity.entity == kind]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("HP-10482", ["HP-10482"]),
        ("where is hp10482?", ["HP-10482"]),
        ("HP 10482 is late", ["HP-10482"]),
        ("#10482 please", ["10482"]),
        ("order 10482", ["10482"]),
        ("my order number is: 536365.", ["536365"]),
        ("order no. 10484 and #10483", ["10484", "10483"]),
        ("536365", ["536365"]),
        ("C536365 was cancelled", ["C536365"]),
        ("order from 2024", []),
        ("call me on +44 20 7946 0958", []),
        ("card 4242424242424242", []),
        ("my number is 07700 900123", []),
        ("i paid £12345", []),
    ],
)
def test_order_numbers(text, values):
    assert found(text, "order_number") == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("is the oak table in stock", ["p1"]),
        ("the oak dining tables broke", ["p1"]),
        ("a HARBOUR LANTERN'S glass", ["p3"]),
        ("three linnen aprons", ["p5"]),
        ("is the cafe press dishwasher safe", ["p6"]),
        ("walnut bord or those lanterns", ["p2", "p3"]),
        ("the pine side table and the oak dining table", ["p7", "p1"]),
        ("do you have a table", []),
        ("i want to travel tomorrow", []),
        ("i would like to return my order and get a refund", []),
        ("the lantern is cracked", ["p3"]),
        ("a lantern for every ship", []),
        ("lantern?", ["p3"]),
    ],
)
def test_products(text, values):
    assert sorted(found(text, "product")) == sorted(values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2025-05-03", ["2025-05-03"]),
        ("on 03/05/2024", ["2024-05-03"]),
        ("on 25.12.24", ["2024-12-25"]),
        ("3rd of May", ["2025-05-03"]),
        ("May 3rd, 2024", ["2024-05-03"]),
        ("due 1 december", ["2025-12-01"]),
        ("yesterday", ["2025-11-21"]),
        ("the day after tomorrow", ["2025-11-24"]),
        ("last tuesday", ["2025-11-18"]),
        ("it came on monday", ["2025-11-17"]),
        ("by friday", ["2025-11-28"]),
        ("two weeks ago", ["2025-11-08"]),
        ("in 3 days", ["2025-11-25"]),
        ("last week", ["2025-11-15"]),
        ("may i return it", []),
        ("31/02/2024 or 99/99/2020", []),
        ("on the 29 february", ["2024-02-29"]),
    ],
)
def test_dates(text, values):
    assert found(text, "date") == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("£12.50", [12.5]),
        ("$ 1,299.00 or 1.299,00 €", [1299.0, 1299.0]),
        ("12,50 euros", [12.5]),
        ("20 quid and 99 pence", [20.0, 0.99]),
        ("EUR 30", [30.0]),
        ("30 days", []),
    ],
)
def test_amounts(text, values):
    assert found(text, "amount") == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2 lamps", [2]),
        ("x3 please", [3]),
        ("qty: 4", [4]),
        ("change it to twelve", [12]),
        ("2", [2]),
        ("one of them broke", [1]),
        ("five linen aprons", [5]),
        ("the one i ordered", []),
        ("no one answers", []),
        ("it took 3 weeks at 5 pm", []),
        ("size 8", []),
        ("to 18 Orchard Close", []),
        ("20 % off and 5 stars", []),
    ],
)
def test_quantities(text, values):
    assert found(text, "quantity") == values


def test_emails_end_where_the_address_ends():
    assert found("mail Foo.Bar+x@Example.co.uk. Thanks", "email") == ["foo.bar+x@example.co.uk"]
    assert found("@handle and a@b", "email") == []


def test_several_in_one_message_keep_their_places():
    text = "I paid £80 for 2 linen aprons in order HP-10482 on 3 May, mail me at a@b.co"
    entities = FINDER.find(text)
    assert [entity.entity for entity in entities] == [
        "amount", "quantity", "product", "order_number", "date", "email",
    ]  # fmt: skip
    assert [text[entity.start : entity.end] for entity in entities] == [
        "£80", "2", "linen aprons", "HP-10482", "3 May", "a@b.co",
    ]  # fmt: skip


PIECES = st.sampled_from(
    ["HP-10482", "#", "10482", "£", "12.50", "oak", "table", "linen aprons", "3rd of May", "may", "last tuesday",
     "2 x", "twelve", "a@b.co", "/", "-", ".", " ", "\u202e", "\x00", "🙂", "ß", "٣", "'", "2024-02-30", "order"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=20).map(" ".join), st.lists(PIECES).map("".join)))
def test_whatever_is_typed_spans_are_inside_ordered_and_apart(text):
    entities = FINDER.find(text)
    assert all(0 <= entity.start < entity.end <= len(text) for entity in entities)
    assert all(first.end <= second.start for first, second in pairwise(entities))
    assert all(type(entity.value) in (str, int, float) for entity in entities)


@given(st.integers(10_000, 99_999_999), st.sampled_from(["{}", "order {}", "#{}", "where's order no {}?", "({})"]))
def test_any_order_number_is_found_wherever_it_stands(number, around):
    assert found(around.format(number), "order_number") == [str(number)]


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%B %d, %Y"])
)
def test_any_full_date_is_read_back(day, written):
    assert found(f"on {day.strftime(written)}", "date") == [day.isoformat()]


def test_a_large_catalogue_and_a_hostile_message_stay_quick():
    sizes, things = ("red", "blue", "wide", "tiny", "hand made", "vintage"), ("clock", "hook", "bag", "jar", "tin")
    names = [f"{size} {n:03d} series {thing}" for n in range(140) for size in sizes for thing in things][:4000]
    finder = EntityFinder((str(number), name) for number, name in enumerate(names))
    message = "hi, is the vintage 017 series clock which i ordered two weeks ago still coming or was it lost?"
    finder.find(message)
    started = time.process_time()
    for _ in range(50):
        finder.find(message)
    assert (time.process_time() - started) / 50 < 0.2  # 2 ms on a quiet machine: this only catches what explodes
    started = time.process_time()
    for hostile in (
        "a" * 100_000,
        "1" * 100_000,
        "a@" * 50_000,
        "vintage clock " * 8_000,
        "2/" * 50_000,
        " " * 100_000,
    ):
        finder.find(hostile)
    assert time.process_time() - started < 20


@pytest.mark.skipif(not Path("data/intents.csv").exists(), reason="needs the shop's own examples")
def test_ordinary_words_of_customers_are_no_products():
    from nlu.data import read

    texts = [example.text for example in read(Path("data/intents.csv")) if example.label == "contact_human_agent"]
    assert [text for text in texts if found(text, "product")] == []
