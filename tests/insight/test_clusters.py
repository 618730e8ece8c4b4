"""Groups of customers: found when they are there and only then, named, kept over refits, and followed live."""

import shutil
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.database import Database
from insight import segments
from insight.clusters import model, people
from insight.clusters.behaviour import NUMBERS, Behaviour, measure
from insight.clusters.space import Space
from insight.clusters.stability import find_groups
from insight.clusters.step import match
from insight.errors import SegmentError
from insight.events import Recorded
from insight.profile import get, rebuild
from insight.profile.document import empty, fold_all
from insight.profile.store import documents, forget
from insight.refresh import STEPS, refresh
from insight.tables import Base, EventRow, SegmentRow, WritingRow
from tests.insight.story import NOON, event, order, record

NOW = NOON + timedelta(days=60)


def blobs(*centres, each=80, seed=1):
    random = np.random.default_rng(seed)
    return np.vstack([random.standard_normal((each, 4)) * 0.3 + np.array(centre) for centre in centres])


def test_as_many_groups_are_found_as_there_are():
    groups = find_groups(blobs([3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]))
    assert sorted(np.bincount(groups.labels)) == [80, 80, 80]
    assert min(groups.stability) > 0.9 and groups.natural


@pytest.mark.parametrize("seed", range(3))
def test_a_round_cloud_has_no_groups(seed):
    assert find_groups(np.random.default_rng(seed).standard_normal((300, 6))) is None


def test_a_long_cloud_is_cut_but_not_said_to_have_gaps():
    groups = find_groups(np.random.default_rng(2).standard_normal((300, 4)) * [6, 1, 1, 1])
    assert groups is not None and not groups.natural


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 1_000))
def test_groups_keep_their_ids_whatever_number_they_get(order_of, seed):
    ids = ["a", "b", "c", "d"]
    labels = np.random.default_rng(seed).permutation(np.repeat(range(4), 10))
    homes = [frozenset([ids[label], "rule"]) for label in labels]
    assert match(np.array(order_of)[labels], homes, ids) == {order_of[old]: id for old, id in enumerate(ids)}


def test_a_group_of_other_people_is_a_new_one():
    homes = [frozenset(["a"])] * 10 + [frozenset()] * 30
    assert match(np.repeat([0, 1], 20), homes, ["a"]) == {0: "a"}
    assert match(np.array([0, 1] * 20), homes, ["a"]) == {}


def document_of(*events):
    return fold_all(empty(30.0), [Recorded(id, one) for id, one in enumerate(events, start=1)])[0]


def test_behaviour_is_measured_in_plain_numbers():
    back = event("Order Refunded", days=2, order_id="o1")
    said = event("Message Parsed", days=3, intent="get_refund", sentiment="negative")
    found = measure(
        document_of(order("o1", "t1"), order("o2", "l1", "l2", days=1), back, said), NOON + timedelta(days=11)
    )
    assert found.numbers == {
        "recency": 10.0, "orders": 2.0, "spent": 20.0, "basket": 15.0, "returns": 0.5, "messages": 1.0, "mood": -1.0
    }  # fmt: skip
    assert found.shares["hour"]["in the afternoon"] == 2
    assert found.shares["intent"] == {"get refund": 1.0}
    assert measure(document_of(event("Product Viewed", product_id="t1")), NOON) is None


def test_of_somebody_hardly_known_less_is_believed():
    random = np.random.default_rng(5)
    tables = random.binomial(12, random.beta(1, 1, 200))
    many = [of_categories({"Tables": count, "Lighting": 12 - count}) for count in tables]
    space = Space.fit(many, [None] * 200)
    usual = space.usual["category"]["Tables"]
    once, often = (space.share("category", {"Tables": count})["Tables"] for count in (1.0, 100.0))
    assert usual < once < 0.85 < 0.9 < often
    assert sum(space.share("category", {"Tables": 1.0, "Rugs": 4.0}).values()) == pytest.approx(1.0)


def test_what_differs_by_chance_alone_weighs_nothing():
    random = np.random.default_rng(6)
    many = [of_categories({"Tables": count, "Lighting": 6 - count}) for count in random.binomial(6, 0.6, 300)]
    assert Space.fit(many, [None] * 300).strength["category"] > 30


def of_categories(counted):
    shares = {"category": {name: float(count) for name, count in counted.items()}, "hour": {}, "intent": {}}
    return Behaviour(dict.fromkeys(NUMBERS), shares, {"orders": 1.0, "messages": 0.0})


def shop_of_two_kinds(each=60):
    """Some order lamps often and ask where they are; others ordered one table, and are content with it."""
    random = np.random.default_rng(4)
    lamps, tables = random.lognormal(2.2, 0.3, (each, 5)), random.lognormal(5.7, 0.3, each)
    days = random.uniform(0, 50, (each, 5))
    for number in range(each):
        place = {"person": f"lamp{number}", "talk": f"k{number}"}
        for n in range(5):
            yield order(f"l{number}-{n}", "l1", days=days[number, n], person=place["person"], price=lamps[number, n])
        yield event("Live Chat Message Sent", **place, seq=1, text="where is my lamp parcel")
        yield event("Message Parsed", **place, seq=1, intent="track_order", sentiment="negative")
        person = f"table{number}"
        yield order(f"t{number}", "t1", days=days[number, 0], person=person, price=tables[number])
        yield event("Product Reviewed", person=person, product_id="t1", rating=5, review_body="a lovely oak table")


WANTED = ("profiles", "texts", "clusters", "segments")


def learn(database, **options):
    steps = [step for step in STEPS if step.name in WANTED]
    return refresh(database.reading, database.writing, steps=steps, **options)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """The file of a database whose shop has been refreshed once."""
    path = tmp_path_factory.mktemp("clusters") / "shop.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    record(database, *shop_of_two_kinds())
    learn(database, now=NOW, embed=by_letters)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def two_kinds(learnt, tmp_path):
    """A copy of it."""
    database = Database(f"sqlite:///{shutil.copy(learnt, tmp_path / 'copy.db')}")
    yield database
    database.close()


def by_letters(texts):
    """Counts of letters stand for an encoder."""
    return np.array([[text.count(letter) for letter in "abcdefghijklmnoprstw"] for text in texts], dtype=np.float32)


def listed(database):
    with database.reading() as session:
        return {one.id: one for one in segments.segments(session)}


def test_a_refresh_finds_groups_with_a_card_each(two_kinds):
    found = listed(two_kinds)
    assert len(found) == 2 and all(one.members == 60 for one in found.values())
    lamps = next(one for one in found.values() if one.card.categories == ("Lighting",))
    tables = next(one for one in found.values() if one.card.categories == ("Tables",))
    assert (lamps.card.size, lamps.card.share) == (60, 0.5)
    assert lamps.card.value < 0.2 and lamps.card.value + tables.card.value == pytest.approx(1.0, abs=0.001)
    assert any("5.0 orders a customer, 3.0 among all" in one for one in lamps.card.outstanding)
    assert {"lamp", "parcel"} & set(lamps.card.words) and {"lovely", "oak"} & set(" ".join(tables.card.words).split())
    assert lamps.name != tables.name and lamps.card.stability > 0.75


def test_a_refit_keeps_ids_and_names(two_kinds):
    before = {id: one.name for id, one in listed(two_kinds).items()}
    record(two_kinds, *(order(f"more{n}", "l1", days=59, person=f"lamp{n}") for n in range(20)))
    learn(two_kinds, now=NOW + timedelta(days=1))
    assert {id: one.name for id, one in listed(two_kinds).items()} == before


def test_of_very_many_people_some_stand_for_all(two_kinds, monkeypatch):
    monkeypatch.setattr(people, "MOST", 100)
    learn(two_kinds, now=NOW + timedelta(hours=1), embed=by_letters)
    found = listed(two_kinds).values()
    assert [one.members for one in found] == [60, 60]
    assert sum(one.card.size for one in found) == 120


def test_a_customer_moves_to_the_nearest_group_as_soon_as_an_order_is_folded(two_kinds):
    lamps, tables = inside(two_kinds, "lamp0"), inside(two_kinds, "table0")
    assert lamps and tables and lamps != tables
    record(two_kinds, order("new", "t1", person="newcomer", price=350))
    assert inside(two_kinds, "newcomer") == tables
    with two_kinds.reading() as session:
        [entered] = session.scalars(
            select(EventRow).where(EventRow.name == "Segment Entered", EventRow.customer_id == "newcomer")
        )
    assert entered.properties["segment_id"] in tables and "60 others" in entered.properties["reason"]
    record(two_kinds, *(order(f"n{n}", "l1", person="newcomer", days=60 + n / 9, price=5) for n in range(12)))
    assert inside(two_kinds, "newcomer") == lamps


def test_nobody_flaps_between_two_groups(two_kinds):
    """Half way between both centres: whoever is in one stays there."""
    with two_kinds.reading() as session:
        known = model.read(session)
        [(_, one)] = [pair for pair in documents(session) if pair[0] == "lamp0"]
    here = known.space.place(measure(one, NOW), None)
    between = model.Clusters(known.space, ("a", "b"), np.vstack([here + 0.99, here - 1.0]))
    homes = [between.home(one, None, now=NOW, inside=now) for now in ([], ["a"], ["b"])]
    assert homes == ["a", "a", "b"]
    far = model.Clusters(known.space, ("a", "b"), np.vstack([here + 0.5, here - 1.0]))
    assert far.home(one, None, now=NOW, inside=["b"]) == "a"


def inside(database, person_id):
    with database.reading() as session:
        return set(get(session, person_id).segments)


def test_a_replay_knows_the_same_stays_in_groups(two_kinds):
    record(two_kinds, order("new", "t1", person="newcomer", price=350))
    with two_kinds.reading() as session:
        followed = dict(documents(session))
    with two_kinds.writing() as session:
        rebuild(session)
    with two_kinds.reading() as session:
        assert dict(documents(session)) == followed


def test_where_nothing_is_stable_any_more_everybody_leaves(two_kinds):
    with two_kinds.writing() as session:
        for number in range(30):
            forget(session, f"lamp{number}")
    done = learn(two_kinds, now=NOW)
    assert done.facts["clusters"]["clusters"] == 0
    assert listed(two_kinds) == {} and inside(two_kinds, "lamp40") == set()
    with two_kinds.reading() as session:
        assert session.scalar(select(WritingRow).limit(1)) is None
        assert len(session.scalars(select(SegmentRow)).all()) == 2


def test_a_group_is_not_saved_over_nor_retired_by_hand(two_kinds):
    [first, _] = listed(two_kinds)
    with two_kinds.writing() as session, pytest.raises(SegmentError):
        segments.save(session, first, name="Mine", rule={"field": "orders", "is": ">=", "value": 1})
    with two_kinds.writing() as session, pytest.raises(SegmentError):
        segments.retire(session, first)


def test_erasing_takes_the_writing_along(two_kinds):
    with two_kinds.writing() as session:
        forget(session, "lamp0")
    with two_kinds.reading() as session:
        assert session.get(WritingRow, "lamp0") is None and session.get(WritingRow, "lamp1") is not None
