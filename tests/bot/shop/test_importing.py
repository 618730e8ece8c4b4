import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.cli import main
from bot.database import Database
from bot.shop.catalogue import read_catalogue
from bot.shop.guess import category_of
from bot.shop.importing import store_orders
from bot.shop.sql import SqlShop
from insight import orders, profile
from insight.errors import FileError
from insight.tables import EventRow

NOW = datetime(2026, 6, 15, tzinfo=UTC)
ORDERS = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536365,22752,SET 7 BABUSHKA NESTING BOXES,2,2010-12-01 08:26:00,7.65,17850,United Kingdom
536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom
536366,22752,SET 7 BABUSHKA NESTING BOXES,1,2010-12-02 09:00:00,7.95,,France
C536400,85123A,WHITE HANGING HEART T-LIGHT HOLDER,-2,2010-12-05 10:00:00,2.55,17850,United Kingdom
536500,21212,CAKE CASES,10,2010-12-30 10:00:00,0.55,13047,United Kingdom
536501,21212,CAKE CASES,zero,2010-12-30 10:00:00,0.55,13047,United Kingdom
"""


@pytest.fixture
def orders_file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


def load(database: Database, path: Path, *, add: bool = False, catalogue=()):
    lines, _ = orders.read(path)
    return store_orders(database, lines, catalogue, currency="GBP", add=add, now=NOW)


def test_an_import_takes_the_place_of_the_demo_shop(demo: Database, orders_file: Path) -> None:
    stored = load(demo, orders_file)
    assert (stored.products, stored.customers, stored.orders, stored.guest_orders, stored.refunds) == (3, 2, 3, 1, 1)
    shop = SqlShop(demo)
    assert shop.customer("C-0001") is None
    order = shop.order("#536365")
    assert order.total == Decimal("48.60")
    assert order.shipping == Decimal("18.00")
    assert [line.product_id for line in order.lines] == ["85123A", "22752"]
    assert order.status == "delivered"
    assert shop.order("536366").customer_id is None
    assert [returned.quantity for returned in order.returns] == [2]
    with demo.reading() as session:
        events = session.execute(select(EventRow.name, EventRow.customer_id).order_by(EventRow.id)).all()
        assert profile.get(session, "17850").value.orders == 1
        assert profile.get(session, "C-0001") is None
    assert events == [("Order Completed", "17850"), ("Order Refunded", "17850"), ("Order Completed", "13047")]


def test_products_without_a_catalogue_come_from_their_lines(demo: Database, orders_file: Path) -> None:
    load(demo, orders_file)
    products = {product.id: product for product in SqlShop(demo).products()}
    assert set(products) == {"85123A", "22752", "21212"}
    assert products["22752"].name == "Set 7 Babushka Nesting Boxes"
    assert products["22752"].price == Decimal("7.80")
    assert products["85123A"].category == "Lighting"


def test_a_catalogue_gives_names_prices_and_stock(demo: Database, orders_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("sku,title,price,category,stock,colour\n22752,Babushkas,8.50,Toys,3,red\nNEW,Unsold,1,Toys,,\n")
    products, rejects = read_catalogue(path)
    assert not rejects
    load(demo, orders_file, catalogue=products)
    shop = SqlShop(demo)
    assert (shop.product("22752").name, shop.in_stock("22752")) == ("Babushkas", 3)
    assert shop.product("22752").attributes == {"colour": "red"}
    assert shop.product("NEW") is not None
    assert shop.product("85123A") is not None


def test_adding_keeps_what_is_there_and_adds_each_order_once(demo: Database, orders_file: Path) -> None:
    assert load(demo, orders_file, add=True).orders == 3
    again = load(demo, orders_file, add=True)
    assert (again.orders, again.customers) == (0, 0)
    shop = SqlShop(demo)
    assert shop.order("HP-20001").customer_id == "C-0001"
    assert shop.product("LIG-001") is not None
    assert shop.order("536500").customer_id == "13047"


def test_the_command_counts_explains_and_stores(
    demo: Database, orders_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(demo.url))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    command = ["insight", "import", str(orders_file), "--json"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--dry-run"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["rows"], told["used"], told["set_aside"], told["services"]) == (7, 6, 1, 1)
    assert told["reasons"] == {"Quantity is not a whole number": 1}
    assert "8,Quantity is not a whole number,536501" in Path(told["rejects"]).read_text()
    assert SqlShop(demo).customer("C-0001") is not None
    with pytest.raises(SystemExit):
        main(command)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["stored"]["orders"] == 3
    assert SqlShop(demo).customer("C-0001") is None


@pytest.mark.parametrize(
    ("content", "why"),
    [("", "empty"), ("product_id,name\nA,Cup\n", "no column price"), ("product_id,name,price\n,,\n", "no usable")],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text(content)
    with pytest.raises(FileError, match=why):
        read_catalogue(path)


def test_catalogue_rows_that_cannot_be_used_are_given_back(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("product_id,name,price,stock\nA,Cup,£4.50,2\nA,Cup,4,2\nB,Mug,-1,2\nC,Jug,4,many\n")
    products, rejects = read_catalogue(path)
    assert [(product.id, product.price) for product in products] == [("A", Decimal("4.50"))]
    assert [(row.row, row.reason) for row in rejects] == [
        (3, "product_id twice"),
        (4, "price is not an amount"),
        (5, "stock is not a number"),
    ]


@pytest.mark.parametrize(
    ("description", "category"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "Lighting"),
        ("RED RETROSPOT MINI CASES", "Other"),
        ("JUMBO BAG RED RETROSPOT", "Bags"),
        ("SET OF 3 CAKE TINS PANTRY DESIGN", "Kitchen"),
        ("", "Other"),
    ],
)
def test_a_category_is_guessed_from_what_the_thing_is(description: str, category: str) -> None:
    assert category_of(description) == category


@given(st.text(max_size=60))
def test_any_description_has_a_category(description: str) -> None:
    assert category_of(description)
