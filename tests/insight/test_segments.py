"""Segments: rules are read, checked and said; people enter and leave by them, and a replay knows the same stays."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.database import Database
from insight import segments
from insight.errors import SegmentError
from insight.events import Event, Recorded
from insight.profile import Profile, get, rebuild
from insight.profile.document import empty, fold_all
from insight.profile.view import view
from insight.segments.rules import parse
from insight.tables import Base, EventRow, ProfileRow, StayRow
from insight.tiers import Tiers
from insight.worker import Worker
from tests.insight.story import NOON, event, order, record

LOYAL = {"field": "orders", "is": ">=", "value": 2}


def profile_of(*events: Event) -> Profile:
    document, _ = fold_all(empty(30.0), [Recorded(id, one) for id, one in enumerate(events, start=1)])
    return view("c1", document, tiers=Tiers(), now=NOON + timedelta(days=10))


def matches(rule: Any, profile: Profile) -> bool:
    return parse(rule).holds(profile, inside=False)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"field": "orders", "is": ">=", "value": 2}, True),
        ({"field": "orders", "is": ">", "value": 2}, False),
        ({"field": "spent", "is": "=", "value": 30.0}, True),
        ({"field": "recency_days", "is": "<=", "value": 5}, True),
        ({"field": "tier", "is": "in", "value": ["low", "mid"]}, True),
        ({"field": "tier", "is": "!=", "value": "mid"}, False),
        ({"field": "interest:Tables", "is": ">", "value": 0.5}, True),
        ({"field": "interest:Rugs", "is": ">", "value": 0}, False),
        ({"field": "bought:l1", "value": True}, True),
        ({"field": "consent:newsletter", "value": False}, True),
        ({"field": "trait:plan", "is": "=", "value": "gold"}, True),
        ({"field": "sentiment", "is": "<", "value": 0}, False),  # nothing was said, so nothing is known
        ({"not": {"field": "orders", "is": ">", "value": 2}}, True),
        ({"all": [LOYAL, {"field": "spent", "is": "<", "value": 10}]}, False),
        ({"any": [LOYAL, {"field": "spent", "is": "<", "value": 10}]}, True),
    ],
)
def test_a_rule_asks_the_profile(rule: Any, expected: bool):
    told = event("Customer Identified", traits={"plan": "gold"})
    assert matches(rule, profile_of(told, order("o1", "t1", days=1), order("o2", "t1", "l1", days=6))) is expected


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ([], "rule"),
        ({}, "rule"),
        ({"all": []}, "rule.all"),
        ({"all": [LOYAL], "any": [LOYAL]}, "rule"),
        ({"any": [LOYAL, {"field": "shoes"}]}, "rule.any.1.field"),
        ({"field": "interest:"}, "rule.field"),
        ({"field": "orders", "is": "in", "value": [1]}, "rule.is"),
        ({"field": "orders", "is": ">=", "value": "two"}, "rule.value"),
        ({"field": "orders", "is": ">=", "value": True}, "rule.value"),
        ({"field": "orders", "is": ">=", "value": float("nan")}, "rule.value"),
        ({"field": "tier", "is": "in", "value": []}, "rule.value"),
        ({"field": "bought:P1", "value": "yes"}, "rule.value"),
        ({"not": {"not": {"field": "orders", "is": ">=", "value": 1, "unless": 2}}}, "rule.not.not"),
        ({"all": [LOYAL] * 60}, "rule.all.50"),
    ],
)
def test_a_wrong_rule_is_refused_where_it_is_wrong(rule: Any, where: str):
    with pytest.raises(SegmentError) as refused:
        parse(rule)
    assert refused.value.message.startswith(f"{where}: ")


def test_a_rule_nested_without_end_is_refused():
    rule: Any = LOYAL
    for _ in range(500):
        rule = {"not": rule}
    with pytest.raises(SegmentError, match="nested"):
        parse(rule)


def test_a_rule_is_said_in_words():
    rule = {"all": [LOYAL, {"any": [{"field": "tier", "is": "in", "value": ["high", "mid"]}, {"field": "bought:P1"}]}]}
    assert parse(rule).sentence() == (
        "the number of orders is at least 2 and (the value tier is one of high, mid or has bought P1)"
    )


LEAVES = st.builds(
    lambda name, compare, value: {"field": name, "is": compare, "value": value},
    st.sampled_from(["orders", "spent", "recency_days", "interest:Tables"]),
    st.sampled_from([">=", ">", "<=", "<"]),
    st.integers(-50, 50),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda part: {"not": part}, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(rule=RULES, orders=st.integers(0, 4), price=st.integers(0, 40))
def test_whoever_may_enter_may_stay_and_a_rule_survives_its_json(rule: Any, orders: int, price: int):
    known = profile_of(
        event("Product Viewed", product_id="t1"), *(order(f"o{n}", "t1", price=price) for n in range(orders))
    )
    condition = parse(rule)
    assert condition.holds(known, inside=True) or not condition.holds(known, inside=False)
    assert parse(condition.as_json()).sentence() == condition.sentence()


@pytest.fixture
def loyal(database: Database) -> Database:
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        segments.save(session, "loyal", name="Loyal", rule=LOYAL)
    return database


def stays(database: Database, segment_id: str = "loyal") -> list[tuple[str, bool]]:
    with database.reading() as session:
        rows = session.scalars(select(StayRow).where(StayRow.segment_id == segment_id).order_by(StayRow.entered_at))
        return [(row.person_id, row.left_at is None) for row in rows]


def log(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as session:
        rows = session.execute(select(EventRow.name, EventRow.customer_id).order_by(EventRow.id))
        return [(name, person) for name, person in rows if name.startswith("Segment ")]


def test_people_enter_and_leave_as_their_orders_say(loyal: Database) -> None:
    record(loyal, order("o1", "t1"), order("o2", "t1"), order("o3", "t1", person="c2"))
    assert stays(loyal) == [("c1", True)]
    with loyal.reading() as session:
        known = get(session, "c1")
        assert known is not None and list(known.segments) == ["loyal"]
        assert [one.members for one in segments.segments(session)] == [1]
    record(loyal, event("Order Cancelled", order_id="o2"))
    assert stays(loyal) == [("c1", False)]
    record(loyal, order("o4", "t1"))
    assert stays(loyal) == [("c1", False), ("c1", True)]
    assert log(loyal) == [("Segment Entered", "c1"), ("Segment Left", "c1"), ("Segment Entered", "c1")]


def test_nobody_flaps_around_a_limit(loyal: Database) -> None:
    with loyal.writing() as session:
        segments.save(session, "big", name="Big", rule={"field": "spent", "is": ">=", "value": 100})
    record(loyal, order("o1", "t1", price=100))
    for number in range(6):
        record(loyal, event("Order Refunded", order_id="o1", total=1.5))
        record(loyal, order(f"p{number}", "t1", price=1.5))
    assert stays(loyal, "big") == [("c1", True)]
    record(loyal, event("Order Refunded", order_id="o1", total=15))
    assert stays(loyal, "big") == [("c1", False)]


def test_nobody_flaps_around_zero(database: Database) -> None:
    """A mean mood that goes from -.02 to .02 and back."""
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        segments.save(session, "unhappy", name="Unhappy", rule={"field": "sentiment", "is": "<", "value": 0})
    for number, score in enumerate((-0.02, 0.06, -0.1, 0.14)):
        scores = {"positive": max(score, 0.0), "negative": max(-score, 0.0)}
        record(database, event("Message Parsed", days=number, intent="greet", sentiment_scores=scores))
    assert [name for name, _ in log(database)] == ["Segment Entered"]


def test_who_enters_while_much_is_imported_enters_once(loyal: Database) -> None:
    """The record of the entry waits behind what was imported: until it is folded, nobody enters again."""
    record(loyal, *(order(f"o{number}", "t1", days=number / 100) for number in range(1_200)))
    assert [name for name, _ in log(loyal)] == ["Segment Entered"]


def test_a_rule_may_ask_a_score(database: Database) -> None:
    at_risk = {"field": "score:churn_90d", "is": ">", "value": 0.5}
    told = {"churn_90d": {"value": 0.7, "model": "lightgbm 2026-03-01", "reasons": []}}
    assert matches(at_risk, profile_of(order("o1", "t1"), event("Scores Predicted", scores=told)))
    assert not matches(at_risk, profile_of(order("o1", "t1")))


def test_time_alone_moves_people_when_everybody_is_looked_at(loyal: Database) -> None:
    with loyal.writing() as session:
        segments.save(session, "away", name="Away", rule={"field": "recency_days", "is": ">", "value": 30})
    record(loyal, order("o1", "t1", days=0))
    with loyal.writing() as session:
        assert segments.sweep(session, now=NOON + timedelta(days=20)) == "c1"
        assert segments.sweep(session, after="c1") is None
    record(loyal)
    entered = [name for name, _ in log(loyal)]
    with loyal.writing() as session:
        segments.sweep(session, now=NOON + timedelta(days=40))
    record(loyal)
    assert stays(loyal, "away")[-1] == ("c1", True) and len(log(loyal)) >= len(entered)


def test_a_retired_segment_is_left_by_everybody_and_keeps_its_history(loyal: Database) -> None:
    record(loyal, order("o1", "t1"), order("o2", "t1"))
    with loyal.writing() as session:
        segments.retire(session, "loyal")
    Worker(loyal.writing).sweep()
    record(loyal)
    assert stays(loyal) == [("c1", False)]
    with loyal.reading() as session:
        assert segments.segments(session) == []
        assert [stay.person_id for stay in segments.members(session, "loyal", past=True)] == ["c1"]


def test_a_replay_knows_the_same_stays(loyal: Database) -> None:
    record(
        loyal, order("o1", "t1"), order("o2", "t1"), event("Product Viewed", person=None, visitor="v1", product_id="t1")
    )
    record(
        loyal, event("Order Cancelled", order_id="o2"), order("o5", "t1", person="c2"), order("o6", "t1", person="c2")
    )
    followed = stays(loyal), documents(loyal)
    with loyal.writing() as session:
        rebuild(session)
    assert (stays(loyal), documents(loyal)) == followed


def documents(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        return {row.person_id: row.document for row in session.scalars(select(ProfileRow))}


def test_a_preview_counts_and_warns(loyal: Database) -> None:
    record(loyal, order("o1", "t1"), order("o2", "t1"), order("o3", "t1", person="c2"))
    with loyal.reading() as session:
        found = segments.preview(session, LOYAL)
        everybody = segments.preview(session, {"field": "orders", "is": ">=", "value": 0})
        nobody = segments.preview(session, {"field": "orders", "is": ">=", "value": 99})
    assert (found.matching, found.people, found.examples, found.warning) == (1, 2, ("c1",), None)
    assert (everybody.warning, nobody.warning) == ("The rule matches everybody.", "The rule matches nobody.")


@pytest.mark.parametrize(("segment_id", "name"), [("Loyal!", "x"), ("", "x"), ("loyal", " "), ("loyal", "x" * 99)])
def test_a_segment_needs_an_id_and_a_name(loyal: Database, segment_id: str, name: str):
    with loyal.writing() as session, pytest.raises(SegmentError):
        segments.save(session, segment_id, name=name, rule=LOYAL)
