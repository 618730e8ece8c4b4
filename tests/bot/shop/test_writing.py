import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.database import Database
from bot.shop.errors import CustomerNotFound, Invalid, NotPossible, OrderNotFound
from bot.shop.sql import SqlShop
from bot.shop.tables import CustomerRow, OrderLineRow, OrderRow, ProductRow
from insight.tables import EventRow


def events_of(database: Database, prefix: str = "shop:") -> list[EventRow]:
    with database.reading() as session:
        return list(
            session.scalars(select(EventRow).where(EventRow.message_id.startswith(prefix)).order_by(EventRow.id))
        )


def test_cancelling_happens_once_whatever_is_repeated(shop: SqlShop) -> None:
    stock = shop.in_stock("TAB-005")
    first = shop.cancel_order("C-0001", "20001", key="a", reason="changed my mind")
    again = shop.cancel_order("C-0001", "20001", key="a")
    later = shop.cancel_order("C-0001", "20001", key="b")
    assert (first.changed, again.changed, later.changed) == (True, False, False)
    assert first.order.status == again.order.status == later.order.status == "cancelled"
    assert "cancelled already on 15 June 2026" in later.message
    assert shop.in_stock("TAB-005") == stock + 2
    told = events_of(shop.database)
    assert [event.name for event in told] == ["Order Cancelled"]
    assert [product["product_id"] for product in told[0].properties["products"]] == ["TAB-005", "KIT-019"]


@pytest.mark.parametrize(
    ("customer", "order_id", "why"),
    [
        ("C-0001", "HP-20002", "with the carrier"),
        ("C-0001", "HP-20003", "delivered"),
        ("C-0003", "HP-20007", "packed"),
        ("C-0004", "HP-20009", "sent back"),
    ],
)
def test_an_order_that_left_cannot_be_cancelled_and_the_reason_is_said(
    shop: SqlShop, customer: str, order_id: str, why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        shop.cancel_order(customer, order_id, key="a")
    assert events_of(shop.database) == []


@pytest.mark.parametrize("order_id", ["HP-20005", "HP-99999"])
def test_every_write_refuses_an_order_of_somebody_else(shop: SqlShop, order_id: str) -> None:
    before = shop.order("HP-20005")
    writes = [
        lambda: shop.cancel_order("C-0001", order_id, key="a"),
        lambda: shop.change_address("C-0001", order_id, address="1 New Street, Leeds", key="b"),
        lambda: shop.change_line("C-0001", order_id, product_id="KIT-001", quantity=2, key="c"),
        lambda: shop.start_return(
            "C-0001", order_id, product_id="KIT-001", reason="too small", resolution="refund", key="d"
        ),
        lambda: shop.request_invoice("C-0001", order_id, key="e"),
        lambda: shop.open_complaint("C-0001", text="late", order_id=order_id, key="f"),
    ]
    for write in writes:
        with pytest.raises(OrderNotFound):
            write()
    assert shop.order("HP-20005") == before
    assert events_of(shop.database) == []


def test_an_unknown_customer_is_refused(shop: SqlShop) -> None:
    with pytest.raises(CustomerNotFound):
        shop.subscribe_newsletter("C-9999", key="a")


def test_a_key_is_not_taken_for_another_action(shop: SqlShop) -> None:
    shop.subscribe_newsletter("C-0001", key="a")
    with pytest.raises(Invalid, match="subscribe_newsletter"):
        shop.cancel_order("C-0001", "HP-20001", key="a")
    assert shop.order("HP-20001").status == "paid"


def test_an_address_changes_while_the_order_is_open(shop: SqlShop) -> None:
    receipt = shop.change_address("C-0001", "HP-20001", address="9 Elm Grove,\n York , YO1 7AB", key="a")
    assert receipt.order.address == "9 Elm Grove, York, YO1 7AB"
    assert not shop.change_address("C-0001", "HP-20001", address="9 Elm Grove, York, YO1 7AB", key="b").changed
    with pytest.raises(NotPossible):
        shop.change_address("C-0001", "HP-20002", address="9 Elm Grove, York, YO1 7AB", key="c")


@pytest.mark.parametrize("address", ["", "here", "12345678", "x" * 400])
def test_what_is_no_address_is_refused(shop: SqlShop, address: str) -> None:
    with pytest.raises(Invalid):
        shop.set_customer_address("C-0001", address=address, key="a")


def test_lines_are_changed_added_and_removed_with_the_stock(shop: SqlShop) -> None:
    mugs, lamps = shop.in_stock("TAB-005"), shop.in_stock("LIG-001")
    shop.change_line("C-0001", "HP-20001", product_id="TAB-005", quantity=5, key="a")
    shop.change_line("C-0001", "HP-20001", product_id="LIG-001", quantity=1, key="b")
    receipt = shop.change_line("C-0001", "HP-20001", product_id="KIT-019", quantity=0, key="c")
    assert [(line.product_id, line.quantity) for line in receipt.order.lines] == [("TAB-005", 5), ("LIG-001", 1)]
    assert (shop.in_stock("TAB-005"), shop.in_stock("LIG-001")) == (mugs - 3, lamps - 1)
    assert [event.name for event in events_of(shop.database)] == ["Order Updated"] * 3


def test_the_last_line_cannot_be_removed_nor_more_be_ordered_than_there_is(shop: SqlShop) -> None:
    with pytest.raises(NotPossible, match="out of stock"):
        shop.change_line("C-0001", "HP-20001", product_id="FUR-004", quantity=1, key="a")
    with pytest.raises(NotPossible, match="only 4 more"):
        shop.change_line("C-0001", "HP-20001", product_id="FUR-001", quantity=5, key="b")
    shop.change_line("C-0001", "HP-20001", product_id="KIT-019", quantity=0, key="c")
    with pytest.raises(NotPossible, match="cancel the whole order"):
        shop.change_line("C-0001", "HP-20001", product_id="TAB-005", quantity=0, key="d")


def test_a_return_is_started_once(shop: SqlShop) -> None:
    def start(key: str):
        return shop.start_return(
            "C-0001", "HP-20003", product_id="CLO-001", reason="too small", resolution="refund", key=key
        )

    receipts = [start("a"), start("a"), start("b")]
    assert [receipt.changed for receipt in receipts] == [True, False, False]
    assert len({receipt.returned.id for receipt in receipts}) == 1
    assert receipts[0].returned.amount == 89
    assert [event.name for event in events_of(shop.database)] == ["Return Requested"]
    assert events_of(shop.database)[0].properties["reason"] == "too small"


@pytest.mark.parametrize(
    ("customer", "order_id", "product_id", "why"),
    [
        ("C-0001", "HP-20001", "TAB-005", "cancel it instead"),
        ("C-0001", "HP-20002", "LIG-001", "on its way"),
        ("C-0001", "HP-20004", "GAR-006", "cancelled"),
        ("C-0007", "HP-20011", "FUR-008", "30 days"),
        ("C-0001", "HP-20003", "TAB-005", "not in order"),
    ],
)
def test_a_return_that_cannot_be_is_explained(
    shop: SqlShop, customer: str, order_id: str, product_id: str, why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        shop.start_return(customer, order_id, product_id=product_id, reason="", resolution="refund", key="a")


def test_a_replacement_needs_stock_and_takes_it(shop: SqlShop) -> None:
    left = shop.in_stock("CLO-013")
    shop.start_return("C-0001", "HP-20003", product_id="CLO-013", reason="", resolution="replacement", key="a")
    assert shop.in_stock("CLO-013") == left - 2
    with shop.database.writing() as session:
        session.get(ProductRow, "CLO-001").stock = 0
    with pytest.raises(NotPossible, match="out of stock"):
        shop.start_return("C-0001", "HP-20003", product_id="CLO-001", reason="", resolution="replacement", key="b")


def test_newsletter_invoice_complaint_review_and_details(shop: SqlShop) -> None:
    assert [shop.subscribe_newsletter("C-0001", key=key).changed for key in "ab"] == [True, False]
    assert shop.unsubscribe_newsletter("C-0001", key="c").changed
    assert [shop.request_invoice("C-0001", "HP-20003", key=key).changed for key in "de"] == [True, False]
    complaint = shop.open_complaint("C-0006", text="It is six days late!", order_id="HP-20010", key="f")
    assert shop.open_complaint("C-0006", text="It is six days late!", key="f").reference == complaint.reference
    assert shop.add_review("C-0001", product_id="CLO-001", rating=4, text="Warm.", key="g").changed
    with pytest.raises(NotPossible):
        shop.add_review("C-0001", product_id="FUR-001", rating=5, text="Never had it.", key="h")
    changed = shop.update_customer("C-0001", name="Maya Thornton-Reed", email="Maya@example.org", key="i")
    assert (changed.customer.name, changed.customer.email) == ("Maya Thornton-Reed", "maya@example.org")
    assert changed.message == "Your name and email are updated."
    names = [event.name for event in events_of(shop.database)]
    assert names == ["Newsletter Subscribed", "Newsletter Unsubscribed", "Complaint Opened", "Product Reviewed"]


def test_anothers_e_mail_address_is_refused_without_saying_whose(shop: SqlShop) -> None:
    with pytest.raises(Invalid) as refused:
        shop.update_customer("C-0001", email="tom.ellery@example.com", key="a")
    assert "Tom" not in refused.value.message


def test_erasing_leaves_nothing_that_tells_who_it_was(shop: SqlShop) -> None:
    shop.open_complaint("C-0001", text="My secret words", order_id="HP-20003", key="a")
    shop.change_address("C-0001", "HP-20001", address="77 Hidden Lane, Bath, BA1 1AA", key="b")
    assert "Maya" in str(shop.export_customer("C-0001"))
    assert shop.erase_customer("C-0001")
    left = str(shop.export_customer("C-0001"))
    for trace in ("Maya", "maya.thornton", "Rope Walk", "secret words", "Hidden Lane", "07700"):
        assert trace not in left
    assert shop.order("HP-20003").total > 0
    assert not shop.erase_customer("C-9999")


def test_the_same_key_from_two_threads_on_postgresql_is_one_write(postgres: Database) -> None:
    with postgres.writing() as session:
        session.add(
            CustomerRow(
                id="C-1", name="A", email="a@b.co", phone="", address="", newsletter=False, since=date(2026, 1, 1)
            )
        )
        session.add(
            ProductRow(
                id="P",
                name="Cup",
                category="Cups",
                description="",
                price_pence=100,
                currency="GBP",
                attributes={},
                stock=1,
                image="",
                url="",
            )
        )
        session.flush()
        session.add(
            OrderRow(
                id="HP-1",
                customer_id="C-1",
                status="paid",
                placed_at=datetime(2026, 6, 1, tzinfo=UTC),
                shipping_pence=0,
                currency="GBP",
                address="",
                delivery="standard",
                payment="",
                carrier="",
                tracking="",
            )
        )
        session.flush()
        session.add(OrderLineRow(order_id="HP-1", position=1, product_id="P", name="Cup", quantity=2, price_pence=100))
    shop = SqlShop(postgres)
    receipts = []
    threads = [
        threading.Thread(target=lambda key=key: receipts.append(shop.cancel_order("C-1", "1", key=key)))
        for key in ("a", "a", "b", "c")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.changed for receipt in receipts) == [False, False, False, True]
    assert shop.in_stock("P") == 3
    assert len(events_of(postgres)) == 1
