"""A form that is talked past asks once more, then gives way and waits behind a button."""

from tests.dialogue.stack import Stack


def test_a_form_that_is_talked_past_twice_waits_behind_a_button(stack: Stack) -> None:
    talk = stack.talk()
    talk.say("where is my order", "track_order")
    talk.say("how long does delivery take?", "delivery_period")
    assert talk.loop == "verify_form" and talk.last[-1]["asks"]
    talk.say("and do you ship abroad?", "delivery_options")
    assert talk.loop is None
    assert talk.last[-1]["template_id"] == "form_put_aside"
    talk.press("Where my order is")
    assert talk.loop == "verify_form" and talk.last[-1]["asks"]


def test_an_answer_in_between_gives_the_form_new_patience(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("I want to return something", "return_item")
    talk.say("how long do refunds take?", "check_refund_policy")
    talk.press("Blue Mug")
    talk.say("and what does it cost?", "check_cancellation_fee")
    assert talk.loop == "return_form" and talk.last[-1]["asks"]
