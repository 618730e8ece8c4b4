import shutil
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.database import Database
from bot.shop.catalogue import read_catalogue
from bot.shop.demo import load_demo
from bot.shop.demo.generator import generate
from bot.shop.sql import SqlShop
from bot.shop.tables import CustomerRow, OrderRow
from insight.errors import FileError
from insight.tables import EventRow

TODAY = date(2026, 6, 15)
DATA = Path(__file__).parents[3] / "data"


@pytest.fixture(scope="module")
def rows():
    products, rejects = read_catalogue(DATA / "catalogue" / "products.csv")
    assert not rejects
    return generate(products, TODAY)


def test_the_catalogue_is_large_and_told_apart() -> None:
    products, _ = read_catalogue(DATA / "catalogue" / "products.csv")
    assert len(products) >= 320
    assert len({product.category for product in products}) >= 12
    assert len({product.name for product in products}) == len({p.description for p in products}) == len(products)
    assert any(product.stock == 0 for product in products)
    assert any(0 < product.stock < 5 for product in products)


def test_the_same_seed_and_day_make_the_same_shop(rows) -> None:
    products, _ = read_catalogue(DATA / "catalogue" / "products.csv")
    assert generate(products, TODAY) == rows
    assert generate(products, TODAY, seed=1).orders != rows.orders


def test_there_are_500_customers_and_two_years_and_nothing_lies_in_the_future(rows) -> None:
    midnight = datetime.combine(TODAY, time(), tzinfo=UTC)
    assert len(rows.customers) == 500
    assert len({customer["email"] for customer in rows.customers}) == 500
    assert max(event.occurred_at for event in rows.events) < midnight
    placed = [order["placed_at"] for order in rows.orders]
    assert max(placed) >= midnight - timedelta(days=1)
    assert min(placed) <= midnight - timedelta(days=700)


def test_every_status_is_there_and_days_follow_each_other(rows) -> None:
    assert {order["status"] for order in rows.orders} >= {
        "placed",
        "paid",
        "packed",
        "shipped",
        "delivered",
        "cancelled",
        "returned",
    }
    for order in rows.orders:
        days = [order["placed_at"].date(), order["shipped_on"], order["delivered_on"]]
        known = [day for day in days if day is not None]
        assert known == sorted(known)
        assert (order["status"] == "cancelled") == (order["cancelled_on"] is not None)
        assert (order["delivered_on"] is not None) == (order["status"] in ("delivered", "returned"))


def test_behaviour_shows_gifts_in_december_and_tastes_of_their_own(rows) -> None:
    months = Counter(order["placed_at"].month for order in rows.orders)
    assert months[12] > 2 * months[2]
    spent: dict[str, int] = defaultdict(int)
    order_of = {order["id"]: order["customer_id"] for order in rows.orders}
    for line in rows.lines:
        spent[order_of[line["order_id"]]] += line["quantity"] * line["price_pence"]
    ranked = sorted(spent.values(), reverse=True)
    assert sum(ranked[: len(ranked) // 5]) > 0.5 * sum(ranked)


def test_events_tell_what_the_orders_tell(rows) -> None:
    told = Counter(event.name for event in rows.events)
    assert told["Order Completed"] == len(rows.orders)
    assert told["Return Requested"] == len(rows.returns)
    assert told["Order Refunded"] == sum(back["status"] == "refunded" for back in rows.returns)
    assert told["Product Reviewed"] == len(rows.reviews)
    assert told["Product Viewed"] > told["Product Added"] > len(rows.orders)
    assert len({event.message_id for event in rows.events}) == len(rows.events)


@pytest.mark.parametrize(
    ("order_id", "customer_id", "status"),
    [
        ("HP-20001", "C-0001", "paid"),
        ("HP-20002", "C-0001", "shipped"),
        ("HP-20003", "C-0001", "delivered"),
        ("HP-20004", "C-0001", "cancelled"),
        ("HP-20005", "C-0002", "shipped"),
        ("HP-20007", "C-0003", "packed"),
        ("HP-20008", "C-0004", "delivered"),
        ("HP-20009", "C-0004", "returned"),
        ("HP-20010", "C-0006", "shipped"),
        ("HP-20011", "C-0007", "delivered"),
        ("HP-20012", "C-0008", "placed"),
    ],
)
def test_the_showcase_is_in_its_documented_state(shop: SqlShop, order_id: str, customer_id: str, status: str) -> None:
    order = shop.order(order_id)
    assert (order.customer_id, order.status) == (customer_id, status)
    readme = (DATA / "catalogue" / "README.md").read_text()
    assert order_id in readme and shop.customer(customer_id).email in readme


def test_a_late_order_is_late_and_a_new_customer_has_none(shop: SqlShop) -> None:
    assert shop.order("HP-20010").expected_on < TODAY
    assert shop.orders("C-0005") == []


def test_loading_again_changes_nothing_and_keeps_what_customers_did(demo: Database, shop: SqlShop) -> None:
    shop.cancel_order("C-0001", "HP-20001", key="a")
    assert not load_demo(demo, DATA, today=TODAY + timedelta(days=3))
    assert shop.order("HP-20001").status == "cancelled"


def test_an_edited_catalogue_is_loaded_and_people_stay(demo: Database, shop: SqlShop, tmp_path: Path) -> None:
    with demo.reading() as session:
        before = [
            session.scalar(select(func.count()).select_from(table)) for table in (CustomerRow, OrderRow, EventRow)
        ]
    (tmp_path / "catalogue").mkdir()
    copy = shutil.copy(DATA / "catalogue" / "products.csv", tmp_path / "catalogue" / "products.csv")
    with Path(copy).open("a") as file:
        file.write("ZZZ-001,Brass Sextant,Decor,For finding yourself.,75.00,3,brass,brass,20 cm,none,\n")
    assert load_demo(demo, tmp_path, today=TODAY)
    assert shop.find_products("sextant")[0].id == "ZZZ-001"
    with demo.reading() as session:
        assert before == [
            session.scalar(select(func.count()).select_from(table)) for table in (CustomerRow, OrderRow, EventRow)
        ]


def test_a_broken_catalogue_names_its_line(database: Database, tmp_path: Path) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "products.csv").write_text("product_id,name,price\nA,Cup,4\nB,Mug,cheap\n")
    with pytest.raises(FileError, match="line 3: price"):
        load_demo(database, tmp_path, today=TODAY)
