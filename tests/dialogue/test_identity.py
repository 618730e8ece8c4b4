"""Who is asking: nobody sees or changes anything before they are known."""

from bot.tables import Conversation, Visitor
from tests.dialogue.stack import Stack, Talk


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


def customer_of(stack: Stack, talk: Talk) -> str | None:
    with stack.context.database.reading() as session:
        conversation = session.get(Conversation, talk.conversation_id)
        return session.get(Visitor, conversation.visitor_id).customer_id
