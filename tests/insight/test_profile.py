"""What events make of a profile, each rule by itself, and what must hold for any events in any order."""

import json
import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.database import Database
from insight.events import Event, Recorded, append, blank
from insight.profile import Profile, fold, forget, get, rebuild
from insight.profile.document import FOLDERS, empty, fold_all
from insight.profile.view import view
from insight.tables import AliasRow, Base, PopulationRow, ProfileRow
from insight.tiers import EVENT as TIERS_REFRESHED
from insight.tiers import Leaf, Split, Tiers
from insight.worker import Worker
from tests.insight.story import NOON, event, order, record

SPENDERS = Tiers(Split("spent", 5.0, Leaf(1.0), Leaf(2.0)), 1.0, 2.0, "forecast")


def profile_of(*events: Event, days: float = 0.0) -> Profile:
    document, failed = fold_all(empty(30.0), [Recorded(id, one) for id, one in enumerate(events, start=1)])
    assert not failed
    return view("c1", document, tiers=Tiers(), now=NOON + timedelta(days=days))


def test_an_interest_halves_in_a_half_life_and_remembers_its_last_events():
    views = [event("Product Viewed", days=day, product_id="l1", category="Lighting") for day in (0, 0, 0, 0)]
    now, later = profile_of(*views), profile_of(*views, days=30)
    assert now.categories[0].name == "Lighting"
    assert now.categories[0].weight == 4.0
    assert later.categories[0].weight == 2.0
    assert [because.event_id for because in now.products[0].because] == [2, 3, 4]


def test_an_older_view_counts_for_less_than_a_fresh_one():
    fresh = event("Product Viewed", days=30, product_id="l1", category="Lighting")
    old = event("Product Viewed", days=0, product_id="t1", category="Tables")
    assert [interest.name for interest in profile_of(old, fresh, days=30).categories] == ["Lighting", "Tables"]
    assert profile_of(old, fresh, days=30).categories[1].weight == 0.5


def test_a_product_talked_about_is_an_interest_unless_the_message_is_angry():
    mentioned = {"products": [{"product_id": "l1", "category": "Lighting"}]}
    calm = event("Message Parsed", intent="product_question", sentiment="neutral", **mentioned)
    angry = event("Message Parsed", intent="complaint", sentiment="negative", **mentioned)
    assert [interest.name for interest in profile_of(calm).categories] == ["Lighting"]
    assert profile_of(angry).categories == ()


def test_a_return_takes_the_interest_in_the_product_but_not_in_its_category():
    bought = order("o1", "t1")
    back = event("Return Requested", order_id="o1", product_id="t1", reason="too small")
    assert [interest.name for interest in profile_of(bought).products] == ["t1"]
    assert profile_of(bought, back).products == ()
    assert [interest.name for interest in profile_of(bought, back).categories] == ["Tables"]


def test_sentiment_has_mean_last_and_trend():
    scores = [{"positive": p, "negative": 1 - p} for p in (1.0, 1.0, 0.0, 0.0, 0.0)]
    felt = profile_of(*[event("Message Parsed", intent="x", sentiment_scores=one) for one in scores]).sentiment
    assert felt is not None
    assert (felt.messages, felt.mean, felt.last, felt.trend) == (5, -0.2, -1.0, -2.0)


def test_a_label_stands_in_for_missing_scores():
    felt = profile_of(event("Message Parsed", sentiment="positive")).sentiment
    assert felt is not None
    assert felt.last == 1.0


def test_intents_are_counted():
    seen = profile_of(*[event("Message Parsed", intent=name) for name in ("track_order", "greet", "track_order")])
    assert [(one.name, one.count) for one in seen.intents] == [("track_order", 2), ("greet", 1)]


def test_a_complaint_stays_open_until_its_conversation_is_resolved_and_opens_again_with_it():
    opened = event("Complaint Opened", talk="k1", order_id="o1", reason="broken")
    silence = event("Conversation Resolved", talk="k1", by="silence")
    left = event("Conversation Resolved", talk="k1", by="customer")
    solved = event("Conversation Resolved", talk="k1", by="agent")
    other = event("Conversation Resolved", talk="k2", by="agent")
    again = event("Conversation Reopened", talk="k1")
    assert [(one.kind, one.reason) for one in profile_of(opened, silence, left, other).open_issues] == [
        ("complaint", "broken")
    ]
    assert profile_of(opened, solved).open_issues == ()
    assert len(profile_of(opened, solved, again).open_issues) == 1


def test_a_return_is_settled_by_its_refund_or_replacement():
    asked = event("Return Requested", order_id="o1", product_id="t1", talk="k1")
    assert len(profile_of(asked, event("Conversation Resolved", talk="k1", by="agent")).open_issues) == 1
    assert profile_of(asked, event("Order Refunded", order_id="o1")).open_issues == ()
    assert profile_of(asked, event("Order Updated", order_id="o1", resolution="replaced")).open_issues == ()
    assert len(profile_of(asked, event("Order Updated", order_id="o1")).open_issues) == 1
    assert len(profile_of(asked, event("Order Refunded", order_id="o2")).open_issues) == 1


def test_a_handoff_is_one_issue_until_a_person_has_it_or_it_is_released_or_resolved():
    asked = [event("Conversation Handed Off", talk="k1", reason="asked") for _ in range(2)]
    assert [one.kind for one in profile_of(*asked).open_issues] == ["handoff"]
    assert profile_of(*asked, event("Conversation Assigned", talk="k1")).open_issues == ()
    assert len(profile_of(*asked, event("Conversation Assigned", talk="k2")).open_issues) == 1
    assert profile_of(*asked, event("Conversation Released", talk="k1")).open_issues == ()
    assert profile_of(*asked, event("Conversation Resolved", talk="k1", by="silence")).open_issues == ()


def test_who_is_put_back_into_the_queue_waits_again_since_they_asked_and_nobody_waits_for_the_bot():
    asked = event("Conversation Handed Off", talk="k1", reason="asked")
    names = ("Assigned", "Requeued", "Resolved")
    later = [event(f"Conversation {name}", days=1, talk="k1", reason="silent") for name in names]
    assert profile_of(asked, later[0]).open_issues == ()
    (waits,) = profile_of(asked, *later[:2]).open_issues
    assert (waits.kind, waits.reason, waits.opened_at) == ("handoff", "asked", NOON)
    (taken_over,) = profile_of(*later[:2]).open_issues
    assert (taken_over.kind, taken_over.reason) == ("handoff", "silent")
    reopened = event("Conversation Reopened", days=2, talk="k1")
    assert profile_of(asked, *later, reopened).open_issues == ()
    assert profile_of(asked, later[0], later[2], reopened).open_issues == ()


def test_value_counts_orders_less_cancelled_and_refunded():
    value = profile_of(
        order("o1", "t1", "t2"),
        order("o2", "l1", days=10),
        order("o3", "r1", days=20),
        event("Order Cancelled", days=21, order_id="o3"),
        event("Order Refunded", days=22, order_id="o1", products=[{"product_id": "t1", "price": 10, "quantity": 1}]),
        days=25,
    ).value
    assert (value.orders, value.spent, value.recency_days) == (2, 20.0, 15.0)
    assert value.reasons == ("2 orders, 20.00 spent in all.", "The last order was 15 days ago.")
    assert (value.model, value.as_of) == ("tree default", NOON + timedelta(days=25))


def test_an_order_reported_twice_counts_once():
    twice = profile_of(order("o1", "t1"), order("o1", "t1"))
    assert (twice.value.orders, twice.value.spent, twice.categories[0].weight) == (1, 10.0, 4.0)


def test_a_refund_never_gives_back_more_than_was_paid():
    refunds = [event("Order Refunded", order_id="o1", total=8) for _ in range(3)]
    assert profile_of(order("o1", "t1"), *refunds).value.spent == 0.0


def test_traits_consents_and_showings():
    seen = profile_of(
        event("Customer Identified", method="token", traits={"city": "Ghent", "nested": {"no": 1}}),
        event("Live Chat Conversation Started", channel="web"),
        event("Newsletter Subscribed", days=1),
        event("Suggestion Shown", product_id="l1", suggestion_id="s1"),
        event("Suggestion Declined", days=2, product_id="l1", suggestion_id="s1"),
    )
    assert seen.traits == {"city": "Ghent", "identified_by": "token", "conversations": 1, "channel": "web"}
    assert seen.consents == {"newsletter": NOON + timedelta(days=1)}
    assert seen.shown == {"l1": NOON}
    assert seen.declined == {"l1": NOON + timedelta(days=2)}


def test_a_consent_can_be_taken_back():
    given = [event("Consent Given"), event("Newsletter Subscribed")]
    taken = [event("Consent Withdrawn", days=1), event("Newsletter Unsubscribed", days=1)]
    assert set(profile_of(*given).consents) == {"policy", "newsletter"}
    assert profile_of(*given, *taken, days=1).consents == {}


def test_a_profile_reads_as_plain_json():
    seen = profile_of(order("o1", "t1"), event("Message Parsed", intent="greet", sentiment="positive"))
    assert json.loads(json.dumps(seen.as_dict()))["value"]["tier"] == seen.tier


def test_erasing_forgets_everything_before_it():
    seen = profile_of(
        order("o1", "t1"), event("Customer Erased", days=1), event("Product Viewed", days=2, product_id="l1")
    )
    assert seen.value.orders == 0
    assert seen.first_seen == NOON + timedelta(days=1)
    assert [interest.name for interest in seen.products] == ["l1"]


def test_fold_leaves_its_argument_alone():
    document = empty(30.0)
    after = fold(document, Recorded(1, order("o1", "t1")))
    assert document == empty(30.0)
    assert after["bought"] == {"t1": NOON.timestamp()}


# Whatever comes, in whatever order.

NAMES = [*FOLDERS, "Page Viewed"]
ODD = st.none() | st.integers(-3, 9) | st.text(max_size=3) | st.lists(st.integers(), max_size=2) | st.floats()
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "product_id": st.sampled_from(["t1", "l1", "r1"]) | ODD,
        "category": st.sampled_from(["Tables", "Lighting"]) | ODD,
        "order_id": st.sampled_from(["o1", "o2"]) | ODD,
        "products": st.lists(st.fixed_dictionaries({"product_id": st.sampled_from(["t1", "l1"]), "price": ODD})) | ODD,
        "total": st.integers(0, 90) | ODD,
        "intent": st.sampled_from(["greet", "complaint"]) | ODD,
        "sentiment": st.sampled_from(["negative", "positive"]) | ODD,
        "sentiment_scores": st.fixed_dictionaries({"positive": st.floats(0, 1), "negative": st.floats(0, 1)}) | ODD,
        "rating": ODD,
        "resolution": ODD,
        "by": st.sampled_from(["agent", "silence"]) | ODD,
        "traits": st.dictionaries(st.text(max_size=2), ODD, max_size=2) | ODD,
        "method": ODD,
    },
)
EVENTS = st.lists(
    st.builds(
        lambda name, day, person, visitor, talk, properties: event(
            name, days=day, person=person, visitor=visitor, talk=talk, **properties
        ),
        st.sampled_from(NAMES),
        st.integers(0, 5),
        st.sampled_from(["c1", "c2", None]),
        st.sampled_from(["v1", "v2", None]),
        st.sampled_from(["k1", "k2", None]),
        PROPERTIES,
    ),
    max_size=25,
)


def documents(database: Database) -> dict:
    with database.reading() as session:
        return {
            "profiles": {row.person_id: row.document for row in session.execute(select(ProfileRow)).scalars()},
            "aliases": {row.anonymous_id: row.customer_id for row in session.execute(select(AliasRow)).scalars()},
            "population": {row.name: row.document for row in session.execute(select(PopulationRow)).scalars()},
        }


def memory() -> Database:
    database = Database("sqlite://")
    with database.engine.connect() as connection:
        Base.metadata.create_all(connection)
        connection.commit()
    return database


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, cut=st.integers(1, 5))
def test_no_event_is_too_odd_and_a_replay_gives_the_same_documents(events: list[Event], cut: int):
    database = memory()
    try:
        for start in range(0, len(events), cut):
            record(database, *events[start : start + cut])
        followed = documents(database)
        with database.writing() as session:
            rebuild(session)
        assert documents(database) == followed
    finally:
        database.close()


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, seed=st.integers(0, 999))
def test_events_that_come_late_give_the_profile_of_events_in_time(events: list[Event], seed: int):
    """Times are made unique: of two events at the same moment the log's order decides."""
    events = [
        Event(one.name, one.message_id, one.occurred_at + timedelta(seconds=place), one.properties, "c1")
        for place, one in enumerate(sorted(events, key=lambda one: one.occurred_at))
    ]
    shuffled = random.Random(seed).sample(events, len(events))
    views = []
    for arrival, lot in ((events, len(events) or 1), (shuffled, 1 + seed % 8)):
        database = memory()
        try:
            for start in range(0, len(arrival), lot):
                record(database, *arrival[start : start + lot])
            with database.reading() as session:
                views.append(without_ids(get(session, "c1", now=NOON + timedelta(days=9))))
        finally:
            database.close()
    assert views[0] == views[1]


def without_ids(profile: Profile | None) -> object:
    if profile is None:
        return None
    plain = profile.as_dict()
    for interest in plain["categories"] + plain["products"]:
        interest["because"] = [(one["name"], one["at"]) for one in interest["because"]]
    return plain


# Stored profiles.


def test_a_visitor_becomes_the_customer_with_all_that_was_known(either: Database):
    record(
        either,
        event("Product Viewed", person=None, visitor="v1", product_id="l1", category="Lighting"),
        event("Product Viewed", days=1, product_id="t1", category="Tables"),
    )
    with either.reading() as session:
        assert [one.name for one in get(session, "v1", now=NOON).products] == ["l1"]
    record(either, event("Customer Identified", days=2, visitor="v1", method="token"))
    record(either, event("Product Viewed", days=3, person=None, visitor="v1", product_id="r1", category="Rugs"))
    with either.reading() as session:
        merged = get(session, "c1", now=NOON + timedelta(days=3))
        assert get(session, "v1", now=NOON + timedelta(days=3)) == merged
    assert {one.name for one in merged.products} == {"l1", "t1", "r1"}
    assert merged.first_seen == NOON


def test_a_second_customer_on_the_same_computer_does_not_inherit_the_first_ones_past(database: Database):
    record(
        database,
        event("Product Viewed", person=None, visitor="v1", product_id="l1"),
        event("Customer Identified", days=1, person="c1", visitor="v1"),
        event("Customer Identified", days=2, person="c2", visitor="v1"),
    )
    with database.reading() as session:
        assert [one.name for one in get(session, "c1", now=NOON).products] == ["l1"]
        assert get(session, "c2", now=NOON).products == ()


def test_replaying_a_long_log_gives_identical_documents(either: Database):
    chance = random.Random(7)
    events = [
        event(
            chance.choice(NAMES),
            days=chance.uniform(0, 90),
            person=f"c{chance.randrange(4)}",
            visitor=chance.choice([None, "v1", "v2"]),
            product_id=chance.choice(["t1", "l1", "r1"]),
            category=chance.choice(["Tables", "Lighting"]),
            order_id=f"o{chance.randrange(9)}",
            total=chance.randrange(100) / 3,
            sentiment_scores={"positive": chance.random(), "negative": chance.random()},
        )
        for _ in range(400)
    ]
    for start in range(0, 400, 37):
        record(either, *events[start : start + 37])
    record(either, event(TIERS_REFRESHED, person=None, **SPENDERS.as_document()))
    followed = documents(either)
    with either.writing() as session:
        rebuild(session)
    assert documents(either) == followed
    assert len(followed["profiles"]) == 4


def test_the_tree_in_the_log_decides_the_tier_and_broken_ones_are_passed_over(database: Database):
    record(database, order("o1", "t1"), event("Product Viewed", product_id="t1"))
    record(database, event(TIERS_REFRESHED, person=None, **SPENDERS.as_document()))
    record(database, event(TIERS_REFRESHED, person=None, root="soon"))
    with database.reading() as session:
        assert get(session, "c1", now=NOON).tier == "high"
        assert get(session, "nobody") is None


def test_after_erasing_a_replay_finds_nothing_of_the_person(database: Database):
    record(database, order("o1", "t1"), event("Newsletter Subscribed"), event("Product Viewed", person="c2"))
    with database.writing() as session:
        blank(session, "c1")
        append(session, [event("Customer Erased", days=1)])
        forget(session, "c1")
    with database.reading() as session:
        assert get(session, "c1") is None
    while Worker(database.writing).step():
        pass
    with database.writing() as session:
        assert rebuild(session) == 2
        gone = get(session, "c1")
    assert (gone.value.orders, gone.categories, gone.consents) == (0, (), {})
