"""Orders: one's own, another's, cancelling; as a customer types it."""

import pytest

from bot.shop.sql import SqlShop


def test_a_customer_sees_where_their_own_order_is(customer):
    answer = customer("C-0001").say("where is my order HP-20002?")
    assert "hp-20002" in answer.text
    assert "way" in answer.text
    assert answer.part("order")["order"]["status"] == "shipped"


def test_another_customers_order_is_refused_and_nothing_of_it_is_shown(customer):
    answer = customer("C-0001").say("where is order HP-20005?")
    assert "order" not in answer.types
    for secret in ("Okafor", "daniel", "Leeds", "KIT-001", "shipped", "way to you"):
        assert secret.lower() not in answer.everything.lower()


def test_an_order_that_is_nobodys_is_answered_like_another_customers(customer):
    someone = customer("C-0001")
    theirs, nobodys = someone.say("track order HP-20005"), someone.say("track order HP-99999")
    assert theirs.text and nobodys.text
    assert "order" not in theirs.types + nobodys.types


def test_a_visitor_proves_an_order_is_theirs_with_a_code(customer, stack):
    visitor = customer()
    assert "order" not in visitor.say("where is my order?").types
    visitor.say("HP-20005")
    asked = visitor.say("daniel.okafor@example.com")
    assert "code" in asked.text
    code = demo_code(stack, visitor)
    answer = visitor.say(code)
    assert "HP-20005".lower() in answer.everything.lower()


def test_a_wrong_code_opens_nothing(customer, stack):
    visitor = customer()
    visitor.say("where is my order?")
    visitor.say("HP-20007")
    visitor.say("priya.raman@example.com")
    right = demo_code(stack, visitor)
    answer = visitor.say("000000" if right != "000000" else "111111")
    assert "order" not in answer.types
    assert "Norwich" not in answer.everything


def test_a_wrong_address_is_answered_like_a_right_one(customer):
    answers = []
    for email in ("priya.raman@example.com", "nobody@example.com"):
        visitor = customer()
        visitor.say("where is my order?")
        visitor.say("HP-20007")
        answers.append(visitor.say(email))
    right, wrong = answers
    assert "code" in right.text and "code" in wrong.text
    assert right.types == wrong.types


def test_no_keeps_an_order_that_could_be_cancelled(customer, shop_database):
    someone = customer("C-0008")
    asked = someone.say("I want to cancel order HP-20012")
    assert asked.buttons and SqlShop(shop_database).order("HP-20012").can_cancel
    someone.say("no")
    assert SqlShop(shop_database).order("HP-20012").status == "placed"
    someone.say("yes")
    assert SqlShop(shop_database).order("HP-20012").status == "placed", "a late yes cancels nothing"


@pytest.mark.parametrize(
    ("yes", "order_id", "who"), [("yes", "HP-20001", "C-0001"), ("yeah go ahead", "HP-20012", "C-0008")]
)
def test_cancelling_asks_first_happens_once_and_a_repeat_says_so(customer, shop_database, yes, order_id, who):
    shop = SqlShop(shop_database)
    someone = customer(who)
    asked = someone.say(f"please cancel my order {order_id}")
    assert shop.order(order_id).status != "cancelled"
    assert asked.buttons
    assert "cancel" in someone.say(yes).text
    assert shop.order(order_id).status == "cancelled"
    again = someone.say(f"cancel order {order_id}")
    assert again.messages[-1]["body"]["template_id"] == "order_already_cancelled"
    assert shop.order(order_id).status == "cancelled"


def demo_code(stack, visitor):
    """What the shop page's demo inbox shows."""
    import httpx

    headers = {"Authorization": f"Bearer {visitor.token}"}
    found = httpx.get(f"{stack.url}/v1/demo/codes", headers=headers, timeout=10).json()
    return found["codes"][-1]["code"]
