"""Orders, returns and the account, in whole conversations through the real Rasa."""

import pytest

from tests.dialogue.stack import Stack


def test_own_order_is_tracked(stack: Stack) -> None:
    who, (number,) = stack.customer(("shipped", "P-1"))
    [part] = stack.talk(who).say("where is my order?", "track_order")
    assert part["type"] == "order"
    assert part["order"]["id"] == number
    assert part["order"]["lines"] == [{"name": "Blue Mug", "quantity": 1}]
    assert "on its way" in part["text"]


def test_another_customers_order_is_refused_and_nothing_of_it_is_shown(stack: Stack) -> None:
    _, (theirs,) = stack.customer(("paid", "P-3"))
    who, _ = stack.customer(("shipped", "P-1"))
    talk = stack.talk(who)
    for text, intent in (("where is it?", "track_order"), ("cancel it", "cancel_order"), ("the bill", "get_invoice")):
        talk.say(f"{text} {theirs}", intent, order_number=theirs)
        assert "Linen" not in str(talk.last)
        assert all(part["type"] == "text" for part in talk.last)
    assert stack.shop.book[theirs].status == "paid"


def test_cancelling_asks_first_happens_once_and_a_repeat_says_so(stack: Stack) -> None:
    who, (number,) = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    assert talk.last[0]["asks"]
    assert [button["payload"] for button in talk.last[0]["buttons"]] == ["/affirm", "/deny"]
    assert stack.writes(talk, "cancel_order") == 0
    talk.say("yes", "affirm")
    assert talk.last[0]["template_id"] == "order_cancelled"
    assert stack.shop.book[number].status == "cancelled"
    talk.say(f"cancel {number}", "cancel_order", order_number=number)
    assert talk.last[0]["template_id"] == "order_already_cancelled"
    assert stack.writes(talk, "cancel_order") == 1


def test_the_same_wish_again_gets_the_open_question_again(stack: Stack) -> None:
    who, _ = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    first = talk.say("cancel my order", "cancel_order")
    assert [part["type"] for part in talk.say("cancel my order!", "cancel_order")] == [part["type"] for part in first]
    assert talk.loop == "cancel_form"


def test_no_keeps_the_order(stack: Stack) -> None:
    who, (number,) = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    talk.say("no, leave it", "deny")
    assert talk.last[0]["template_id"] == "order_kept"
    assert stack.shop.book[number].status == "paid"
    assert talk.loop is None


def test_several_orders_are_offered_as_buttons_and_typed_digits_choose_as_well(stack: Stack) -> None:
    who, numbers = stack.customer(("paid", "P-1"), ("placed", "P-3"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    assert [b["payload"] for b in talk.last[0]["buttons"]] == [
        f'/inform_order{{"order_number": "{n}"}}' for n in numbers
    ]
    talk.say(numbers[1].removeprefix("HP-"), "nlu_fallback")
    assert numbers[1] in talk.text
    talk.say("yes", "affirm")
    assert stack.shop.book[numbers[1]].status == "cancelled"


def test_a_return_survives_a_question_and_takes_too_small_as_a_reason(stack: Stack) -> None:
    who, (number,) = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("I want to return something", "return_item")
    talk.press("Blue Mug")
    assert talk.last[0]["template_id"] == "ask_return_reason"
    answer, question = talk.say("how long do refunds take?", "check_refund_policy", hit="refund_how_long")
    assert answer["template_id"] == "check_refund_policy"
    assert question["template_id"] == "ask_return_reason"
    talk.say("too small", "nlu_fallback")
    assert talk.last[0]["template_id"] == "ask_resolution"
    talk.say("my money back please", "get_refund")
    assert talk.last[0]["template_id"] == "ask_return_confirm"
    talk.say("yes", "affirm")
    assert talk.last[0]["template_id"] == "return_created_refund"
    [returned] = stack.shop.book[number].returns
    assert (returned.product_id, returned.reason, returned.resolution) == ("P-1", "too small", "refund")
    assert talk.loop is None


def test_damage_said_at_once_is_the_reason_and_the_choice_is_pressed(stack: Stack) -> None:
    who, (number,) = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("my mug arrived broken in two", "damaged_item")
    talk.press("Replacement")
    talk.press("Yes")
    assert talk.last[0]["template_id"] == "damage_reported"
    assert stack.shop.book[number].returns[0].reason == "my mug arrived broken in two"


@pytest.mark.parametrize("words", ["never mind", "stop", "Forget it.", "I changed my mind"])
def test_a_form_is_left_in_plain_words(stack: Stack, words: str) -> None:
    who, _ = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("return", "return_item")
    talk.say(words, "nlu_fallback")
    assert talk.last[0]["template_id"] == "form_stopped"
    assert talk.loop is None


def test_out_of_scope_in_a_form_is_answered_and_the_form_goes_on(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("return", "return_item")
    talk.say("who won the match?", "out_of_scope")
    assert [part["template_id"] for part in talk.last] == ["out_of_scope", "ask_item"]


def test_another_wish_takes_over_from_a_form_and_starts_clean(stack: Stack) -> None:
    who, (open_number, _) = stack.customer(("paid", "P-1"), ("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("return something", "return_item")
    talk.press("Linen")
    talk.say("actually, could you cancel my other order?", "cancel_order")
    assert talk.loop == "cancel_form"
    assert open_number in talk.text
    talk.say("no", "deny")
    talk.say("return something", "return_item")
    assert talk.last[0]["template_id"] == "ask_item"


def test_an_order_is_changed_after_a_yes(stack: Stack) -> None:
    who, (number,) = stack.customer(("paid", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("change my order", "change_order")
    talk.press("Products")
    talk.press("Blue Mug")
    talk.say("make it three", "nlu_fallback")
    assert "3 × Blue Mug" in talk.text
    talk.say("yes", "affirm")
    assert stack.shop.book[number].lines[0].quantity == 3


def test_changing_an_order_may_turn_into_cancelling_it(stack: Stack) -> None:
    who, (number,) = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("change my order", "change_order")
    talk.press("Cancel")
    assert talk.loop == "cancel_form"
    talk.say("yes", "affirm")
    assert stack.shop.book[number].status == "cancelled"


def test_an_address_is_taken_as_text_and_confirmed(stack: Stack) -> None:
    who, (number,) = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("send it somewhere else", "change_shipping_address")
    talk.press(number)
    talk.say("5 New Road, Leeds LS1 4AB", "nlu_fallback")
    assert "5 New Road, Leeds LS1 4AB" in talk.text
    talk.say("yes", "affirm")
    assert stack.shop.book[number].address == "5 New Road, Leeds LS1 4AB"


def test_account_newsletter_review_and_invoice_reach_the_shop(stack: Stack) -> None:
    who, (number,) = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("my phone number changed", "edit_account")
    talk.press("Phone")
    talk.say("020 7946 0999", "nlu_fallback")
    talk.say("yes", "affirm")
    assert stack.shop.people[who].phone == "020 7946 0999"
    talk.say("newsletter please", "newsletter_subscription")
    talk.say("yes", "affirm")
    assert stack.shop.people[who].newsletter
    talk.say("I'd like to leave a review", "review")
    talk.press("Blue Mug")
    talk.say("four stars", "nlu_fallback")
    talk.say("nice colour", "nlu_fallback")
    assert stack.writes(talk, "add_review") == 1
    talk.say("send me the invoice", "get_invoice")
    assert stack.writes(talk, "request_invoice") == 1
    assert number in talk.text


def test_deleting_an_account_is_confirmed_and_done_by_a_person(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("delete my account", "delete_account")
    [part] = talk.say("yes", "affirm")
    assert (part["type"], part["reason"]) == ("handoff", "policy")


def test_an_order_that_left_keeps_its_address_and_the_customer_is_told(stack: Stack) -> None:
    who, _ = stack.customer(("shipped", "P-1"))
    talk = stack.talk(who)
    talk.say("can you send my last order somewhere else?", "change_shipping_address")
    assert [part["template_id"] for part in talk.last] == ["only_account_address", "ask_address"]


def test_the_reason_is_asked_of_a_product_by_its_name(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("I want to return something", "return_item")
    assert "Blue Mug" in talk.text
