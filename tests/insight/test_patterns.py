"""What goes together, what follows what, and where people go instead; and that chance is not taken for a pattern."""

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from bot.cli.insight_patterns import tables
from insight.batch.context import Context
from insight.batch.engines import open_engine
from insight.patterns import read, step
from insight.patterns.funnels import shopping, talking
from insight.patterns.rules import rules
from insight.patterns.sequences import sequences
from insight.refresh import STEPS, refresh
from insight.tables import BundleRow
from tests.insight.story import NOON, event, order, record

CATALOGUE = [f"p{number}" for number in range(40)]


def baskets(orders):
    return pd.DataFrame(
        [(number, product) for number, products in enumerate(orders) for product in products],
        columns=["event_id", "product_id"],
    )


def by_chance(seed, *, count=600, size=4):
    random = np.random.default_rng(seed)
    return [list(random.choice(CATALOGUE, size=size, replace=False)) for _ in range(count)]


def test_what_goes_together_is_found_with_its_numbers():
    orders = by_chance(1) + [["tea", "pot"]] * 30 + [["tea"]] * 10
    rule = next(rule for rule in rules(baskets(orders)) if rule.left == ("tea",))
    assert (rule.right, rule.together, rule.orders) == ("pot", 30, 640)
    assert rule.confidence == 0.75
    assert rule.lift == pytest.approx(0.75 / (30 / 640))


def test_chance_makes_no_rules():
    found = [len(rules(baskets(by_chance(seed)))) for seed in range(5)]
    assert sum(found) <= 1


def test_a_longer_rule_must_say_more_than_the_shorter_ones():
    orders = by_chance(2) + [["tea", "pot", "cosy"]] * 40
    found = rules(baskets(orders))
    assert {rule.left for rule in found if rule.right == "cosy"} == {("tea",), ("pot",)}


def test_no_orders_make_no_rules():
    assert rules(baskets([])) == []


@pytest.fixture
def context(tmp_path):
    """What a step of the refresh gets, with nothing in the database."""
    with open_engine("duckdb", tmp_path) as engine:
        yield Context(reading=None, writing=None, engine=engine, folder=tmp_path, now=NOON)


def lines_of(purchases):
    rows = pd.DataFrame(purchases, columns=["person_id", "product_id", "day"])
    return rows.assign(at=pd.Timestamp("2026-01-01") + pd.to_timedelta(rows.pop("day"), unit="D"))


def test_what_follows_what_has_its_days_in_between(context):
    steps = [("lamp", 0), ("bulb", 20), ("shade", 50)]
    purchases = [(f"c{who}", what, day + who % 3) for who in range(30) for what, day in steps]
    found = {one.steps: one for one in sequences(context, context.put("lines", lines_of(purchases)))[0]}
    assert found["lamp", "bulb"].gaps == (20.0,) and found["lamp", "bulb"].people == 30
    assert found["lamp", "bulb", "shade"].gaps == (20.0, 30.0)
    assert ("bulb", "lamp") not in found


def test_what_the_same_people_buy_in_any_order_is_no_sequence(context):
    random = np.random.default_rng(3)
    purchases = [
        (f"c{who}", what, int(day))
        for who in range(60)
        for what, day in zip("abcde", random.permutation(90)[:5], strict=True)
    ]
    assert sequences(context, context.put("lines", lines_of(purchases))) == ([], 1.0)


def test_a_shopping_funnel_counts_people_and_says_where_they_went_instead():
    at = pd.Timestamp("2026-03-01")
    rows = [(f"c{who}", at, "Product Viewed", "Rugs") for who in range(20)]
    rows += [(f"c{who}", at + pd.Timedelta("1h"), "Product Added", "Rugs") for who in range(8)]
    rows += [(f"c{who}", at + pd.Timedelta("2h"), "Order Completed", "Rugs") for who in range(4)]
    rows += [("c9", at - pd.Timedelta("1h"), "Order Completed", "Rugs")]
    rows += [(f"c{who}", at + pd.Timedelta("3h"), "Product Viewed", "Lighting") for who in range(8, 12)]
    [funnel] = shopping(pd.DataFrame(rows, columns=["person_id", "at", "name", "category"]))
    assert [(stage.reached, stage.before) for stage in funnel.stages] == [(8, 20), (4, 8)]
    assert funnel.stages[0].interval[0] < 0.4 < funnel.stages[0].interval[1]
    assert funnel.instead == (("Product Viewed", 4), ("nothing more", 8))


def test_a_talking_funnel_follows_a_question_to_an_order():
    at = pd.Timestamp("2026-03-01", tz="UTC")
    parses = pd.DataFrame(
        [("Message Parsed", talk, talk, at, "check_stock", talk >= 8) for talk in range(10)],
        columns=["name", "talk", "person", "at", "intent", "abstained"],
    )
    orders = pd.DataFrame({"person": [0, 1, 2], "at": [at + pd.Timedelta(days=days) for days in (1, 6, 8)]})
    [funnel] = talking(parses, orders, handed={7})
    assert [(stage.reached, stage.before) for stage in funnel.stages] == [(7, 10), (2, 7)]


def test_what_is_counted_in_a_sample_is_said_to_be(database, monkeypatch):
    monkeypatch.setattr(step, "MOST_STEPS", 100)
    views = [event("Product Viewed", person=f"c{n}", product_id="r1", category="Rugs") for n in range(200)]
    record(database, *views, *(order(f"o{n}", "t1", person=f"c{n}") for n in range(40)))
    refresh(database.reading, database.writing, steps=[one for one in STEPS if one.name in ("log", "patterns")])
    with database.reading() as session:
        found = read(session)
    assert found.shares["rules"] == 1.0 and found.shares["shopping"] < 0.5
    [rugs] = [funnel for funnel in found.funnels if funnel.of_what == "Rugs"]
    assert 10 <= rugs.entered < 160
    together, _, goes_on = tables(found, str)
    assert together.caption is None
    assert goes_on.caption.endswith("% of the people, in funnels of shopping, taken by chance.")


def test_a_refresh_keeps_what_it_found_for_people_and_for_suggestions(database):
    record(database, *(order(f"o{n}", "t1", "l1", person=f"c{n}", days=n / 10) for n in range(40)))
    record(database, *(order(f"s{n}", f"r{n % 20}", person=f"d{n}", days=n / 10) for n in range(200)))
    told = refresh(database.reading, database.writing)
    assert told.facts["patterns"]["rules"] == 2
    with database.reading() as session:
        found = read(session)
        bundles = session.scalars(select(BundleRow).order_by(BundleRow.left_id)).all()
    assert [(rule.left, rule.right, rule.together) for rule in found.rules] == [(("l1",), "t1", 40)]
    assert [(one.left_id, one.product_id) for one in bundles] == [("l1", "t1"), ("t1", "l1")]
