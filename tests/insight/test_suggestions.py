import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.database import Database
from insight.catalogue import Item
from insight.refresh import Refreshed, refresh
from insight.suggestions import Suggestion, suggest
from tests.conftest import copied
from tests.insight.story import NOON, category_of, event, order, record

PRODUCTS = ["t1", "t2", "t3", "l1", "l2", "l3", "r1", "r2"]
ITEMS = [Item(id, f"Product {id}", category_of(id), 10.0 * int(id[1]), True) for id in PRODUCTS]
NOW = NOON + timedelta(days=30)
REASONS = {
    "bought_together": "Often bought together with",
    "context_category": "Because you are looking at",
    "interest": "Because you have been looking at",
    "alike": "A favourite of",
    "popular": "One of our most popular products.",
}


@pytest.fixture(scope="module")
def shop_file(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("suggestions") / "shop.db"
    database = Database(f"sqlite:///{shutil.copy(empty_file, file)}")
    fill(database)
    database.close()
    return file


@pytest.fixture(scope="module")
def shop_on_postgres(postgres_url: str, empty_postgres: str) -> Iterator[str]:
    with copied(postgres_url, empty_postgres) as database:
        fill(database)
        database.close()
        yield str(database.url.database)


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A copy of the shop after a refresh, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{shutil.copy(request.getfixturevalue('shop_file'), tmp_path / 'shop.db')}")
        yield database
        database.close()
    else:
        filled, url = (request.getfixturevalue(name) for name in ("shop_on_postgres", "postgres_url"))
        with copied(url, filled) as database:
            yield database


def fill(database: Database) -> None:
    """Tables sell with lights; rugs sell by themselves, and best."""
    orders = [order(f"o{n}", "t1", "l1", person=f"c{n}", days=n) for n in range(4)]
    orders += [order(f"p{n}", "t2", "l2", person=f"d{n}", days=n) for n in range(3)]
    orders += [order(f"q{n}", "r1", person=f"e{n}", days=n) for n in range(8)]
    orders += [order(f"s{n}", "t1", "t3", person=f"f{n}", days=n) for n in range(3)]
    record(database, *orders)
    refreshed(database)


def refreshed(database: Database) -> Refreshed:
    return refresh(database.reading, database.writing, now=NOW)


def suggested(database: Database, person: str, items: list[Item] = ITEMS, **options: object) -> list[Suggestion]:
    with database.reading() as session:
        return suggest(session, person, items, **{"now": NOW, **options})


def test_what_is_talked_about_brings_what_is_bought_with_it(shop: Database):
    [first] = suggested(shop, "nobody", context=["t1"])
    assert (first.product_id, first.source) == ("l1", "bought_together")
    assert first.reason == "Often bought together with the Product t1."


def test_an_interest_brings_its_category(shop: Database):
    record(shop, event("Product Viewed", days=29, person="v", category="Lighting"))
    found = suggested(shop, "v", limit=3)
    assert found[0].product_id == "l1" and "l2" in {one.product_id for one in found}
    assert found[0].reason == "Because you have been looking at our lighting range."


def test_something_bought_brings_what_others_bought_with_it(shop: Database):
    record(shop, order("x1", "t2", person="v", days=29))
    everything = suggested(shop, "v", limit=9)
    assert everything[0].product_id == "l2"
    assert everything[0].reason == "Often bought together with the Product t2 you bought."


def test_a_stranger_gets_what_is_popular(shop: Database):
    [first] = suggested(shop, "nobody")
    assert (first.product_id, first.source) == ("r1", "popular")


def test_every_reason_is_one_plain_sentence_of_its_source(shop: Database):
    record(shop, event("Product Viewed", days=29, person="c1", product_id="l2", category="Lighting"))
    everything = suggested(shop, "c1", context=["t2"], limit=9)
    assert everything
    for one in everything:
        assert one.reason.startswith(REASONS[one.source])
        assert one.reason.endswith(".")
    assert everything[0].score == max(one.score for one in everything)


def test_what_is_in_the_way_is_never_suggested(shop: Database):
    def ids(**options: object) -> set[str]:
        return {one.product_id for one in suggested(shop, "v", limit=99, **options)}

    assert {"l1", "r1"} <= ids()
    assert "l1" not in ids(items=[replace(item, in_stock=item.product_id != "l1") for item in ITEMS])
    assert "l1" not in ids(items=[item for item in ITEMS if item.product_id != "l1"])
    assert "l1" not in ids(exclude=["l1"])
    assert "l1" not in ids(context=["l1"])
    assert suggested(shop, "v", limit=0) == []


@pytest.mark.parametrize(
    ("name", "days_ago", "still"),
    [
        ("Suggestion Shown", 6, False),
        ("Suggestion Shown", 8, True),
        ("Suggestion Declined", 29, False),
        ("Product Viewed", 1, True),
    ],
)
def test_shown_lately_or_declined_is_not_suggested_again(shop: Database, name: str, days_ago: int, still: bool):
    record(shop, event(name, days=30 - days_ago, person="v", product_id="r1"))
    assert ("r1" in {one.product_id for one in suggested(shop, "v", limit=99)}) is still


def test_bought_lately_is_not_suggested_again(shop: Database):
    record(shop, order("x1", "r1", person="v", days=29))
    assert "r1" not in {one.product_id for one in suggested(shop, "v", limit=99)}
    assert "r1" in {one.product_id for one in suggested(shop, "v", limit=99, now=NOW + timedelta(days=100))}


def test_before_anything_has_sold_the_category_talked_about_helps(database: Database):
    assert suggested(database, "v") == []
    [first] = suggested(database, "v", context=["t1"])
    assert (first.product_id, first.reason) == ("t2", "Because you are looking at our tables range.")


def test_refresh_counts_and_comes_out_the_same_twice(shop: Database):
    first, second = refreshed(shop), refreshed(shop)
    assert first == second
    assert (first.facts["tiers"]["customers"], first.facts["log"]["lines"]) == (18, 28)
    assert sum(rule["share"] for rule in first.facts["tiers"]["rules"]) == pytest.approx(1.0, abs=0.01)
    assert first.facts["together"]["neighbours"] == 6  # t1-l1, t2-l2 and t1-t3, both ways


def test_a_cancelled_order_says_nothing_about_what_goes_together(shop: Database):
    record(shop, event("Order Cancelled", order_id="s0", person="f0"))
    assert refreshed(shop).facts["together"]["neighbours"] == 4


def test_refresh_of_an_empty_log_leaves_the_defaults(database: Database):
    assert refreshed(database).facts["tiers"]["customers"] == 0
    assert suggested(database, "v") == []
