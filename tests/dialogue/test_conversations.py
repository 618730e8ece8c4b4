"""Whole conversations through the real Rasa and our actions, as the gateway would lead them."""

import httpx
import pytest

from bot.tables import Conversation, Visitor
from insight import events
from tests.dialogue.parses import typed
from tests.dialogue.stack import KEY, Stack, Talk


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


def test_fallback_guesses_then_asks_again_then_offers_a_person(stack: Stack) -> None:
    talk = stack.talk()
    talk.say("blub", "nlu_fallback", ranking=("delivery_period", "place_order"))
    assert [button["payload"] for button in talk.last[0]["buttons"]] == ["/delivery_period", "/place_order", "/deny"]
    talk.say("no", "deny")
    assert talk.last[0]["template_id"] == "fallback_rephrase"
    talk.say("blub blub", "nlu_fallback", ranking=("delivery_period",))
    assert talk.last[0]["template_id"] == "fallback_give_up"
    [handoff] = talk.say("yes", "affirm")
    assert (handoff["type"], handoff["reason"]) == ("handoff", "fallback")


def test_typed_yes_takes_the_best_guess_with_what_the_message_named(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1"), ("shipped", "P-1"))
    talk = stack.talk(who)
    talk.say("hm mug", "nlu_fallback", ranking=("track_order",), product="P-1")
    assert talk.last[0]["buttons"][0]["payload"] == '/track_order{"product": "P-1"}'
    [part] = talk.say("yes", "affirm")
    assert part["type"] == "order"


def test_a_guess_that_opens_a_form_asks_its_question(stack: Stack) -> None:
    who, _ = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("order away", "nlu_fallback", ranking=("cancel_order",))
    talk.say("yes", "affirm")
    assert talk.loop == "cancel_form"
    assert talk.last[0]["asks"]


def test_unsure_words_that_search_is_sure_of_are_answered(stack: Stack) -> None:
    [part] = stack.talk().say("parcel when??", "nlu_fallback", hit="delivery_period")
    assert part["template_id"] == "delivery_period"


def test_yes_without_a_question_is_small_talk(stack: Stack) -> None:
    talk = stack.talk()
    talk.say("hi", "greet")
    assert talk.say("yes", "affirm")[0]["template_id"] == "affirm_alone"


def test_a_person_is_handed_to_at_once_with_a_summary(stack: Stack) -> None:
    who, (number,) = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("return", "return_item")
    talk.press("Blue Mug")
    [part] = talk.say("I want to talk to a human", "contact_human_agent")
    assert (part["type"], part["reason"]) == ("handoff", "asked")
    assert stack.shop.people[who].name in part["summary"]
    assert number in part["summary"]
    assert talk.loop is None


def test_a_complaint_is_recorded_with_an_apology_and_an_offer(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("this is outrageous, nobody answers", "complaint")
    assert [part["template_id"] for part in talk.last] == ["apology_short", "complaint_offer"]
    assert not any(part["type"] in ("suggestion", "products") for part in talk.last)
    assert stack.writes(talk, "open_complaint") == 1
    [handoff] = talk.say("yes", "affirm")
    assert (handoff["type"], handoff["reason"]) == ("handoff", "sentiment")


def test_a_strangers_complaint_is_an_event(stack: Stack) -> None:
    talk = stack.talk()
    talk.say("you are thieves", "complaint")
    with stack.context.database.reading() as session:
        found = [r.event for r in events.read(session, after=0, limit=1000) if r.event.name == "Complaint Opened"]
    assert [e.conversation_id for e in found].count(talk.conversation_id) == 1


def test_a_message_again_gets_the_same_answer_and_no_second_effect(stack: Stack) -> None:
    who, _ = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    first = talk.say("yes", "affirm")
    message_id = f"{talk.conversation_id}:{talk.count}"
    assert talk.send(typed("yes", "affirm"), message_id=message_id) == first
    assert stack.writes(talk, "cancel_order") == 1
    assert talk.say("thanks", "thanks")[0]["template_id"] == "thanks"


def test_a_resumed_message_again_gets_its_whole_answer(stack: Stack) -> None:
    who, _ = stack.customer(("shipped", "P-1"))
    talk = stack.talk(who)
    talk.say("hm", "nlu_fallback", ranking=("track_order",))
    first = talk.say("yes", "affirm")
    assert talk.send(typed("yes", "affirm"), message_id=f"{talk.conversation_id}:{talk.count}") == first


def test_a_stranger_is_verified_by_order_email_and_code_and_then_answered(stack: Stack) -> None:
    who, (number,) = stack.customer(("shipped", "P-1"))
    email = stack.shop.people[who].email
    talk = stack.talk()
    talk.say("where is my parcel?", "track_order")
    assert talk.last[-1]["template_id"] == "ask_order_number"
    talk.say(number.removeprefix("HP-"), "nlu_fallback")
    talk.say(f"it's {email}", "nlu_fallback")
    assert talk.last[0]["template_id"] == "ask_code_sent"
    to, code = stack.mail.sent[-1]
    assert to == email
    talk.say("how long does delivery take?", "delivery_period")
    assert [part["template_id"] for part in talk.last] == ["delivery_period", "ask_code_again"]
    thanks, shown = talk.say(f"{code[:3]} {code[3:]}", "nlu_fallback")
    assert thanks["template_id"] == "verified"
    assert shown["order"]["id"] == number
    assert customer_of(stack, talk) == who
    assert stack.mail.sent[-1] == (to, code), "a code was sent once"


def test_a_wrong_email_gets_the_same_words_and_no_code(stack: Stack) -> None:
    _, (number,) = stack.customer(("shipped", "P-1"))
    sent = len(stack.mail.sent)
    talk = stack.talk()
    talk.say(f"cancel {number}", "cancel_order", order_number=number)
    talk.say("thief@example.com", "nlu_fallback", email="thief@example.com")
    assert talk.last[0]["template_id"] == "ask_code_sent"
    assert len(stack.mail.sent) == sent
    for _ in range(4):
        assert talk.say("000000", "nlu_fallback")[0]["template_id"] == "code_wrong"
    assert talk.say("000000", "nlu_fallback")[0]["template_id"] == "code_failed"
    assert talk.loop is None
    assert customer_of(stack, talk) is None


def test_an_order_number_in_words_is_never_trusted_for_identity(stack: Stack) -> None:
    """Slots and entities name orders; who asks comes from our database alone."""
    _, (number,) = stack.customer(("paid", "P-3"))
    talk = stack.talk()
    for intent in ("track_order", "cancel_order", "return_item", "get_invoice", "track_refund", "change_order"):
        talk.say(f"my order {number}, I am C-1", intent, order_number=number, customer_id="C-1")
        assert talk.loop == "verify_form"
        assert "Linen" not in str(talk.last)
        talk.say("stop", "deny")


def test_a_product_question_is_answered_from_the_catalogue(stack: Stack) -> None:
    talk = stack.talk()
    [part] = talk.say("what is the blue mug made of?", "product_question", product="P-1")
    assert "stoneware" in part["text"]
    assert part["products"][0]["id"] == "P-1"
    assert "24.50" in talk.say("and how much is it?", "product_question")[0]["text"]


def test_a_product_is_asked_for_and_found_by_its_name(stack: Stack) -> None:
    talk = stack.talk()
    talk.say("is it in stock?", "check_stock")
    assert talk.last[0]["template_id"] == "ask_product"
    [part] = talk.say("the oak bowl", "nlu_fallback")
    assert part["products"][0]["name"] == "Oak Bowl"
    assert talk.loop is None


def test_recommendations_respect_the_wish_and_its_price(stack: Stack) -> None:
    [part] = stack.talk().say("can you recommend an apron or a mug under £30?", "recommend_product")
    assert [card["id"] for card in part["products"]] == ["P-1"]


def test_codes_that_work_are_listed_and_others_refused(stack: Stack) -> None:
    talk = stack.talk()
    assert "SAVE10" in talk.say("any discount?", "discount_code")[0]["text"]
    assert talk.say("does BOGUS99 work?", "discount_code")[0]["template_id"] == "discount_invalid"


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


def test_typed_restart_is_only_text(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1"))
    talk = stack.talk(who)
    talk.say("return", "return_item")
    talk.say('/restart{"order_number": "HP-1"}', "nlu_fallback")
    assert talk.loop == "return_form"


def test_a_failing_action_leaves_no_trace_and_the_message_can_be_tried_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, (number,) = stack.customer(("paid", "P-1"))
    talk = stack.talk(who)
    talk.say("cancel my order", "cancel_order")
    with monkeypatch.context() as broken:
        broken.setattr(stack.shop, "cancel_order", lambda *a, **k: 1 / 0)
        failed = talk.post(typed("yes", "affirm"), message_id="m-2")
    assert failed.status_code == 500
    assert failed.json() == {"error": "the dialogue could not answer"}
    talk.send(typed("yes", "affirm"), message_id="m-2")
    assert talk.last[0]["template_id"] == "order_cancelled"
    assert stack.shop.book[number].status == "cancelled"


def test_the_channel_wants_its_key_and_a_readable_message(stack: Stack) -> None:
    url = f"{stack.url}/webhooks/shopkeeper/webhook"
    body = {"sender": "x.1", "message_id": "1", "text": "hi", "parse": typed("hi", "greet")}
    assert httpx.post(url, json=body, trust_env=False).status_code == 401
    assert httpx.post(url, json=body, headers={"X-Internal-Key": "wrong"}, trust_env=False).status_code == 401
    assert httpx.post(url, content=b"{", headers=KEY, trust_env=False).status_code == 400
    for missing in ("sender", "message_id", "text", "parse"):
        less = {k: v for k, v in body.items() if k != missing}
        assert httpx.post(url, json=less, headers=KEY, trust_env=False).status_code == 400


def test_rasa_has_no_other_door(stack: Stack) -> None:
    for path in ("/webhooks/rest/webhook", "/conversations/x/tracker/events", "/model/parse"):
        assert httpx.post(stack.url + path, json={}, headers=KEY, trust_env=False).status_code == 404


def customer_of(stack: Stack, talk: Talk) -> str | None:
    with stack.context.database.reading() as session:
        conversation = session.get(Conversation, talk.conversation_id)
        return session.get(Visitor, conversation.visitor_id).customer_id
