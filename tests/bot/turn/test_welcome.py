"""When a suggestion is welcome: the rule of the issue, case by case."""

import pytest

from bot.turn.welcome import History, friendly, timely

OPEN = History(turns_since_suggestion=None, moods=["neutral"], intents=["greet"], declined=False)
REPLY = [{"type": "text", "text": "It is 40 cm high."}]


def parse(intent="product_question", sentiment="neutral"):
    return {"intent": {"name": intent}, "sentiment": {"label": sentiment}}


def test_welcome_after_an_answered_question_about_a_product():
    assert friendly(parse(), REPLY, None) and timely(OPEN)


@pytest.mark.parametrize("intent", ["complaint", "damaged_item", "cancel_order", "contact_human_agent", "out_of_scope"])
def test_never_in_a_complaint_or_where_nothing_is_to_be_sold(intent):
    assert not friendly(parse(intent), REPLY, None)


def test_never_after_a_negative_message():
    assert not friendly(parse(sentiment="negative"), REPLY, None)
    assert not timely(History(None, ["neutral", "negative"], ["greet", "greet"], False))


def test_never_while_a_form_waits():
    assert not friendly(parse(), REPLY, "return_form")


@pytest.mark.parametrize(
    "part", [{"type": "text", "text": "Which one?"}, {"type": "text", "text": "Choose", "asks": True}]
)
def test_never_when_the_reply_asks_something(part):
    assert not friendly(parse(), [*REPLY, part], None)


@pytest.mark.parametrize("kind", ["suggestion", "handoff"])
def test_never_beside_another_suggestion_or_a_handoff(kind):
    assert not friendly(parse(), [*REPLY, {"type": kind}], None)


def test_never_beside_a_list_of_products():
    assert not friendly(parse(), [{"type": "products", "text": "", "products": [{}, {}]}], None)


@pytest.mark.parametrize(("turns", "welcome"), [(1, False), (2, False), (3, True)])
def test_once_in_three_turns(turns, welcome):
    assert timely(History(turns, [], [], False)) == welcome


def test_never_for_a_customer_who_said_no():
    assert not timely(History(None, [], [], True))


def test_never_later_in_a_conversation_with_a_complaint():
    assert not timely(History(None, [], ["greet", "complaint"], False))
