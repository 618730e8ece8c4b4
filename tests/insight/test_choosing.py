"""Which of the best few is shown, who is held back, and what is learnt from what was shown."""

from datetime import timedelta
from random import Random
from typing import Any

import numpy as np
import pytest

from bot.database import Database
from insight.catalogue import Item
from insight.events import Event, append
from insight.profile import rebuild
from insight.refresh import STEPS, Refreshed, refresh
from insight.suggestions import Choice, choose, choose_several, held_back, policy
from insight.suggestions.policy import ByRank, Learnt, Moment
from insight.tables import FavouriteRow
from tests.insight.story import NOON, event, record

NOW = NOON + timedelta(days=60)
ITEMS = {f"p{number}": Item(f"p{number}", f"Product {number}", "Things", 10.0, True) for number in range(8)}
SHOWN = next(f"c{number}" for number in range(100) if not held_back(f"c{number}"))
HELD_BACK = next(f"c{number}" for number in range(1_000) if held_back(f"c{number}"))
LEARNING = [step for step in STEPS if step.name in ("log", "bandit")]


@pytest.fixture
def shop(database: Database) -> Database:
    """Eight products, the first the most popular."""
    with database.writing() as session:
        session.add_all(
            FavouriteRow(audience="all", product_id=id, buyers=1, score=1 - n / 10) for n, id in enumerate(ITEMS)
        )
    return database


def chosen(database: Database, person: str, drawn: float) -> Choice:
    with database.reading() as session:
        choice = choose(session, person, ITEMS, draw=lambda: drawn, now=NOW)
    assert choice is not None
    return choice


def test_the_best_is_shown_unless_chance_wills_otherwise(shop: Database):
    first, last = chosen(shop, SHOWN, 0.0), chosen(shop, SHOWN, 0.999)
    assert (first.suggestion.product_id, first.facts["propensity"]) == ("p0", pytest.approx(0.92))
    assert (last.suggestion.product_id, last.facts["propensity"]) == ("p4", pytest.approx(0.02))
    assert [one["product_id"] for one in first.facts["slate"]] == ["p0", "p1", "p2", "p3", "p4"]


def test_how_often_each_is_shown_is_what_its_propensity_says(shop: Database):
    random = Random(3)
    with shop.reading() as session:
        drawn = [choose(session, SHOWN, ITEMS, draw=random.random, now=NOW) for _ in range(400)]
    assert sum(one is not None and one.facts["place"] == 0 for one in drawn) / 400 == pytest.approx(0.92, abs=0.05)


def test_one_in_twenty_is_held_back_and_always_the_same(shop: Database):
    assert not chosen(shop, HELD_BACK, 0.0).shown and chosen(shop, SHOWN, 0.0).shown
    assert sum(held_back(f"customer {number}") for number in range(20_000)) / 20_000 == pytest.approx(0.05, abs=0.01)


def test_several_are_chosen_one_after_the_other_from_what_is_left(shop: Database):
    with shop.reading() as session:
        first, second, third = choose_several(session, HELD_BACK, ITEMS, limit=3, draw=lambda: 0.0, now=NOW)
        (last, *_) = choose_several(session, HELD_BACK, ITEMS, limit=3, draw=lambda: 0.999, now=NOW)
        assert len(choose_several(session, SHOWN, ITEMS, limit=9, now=NOW)) == policy.SLATE
    assert [one.suggestion.product_id for one in (first, second, third, last)] == ["p0", "p1", "p2", "p4"]
    assert [len(one.facts["slate"]) for one in (first, second, third)] == [5, 4, 3]
    assert second.facts["propensity"] == pytest.approx(0.925)
    assert {one["product_id"] for one in second.facts["slate"]} == {"p1", "p2", "p3", "p4"}


@pytest.mark.parametrize(("visitor", "customer"), [("v-held", SHOWN), ("v-shown", HELD_BACK)])
def test_a_visitor_who_turns_out_to_be_a_customer_stays_what_they_were(shop: Database, visitor: str, customer: str):
    visitor = next(f"v{n}" for n in range(1_000) if held_back(f"v{n}") is (visitor == "v-held"))
    was_held_back = held_back(visitor)
    name = "Suggestion Withheld" if was_held_back else "Suggestion Shown"
    asked = event("Suggestion Shown", person=customer, product_id="p6", requested=True)
    record(shop, asked, event(name, person=None, visitor=visitor, days=1, product_id="p7"))
    assert chosen(shop, customer, 0.0).shown is was_held_back
    record(shop, event("Customer Identified", person=customer, visitor=visitor, days=2))
    assert chosen(shop, customer, 0.0).shown is not was_held_back
    with shop.writing() as session:
        rebuild(session)
    assert chosen(shop, customer, 0.0).shown is not was_held_back
    record(shop, event("Customer Separated", person=customer, visitor=visitor, days=3))
    assert chosen(shop, customer, 0.0).shown is was_held_back
    assert chosen(shop, visitor, 0.0).shown is not was_held_back


def test_nothing_to_choose_from_is_no_choice(database: Database):
    with database.reading() as session:
        assert choose(session, SHOWN, {}, now=NOW) is None


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_product_of_a_slate_has_a_chance(count: int):
    weights = np.zeros((4, policy.FEATURES))
    weights[:, 1] = [-1.0, -1.0, -1.0, 1.0]  # in three draws the lower the place, the better
    moment = Moment(["popular"] * count, [1.0] * count, asked=False)
    for acting in (ByRank(), Learnt(weights)):
        chances = acting.chances(moment)
        assert chances.sum() == pytest.approx(1.0) and (chances > 0).all()
    assert int(np.argmax(chances)) == count - 1
    if count > 1:
        assert chances[0] == pytest.approx(0.25, abs=policy.LEFT_TO_CHANCE)


def showings(count: int, *, worth: dict[str, float], seed: int = 1) -> list[Event]:
    """Slates of an interest first and a bundle second, shown by rank; a source is bought as often as it is worth."""
    random, told = Random(seed), []
    slate = [
        {"product_id": id, "source": source, "score": 0.5} for id, source in (("p0", "interest"), ("p1", "bundle"))
    ]
    for number in range(count):
        place = int(random.random() < 0.05)
        here: dict[str, Any] = {"person": f"s{number}", "days": 30 * number / count}
        facts = {"policy": "ranked", "propensity": (0.95, 0.05)[place], "place": place, "asked": False, "slate": slate}
        told.append(event("Suggestion Shown", suggestion_id=f"i{number}", product_id=f"p{place}", **facts, **here))
        if random.random() < worth[slate[place]["source"]]:
            here["days"] += 1
            line = {"product_id": f"p{place}", "price": 10.0, "quantity": 1}
            told.append(event("Order Completed", order_id=f"o{number}", total=10.0, products=[line], **here))
    return told


def learnt(database: Database, *events: Event) -> Refreshed:
    with database.writing() as session:
        append(session, events)
    return refresh(database.reading, database.writing, now=NOW, steps=LEARNING)


def test_what_surely_earns_more_acts_and_the_same_log_teaches_the_same(shop: Database):
    log = showings(2_000, worth={"interest": 0.02, "bundle": 0.6})
    first, again = learnt(shop, *log), learnt(shop, *log)
    assert first.facts["bandit"]["acts"] and first == again
    assert first.facts["bandit"]["gain"]["low"] > 0
    assert "shown as learnt" in first.sentences[-1]
    with shop.reading() as session:
        acting = policy.read(session)
    chances = acting.chances(Moment(["interest", "bundle"], [0.5, 0.5], asked=False))
    assert acting.name == "learnt" and chances[1] > 0.8


def test_what_does_not_surely_earn_more_does_not_act(shop: Database):
    found = learnt(shop, *showings(2_000, worth={"interest": 0.1, "bundle": 0.1})).facts["bandit"]
    assert not found["acts"] and found["gain"]["low"] <= 0
    with shop.reading() as session:
        assert policy.read(session) == ByRank()


def test_a_few_showings_teach_nothing(shop: Database):
    done = learnt(shop, *showings(50, worth={"interest": 0.5, "bundle": 0.5}))
    assert done.sentences[-1] == "Suggestions are shown by rank: 50 showings are too few to learn from."


def test_showings_without_a_propensity_and_of_this_week_are_left_out(shop: Database):
    odd = [
        event("Suggestion Shown", product_id="p0", days=1),
        event("Suggestion Shown", product_id="p0", days=1, propensity=2.0, place=0, slate=[{}]),
        event("Suggestion Shown", product_id="p0", days=1, propensity=0.5, place=7, slate=[{}]),
        event("Suggestion Shown", product_id="p0", days=58, propensity=0.5, place=0, slate=[{"source": "popular"}]),
    ]
    assert learnt(shop, *odd).facts["bandit"]["showings"] == 0
