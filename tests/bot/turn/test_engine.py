"""Turns against a small Rasa and small models: order, takeover, failures, crashes, suggestions."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot import conversations
from bot.models.port import Before
from bot.tables import Agent, Conversation
from bot.turn import sweeper
from bot.turn.rasa import Decision
from tests.bot.conftest import add_agent, build_world

DESK, MANUAL = (sweeper.Desk(automatic=automatic, silent_after=timedelta(hours=2)) for automatic in (True, False))


@pytest.fixture
def conversation_id(world):
    visitor = world.write(conversations.open_visitor)
    return world.write(conversations.open_conversation, visitor.id, "web").id


async def say(world, conversation_id, text="hello", client_msg_id=None, **body):
    number = len(world.messages(conversation_id))
    body = body or {"type": "text", "text": text}
    _, task = await world.engine.accept(conversation_id, client_msg_id or str(number), body)
    return [message.body for message in await task] if task else None


def outcomes(world, conversation_id):
    return [message.outcome for message in world.messages(conversation_id) if message.author == "customer"]


async def test_messages_sent_together_are_answered_in_order(world, conversation_id):
    world.rasa.thinking = asyncio.Event()
    first = asyncio.create_task(say(world, conversation_id, "one", "1"))
    await asyncio.wait_for(world.rasa.started.wait(), 3)
    assert await say(world, conversation_id, "two", "2") is None
    world.rasa.thinking.set()
    assert [body["text"].split("said ")[1] for body in await first] == ["one", "two"]
    assert [asked["message_id"] for asked in world.rasa.asked] == [f"{conversation_id}:1", f"{conversation_id}:2"]


async def test_a_short_question_is_understood_with_the_one_that_was_answered_before(world, conversation_id):
    async def decide(**asked):
        part = {"type": "text", "text": "£3.95", "template_id": "delivery_cost", "rateable": True}
        return Decision([part], active_loop=None)

    world.rasa.decide = decide
    await say(world, conversation_id, "what does delivery cost")
    await say(world, conversation_id, "and to Spain?")
    await say(world, conversation_id, "please tell me where all of your shops are in Scotland")
    assert world.models.before == [None, Before("what does delivery cost", "delivery_cost"), None]


async def test_a_short_message_after_anything_but_an_answer_stands_for_itself(world, conversation_id):
    await say(world, conversation_id, "hello")
    await say(world, conversation_id, "and to Spain?")
    assert world.models.before == [None, None]


@pytest.mark.parametrize("released", [False, True])
async def test_an_agent_taking_over_while_rasa_thinks_gets_no_bot_reply_in_between(world, conversation_id, released):
    world.write(add_agent)
    world.rasa.thinking = asyncio.Event()
    turn = asyncio.create_task(say(world, conversation_id))
    await asyncio.wait_for(world.rasa.started.wait(), 3)
    world.write(conversations.take, conversation_id, "anna")
    if released:
        world.write(conversations.release, conversation_id, "anna")
    world.rasa.thinking.set()
    assert await turn == []
    assert "bot" not in {message.author for message in world.messages(conversation_id)}
    assert len(world.events("Reply Dropped")) == 1
    assert outcomes(world, conversation_id) == ["dropped"]


async def test_while_a_person_owns_it_rasa_is_not_asked_but_the_profile_learns(world, conversation_id):
    world.write(add_agent)
    world.write(conversations.take, conversation_id, "anna")
    for text in ("about that lamp", "/restart", "/greet"):
        assert await say(world, conversation_id, text) == []
    assert world.rasa.asked == []
    assert outcomes(world, conversation_id) == ["recorded"] * 3
    parsed = world.events("Message Parsed")
    assert parsed[0].properties["products"] == [{"product_id": "P1", "category": "Lighting"}]
    world.write(conversations.release, conversation_id, "anna", "done")
    assert len(await say(world, conversation_id)) == 1
    assert world.rasa.asked[0]["sender"] == f"{conversation_id}.2"


@pytest.mark.parametrize("failure", ["broken", "models"])
async def test_a_dead_part_costs_an_apology_and_an_offer_of_a_person(world, conversation_id, failure):
    world.rasa.broken = failure == "broken"
    world.models.away = failure == "models"
    (apology,) = await say(world, conversation_id)
    assert "sorry" in apology["text"]
    world.rasa.broken, world.models.away = True, False
    (handed_over,) = await say(world, conversation_id, payload=apology["buttons"][0]["payload"])
    assert handed_over["what"] == "queued"
    assert outcomes(world, conversation_id) == ["answered", "answered"]
    assert world.events("Conversation Handed Off")[0].properties["reason"] == "asked"


async def test_the_bot_is_back_when_rasa_is(world, conversation_id):
    world.rasa.broken = True
    await say(world, conversation_id)
    world.rasa.broken = False
    assert "said hello" in (await say(world, conversation_id))[0]["text"]


async def test_the_sweeper_answers_what_a_dead_worker_left_once(world, conversation_id):
    def accept_and_die(session):
        conversations.accept(session, conversation_id, "1", {"type": "text", "text": "hello"})
        token = conversations.acquire(session, conversation_id, 60)
        conversations.next_work(session, conversation_id, token)

    world.write(accept_and_die)
    assert await sweeper.sweep(world.engine) == 0  # the lease still runs
    expired = datetime.now(UTC) - timedelta(seconds=1)
    world.write(lambda session: session.execute(update(Conversation).values(lease_until=expired)))
    assert await sweeper.sweep(world.engine) == 1
    await world.engine.drain()
    assert await sweeper.sweep(world.engine) == 0
    assert [message.author for message in world.messages(conversation_id)] == ["customer", "bot"]
    assert [message.attempts for message in world.messages(conversation_id)] == [2, 0]


async def test_the_sweeper_gives_who_waits_to_who_is_free_and_tells_the_open_pages(world, conversation_id):
    world.write(add_agent)
    world.write(conversations.hand_off, conversation_id, "asked", "s")
    async with world.engine.push.subscribe() as news:
        await sweeper.keep_desk(world.engine, MANUAL)
        assert await news.next(0.01) is None
        await sweeper.keep_desk(world.engine, DESK)
        assert (await news.next(1)).conversation_id == conversation_id
    assert world.events("Conversation Assigned")[0].properties["agent_id"] == "anna"
    tomorrow, past = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) - timedelta(hours=1)
    world.write(conversations.snooze, conversation_id, "anna", tomorrow)
    world.write(lambda session: session.execute(update(Conversation).values(snoozed_until=past, assigned_at=past)))
    world.write(lambda session: session.execute(update(Agent).values(seen_at=past)))
    await sweeper.keep_desk(world.engine, DESK)
    with world.database.reading() as session:
        assert [one.id for one in conversations.waiting(session)] == [conversation_id]


async def test_a_message_that_fails_again_and_again_goes_to_a_person(world, conversation_id, monkeypatch):
    async def crash(text):
        raise RuntimeError("a bug")

    monkeypatch.setattr(world.models, "parse", crash)
    assert await say(world, conversation_id) == []
    for _ in range(3):
        await sweeper.sweep(world.engine)
        await world.engine.drain()
    handed_off = world.events("Conversation Handed Off")
    assert [event.properties["reason"] for event in handed_off] == ["error"]
    assert outcomes(world, conversation_id) == ["answered"]


async def test_a_long_turn_keeps_its_lease(database, tmp_path):
    world = build_world(database, tmp_path, lease_s=0.3, rasa_timeout_s=3.0)
    visitor = world.write(conversations.open_visitor)
    conversation_id = world.write(conversations.open_conversation, visitor.id, "web").id
    world.rasa.thinking = asyncio.Event()
    turn = asyncio.create_task(say(world, conversation_id))
    await asyncio.sleep(0.8)
    assert await sweeper.sweep(world.engine) == 0
    world.rasa.thinking.set()
    assert len(await turn) == 1


async def test_a_suggestion_follows_a_product_question_with_its_reason_and_can_be_clicked(world, conversation_id):
    _, suggestion = await say(world, conversation_id, "how high is that lamp")
    assert suggestion["type"] == "suggestion" and suggestion["products"][0]["id"] == "P2"
    assert suggestion["products"][0]["reason"] == suggestion["text"] == "It goes well with it."
    (shown,) = world.events("Suggestion Shown")
    assert shown.properties["suggestion_id"] == suggestion["suggestion_id"]
    (card,) = await say(world, conversation_id, payload=suggestion["buttons"][0]["payload"])
    assert card["type"] == "products" and card["products"][0]["id"] == "P2"
    assert world.events("Suggestion Clicked")[0].properties["product_id"] == "P2"
    assert len(world.rasa.asked) == 1


async def test_that_did_not_help_counts_against_the_answer_before_and_offers_a_person(world, conversation_id):
    await say(world, conversation_id, "an answer, please")
    (sorry,) = await say(world, conversation_id, "sorry, that didn't help")
    assert sorry["buttons"][0]["payload"] == "/contact_human_agent"
    (rated,) = world.events("Answer Rated")
    assert rated.properties == {"seq": 2, "template_id": "an_answer", "helpful": False}
    assert [asked["text"] for asked in world.rasa.asked] == ["an answer, please"]


async def test_that_did_not_help_without_an_answer_before_is_for_rasa(world, conversation_id):
    await say(world, conversation_id, "hello")
    await say(world, conversation_id, "that did not help")
    assert world.rasa.asked[-1]["text"] == "that did not help" and world.events("Answer Rated") == []


@pytest.mark.parametrize("typed", [False, True])
async def test_no_thanks_ends_suggestions_for_good(world, conversation_id, typed):
    suggestion = (await say(world, conversation_id, "that lamp"))[-1]
    if typed:
        (answer,) = await say(world, conversation_id, "no thanks")
    else:
        (answer,) = await say(world, conversation_id, payload=suggestion["buttons"][1]["payload"])
    assert "no more suggestions" in answer["text"]
    assert len(world.events("Suggestion Declined")) == 1
    for _ in range(4):
        assert [body["type"] for body in await say(world, conversation_id, "that lamp")] == ["text"]


async def test_suggestions_come_once_in_three_turns(world, conversation_id):
    kinds = [len(await say(world, conversation_id, "that lamp")) for _ in range(5)]
    assert kinds == [2, 1, 1, 2, 1]


async def test_a_typed_yes_long_after_a_suggestion_is_for_rasa(world, conversation_id):
    await say(world, conversation_id, "that lamp")
    await say(world, conversation_id, "hello")
    assert "said yes" in (await say(world, conversation_id, "yes"))[0]["text"]


async def test_a_button_is_parsed_by_us_without_a_mood(world, conversation_id):
    await say(world, conversation_id, "show me a button")
    await say(world, conversation_id, payload="/affirm")
    parse = world.rasa.asked[-1]["parse"]
    assert (parse["intent"], parse["model"]) == ({"name": "affirm", "confidence": 1.0}, "button")
    assert world.events("Message Parsed")[-1].properties["sentiment"] is None


async def test_a_goodbye_after_a_request_asks_once_how_it_was(world, conversation_id):
    asked = [
        (await say(world, conversation_id, text))[-1].get("asks_rating") for text in ("bye", "that lamp", "bye", "bye")
    ]
    assert asked == [None, None, True, None]


async def test_who_has_rated_or_is_in_a_form_is_not_asked(world, conversation_id):
    await say(world, conversation_id, "that lamp")

    async def decide(**asked):
        return Decision([{"type": "text", "text": "Bye. And the order number?"}], active_loop="verify_form")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world.rasa, "decide", decide)
        assert "asks_rating" not in (await say(world, conversation_id, "bye"))[-1]
    world.write(conversations.rate, conversation_id, 5)
    assert "asks_rating" not in (await say(world, conversation_id, "bye"))[-1]
