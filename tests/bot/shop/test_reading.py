from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.shop.errors import OrderNotFound
from bot.shop.port import own_order
from bot.shop.sql import SqlShop


@pytest.mark.parametrize("written", ["HP-20001", "hp-20001", "#20001", "20001", " HP 20001 ", "#hp-20001", "hp20001"])
def test_an_order_is_found_however_its_number_is_written(shop: SqlShop, written: str) -> None:
    assert shop.order(written).id == "HP-20001"


@pytest.mark.parametrize("written", ["", "#", "99999", "HP-", "order", "20001; DROP TABLE shop_order", "20001x"])
def test_what_is_no_order_number_finds_nothing(shop: SqlShop, written: str) -> None:
    assert shop.order(written) is None


def test_anothers_order_and_a_missing_one_are_refused_in_the_same_words(shop: SqlShop) -> None:
    messages = set()
    for order_id in ("HP-20005", "HP-99999"):
        with pytest.raises(OrderNotFound) as refused:
            own_order(shop, customer_id="C-0001", order_id=order_id)
        messages.add(refused.value.message)
    assert len(messages) == 1


def test_nobody_owns_an_order_without_being_verified(shop: SqlShop) -> None:
    with pytest.raises(OrderNotFound):
        own_order(shop, customer_id=None, order_id="HP-20001")


def test_orders_come_newest_first_and_add_up(shop: SqlShop) -> None:
    orders = shop.orders("C-0001")
    assert [order.id for order in orders[:4]] == ["HP-20001", "HP-20002", "HP-20003", "HP-20004"]
    assert orders[0].total == Decimal("45.95")
    assert orders[0].total == sum(line.total for line in orders[0].lines) + orders[0].shipping


def test_a_customer_is_found_by_e_mail_in_any_case(shop: SqlShop) -> None:
    assert shop.customer_by_email(" Maya.Thornton@EXAMPLE.com ").id == "C-0001"
    assert shop.customer_by_email("") is None


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("duvet cover king size", "Cirrus Washed Cotton Duvet Cover, King"),
        ("do you have a waterproof coat for kids?", "Yellow Raincoat for Children"),
        ("wolen sox", "Wool Socks, Pair"),
        ("espreso maker", "Stovetop Espresso Maker, 6 Cup"),
        ("secateurs", "Bypass Secateurs"),
    ],
)
def test_products_are_found_by_a_customers_words(shop: SqlShop, words: str, first: str) -> None:
    assert shop.find_products(words)[0].name == first


def test_words_that_fit_no_product_find_none(shop: SqlShop) -> None:
    assert shop.find_products("noise cancelling headphones") == []


def test_a_search_keeps_to_category_price_and_limit(shop: SqlShop) -> None:
    found = shop.find_products("something nice", category="lighting", max_price=Decimal(30), limit=3)
    assert len(found) == 3
    assert all(product.category == "Lighting" and product.price <= 30 for product in found)


def test_refunds_say_where_the_money_is(shop: SqlShop) -> None:
    found = {refund.order_id: refund for refund in shop.refunds("C-0004")}
    assert found["HP-20008"].status == "waiting for the parcel"
    assert found["HP-20008"].expected_on is None
    assert found["HP-20009"].status == "paid"
    assert shop.refunds("C-0001", order_id="HP-20008") == []


def test_only_codes_that_are_still_valid_are_offered(shop: SqlShop) -> None:
    assert {discount.code for discount in shop.discounts()} == {"WELCOME10", "PINE15"}
    shop.clock = lambda: datetime(2026, 9, 1, tzinfo=UTC)
    assert {discount.code for discount in shop.discounts()} == {"WELCOME10"}


def test_facts_count_the_catalogue(shop: SqlShop) -> None:
    facts = shop.facts()
    assert int(facts["product_count"]) == len(shop.products())
    assert "Lighting" in facts["categories"]
