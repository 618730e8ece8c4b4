"""Two requests in one message: both answered, or the second after the form that the first one opens."""

import pytest

from bot import conversations
from bot.turn.rasa import Decision


@pytest.fixture
def conversation_id(world):
    visitor = world.write(conversations.open_visitor)
    return world.write(conversations.open_conversation, visitor.id, "web").id


@pytest.fixture
def shop(world, monkeypatch):
    """Models that read "A and B" as two requests, and a Rasa whose `forms` stay open until "done"."""
    parse_one = world.models.parse

    async def parse(text):
        one, _, other = text.partition(" and ")
        parsed = dict(await parse_one(one))
        parsed["intent"] = {"name": one.replace(" ", "_"), "confidence": 0.9} if other else parsed["intent"]
        if other:
            parsed["intents"] = [request(one), request(other, order_number="HP-1")]
        return parsed

    async def decide(**asked):
        world.rasa.asked.append(asked)
        intent = asked["parse"]["intent"]["name"]
        if intent == "talk":
            return Decision([{"type": "handoff", "reason": "asked", "summary": "wants a person"}], active_loop=None)
        if intent == "cancel_order":
            return Decision([{"type": "text", "text": "Which order?", "asks": True}], active_loop="cancel_form")
        both = asked["then"] is not None and intent != "shy"
        said = [intent, *([asked["then"]["intent"]["name"]] if both else [])]
        return Decision([{"type": "text", "text": f"about {name}"} for name in said], active_loop=None, both=both)

    monkeypatch.setattr(world.models, "parse", parse)
    monkeypatch.setattr(world.rasa, "decide", decide)
    return world


def request(text, **entities):
    return {
        "name": text.replace(" ", "_"),
        "confidence": 0.9,
        "text": text,
        "entities": [{"entity": name, "value": value, "start": 0, "end": 0} for name, value in entities.items()],
        "response_selector": {"default": {"response": {"intent_response_key": text}, "ranking": []}},
    }


async def say(world, conversation_id, text="", **body):
    number = str(len(world.messages(conversation_id)))
    body = body or {"type": "text", "text": text}
    _, task = await world.engine.accept(conversation_id, number, body)
    return [message.body for message in await task]


async def press(world, conversation_id, button):
    return await say(world, conversation_id, type="text", text=button["title"], payload=button["payload"])


async def test_two_questions_get_two_answers_in_one_turn_of_rasa(shop, conversation_id):
    said = await say(shop, conversation_id, "delivery period and check stock")
    assert [part["text"] for part in said] == ["about delivery_period", "about check_stock"]
    (asked,) = shop.rasa.asked
    then = asked["then"]
    assert then["intent"]["name"] == "check_stock" and "intents" not in then
    assert then["entities"][0]["value"] == "HP-1"
    assert then["response_selector"]["default"]["response"]["intent_response_key"] == "check stock"
    (event,) = shop.events("Message Parsed")
    assert event.properties["intent"] == "delivery_period"


@pytest.mark.parametrize("typed", [False, True])
async def test_the_second_waits_for_the_form_of_the_first_and_is_offered_once(shop, conversation_id, typed):
    put_off, question = await say(shop, conversation_id, "cancel order and get invoice")
    assert "Get an invoice" in put_off["text"] and question["asks"]
    answer, offer = await say(shop, conversation_id, "lamp")
    assert answer["text"] == "about product_question" and "“get invoice”" in offer["text"]
    if typed:
        assert (await say(shop, conversation_id, "yes"))[0]["text"] == "about get_invoice"
    else:
        assert (await press(shop, conversation_id, offer["buttons"][0]))[0]["text"] == "about get_invoice"
    asked = shop.rasa.asked[-1]["parse"]
    assert asked["entities"][0]["value"] == "HP-1"
    assert len(await say(shop, conversation_id, "hello")) == 1


async def test_no_to_the_offer_is_rasas_no(shop, conversation_id):
    await say(shop, conversation_id, "cancel order and get invoice")
    _, offer = await say(shop, conversation_id, "hello")
    assert (await press(shop, conversation_id, offer["buttons"][1]))[0]["text"] == "about deny"


async def test_an_answer_to_a_forms_question_is_one_request(shop, conversation_id):
    await say(shop, conversation_id, "cancel order")
    await say(shop, conversation_id, "cancel order and get invoice")
    assert shop.rasa.asked[-1]["then"]["intent"]["name"] == "get_invoice"
    await say(shop, conversation_id, "delivery period and check stock")
    assert shop.rasa.asked[-1]["then"] is None


async def test_what_rasa_left_undone_is_offered_at_once(shop, conversation_id):
    answer, offer = await say(shop, conversation_id, "shy and check stock")
    assert answer["text"] == "about shy" and offer["buttons"][0]["payload"].startswith("/check_stock{")


async def test_a_person_who_takes_over_reads_both_and_nothing_is_offered(shop, conversation_id):
    (system,) = await say(shop, conversation_id, "talk and check stock")
    assert system["what"] == "queued"
