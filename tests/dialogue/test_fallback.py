"""What happens when the bot does not know, when the customer is angry, and when a person is wanted."""

from insight import events
from tests.dialogue.stack import Stack


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
