import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.database import Database
from insight.errors import EventError
from insight.events import Event, append, blank, read, read_person
from insight.tables import Base

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def viewed(number: int, **changes: object) -> Event:
    event = Event("Product Viewed", f"m{number}", NOON + timedelta(minutes=number), {"product_id": f"p{number}"}, "c1")
    return replace(event, **changes)


def test_append_counts_only_what_is_new(either: Database):
    with either.writing() as session:
        assert append(session, [viewed(1), viewed(2), viewed(1)]) == 2
    with either.writing() as session:
        assert append(session, [viewed(2), viewed(3)]) == 1
        assert append(session, []) == 0
    with either.reading() as session:
        recorded = read(session, 0, 10)
    assert [one.event for one in recorded] == [viewed(1), viewed(2), viewed(3)]


def test_read_goes_on_after_the_given_id(either: Database):
    with either.writing() as session:
        append(session, [viewed(number) for number in range(5)])
        first = read(session, 0, 2)
        rest = read(session, first[-1].id, 10)
    assert [one.event.message_id for one in first + rest] == ["m0", "m1", "m2", "m3", "m4"]


def test_what_a_database_cannot_hold_is_replaced(either: Database):
    hostile = {"text": "nul \0, half \ud83d, whole 😀", "score": float("nan"), "when": NOON, "deep": [{"a\0": ("\0",)}]}
    with either.writing() as session:
        append(session, [viewed(1, properties=hostile, conversation_id="c\0")])
        [recorded] = read(session, 0, 10)
    assert recorded.event.properties == {
        "text": "nul �, half �, whole 😀",
        "score": None,
        "when": NOON.isoformat(),
        "deep": [{"a�": ["�"]}],
    }
    assert recorded.event.conversation_id == "c�"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"message_id": ""}, "message_id"),
        ({"message_id": "x" * 201}, "message_id"),
        ({"occurred_at": datetime(2026, 3, 1)}, "occurred_at"),
        ({"properties": ["no object"]}, "properties"),
    ],
)
def test_a_wrong_event_is_refused_by_the_name_of_the_field(database: Database, wrong: dict, field: str):
    with database.writing() as session:
        with pytest.raises(EventError, match=f"`{field}`"):
            append(session, [viewed(1), viewed(2, **wrong)])
        assert read(session, 0, 10) == []


def test_an_appender_waits_for_the_one_before_it_so_no_reader_skips_its_events(postgres: Database):
    second_done = threading.Event()

    def append_second() -> None:
        with postgres.writing() as session:
            append(session, [viewed(2)])
        second_done.set()

    with postgres.writing() as first:
        append(first, [viewed(1)])
        other = threading.Thread(target=append_second)
        other.start()
        assert not second_done.wait(0.5)
        with postgres.reading() as reader:
            assert read(reader, 0, 10) == []
    other.join(10)
    assert second_done.is_set()
    with postgres.reading() as reader:
        assert [one.event.message_id for one in read(reader, 0, 10)] == ["m1", "m2"]


def test_a_persons_events_come_in_the_order_they_happened(database: Database):
    with database.writing() as session:
        append(session, [viewed(3), viewed(1), viewed(2, customer_id="c2"), viewed(4, customer_id=None)])
        assert [one.event.message_id for one in read_person(session, "c1")] == ["m1", "m3"]


def test_blank_takes_the_content_and_keeps_ids_names_and_times(either: Database):
    order = {"order_id": "o1", "total": 12.5, "products": [{"product_id": "p1", "name": "Anna's lamp"}]}
    reply = Event("Live Chat Message Received", "r1", NOON, {"seq": 2, "text": "Hello Anna"}, conversation_id="k1")
    with either.writing() as session:
        append(session, [viewed(1, name="Order Completed", properties=order), reply, viewed(2, customer_id="c2")])
        assert blank(session, "c1", conversation_ids=["k1"]) == 2
        mine, said, others = (one.event for one in read(session, 0, 10))
    assert mine.properties == {"order_id": "o1", "products": [{"product_id": "p1"}]}
    assert (mine.name, mine.message_id, mine.occurred_at) == ("Order Completed", "m1", viewed(1).occurred_at)
    assert said.properties == {"seq": 2}
    assert others == viewed(2, customer_id="c2")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None)
@given(properties=st.lists(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=4), max_size=6))
def test_any_json_can_be_recorded_and_appending_again_changes_nothing(properties: list):
    events = [viewed(number, properties=one) for number, one in enumerate(properties)]
    memory = Database("sqlite://")
    try:
        with memory.engine.connect() as connection:
            Base.metadata.create_all(connection)
            connection.commit()
        with memory.writing() as session:
            assert append(session, events) == len(events)
            once = read(session, 0, 100)
            assert append(session, events) == 0
            assert read(session, 0, 100) == once
    finally:
        memory.close()
