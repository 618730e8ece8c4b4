"""The widget's smaller stories: a file, a rating, the queue, a closed desk, agreeing first, a line without sockets."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from bot import conversations, opening_hours
from bot.tables import Agent, Conversation, Message, Rating
from tests.browser.accessibility import findings
from tests.browser.chatting import PRODUCT, Line, agent_id, bubbles, conversation_of, open_chat, say, say_as_agent

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def closed(served, monkeypatch):
    """The desk opens tomorrow, and nobody is there."""
    with served.world.database.writing() as session:
        session.execute(update(Agent).values(seen_at=None))
    tomorrow = opening_hours.DAYS[(datetime.now(UTC).weekday() + 1) % 7]
    hours = opening_hours.read(f"{tomorrow} 09:00-10:00", zone="UTC")
    monkeypatch.setitem(served.world.gateway.__dict__, "hours", hours)


def resolve(served, conversation_id: str) -> None:
    with served.world.database.writing() as session:
        conversations.resolve(session, conversation_id, agent_id(session))


def test_a_picture_is_sent_and_shown_and_what_cannot_be_sent_is_said_before(visit, shoot):
    page = visit(PRODUCT)
    open_chat(page)
    expect(page.get_by_role("button", name="Send a picture or PDF, at most 5 MB")).to_be_visible()
    chooser = page.locator("shopkeeper-chat input[type=file]")
    for name, kind, size, told in (
        ("notes.txt", "text/plain", 10, "Only pictures"),
        ("large.pdf", "application/pdf", 6_000_000, "at most 5 MB"),
        ("fake.png", "image/png", 10, "Only pictures"),
    ):
        chooser.set_input_files({"name": name, "mimeType": kind, "buffer": b"0" * size})
        expect(page.locator("shopkeeper-chat .notice")).to_contain_text(told)
    chooser.set_input_files({"name": "broken lamp.png", "mimeType": "image/png", "buffer": page.screenshot()})
    picture = page.get_by_role("img", name="broken lamp.png")
    expect(picture).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('shopkeeper-chat').shadowRoot.querySelector('.picture img').naturalWidth > 0"
    )
    expect(page.locator("shopkeeper-chat .notice")).to_be_hidden()
    expect(picture).to_have_count(1)
    shoot(page, "widget-file")
    assert page.evaluate("violations") == []


def test_an_ended_conversation_can_be_rated_once(visit, served, shoot):
    page = visit(PRODUCT, viewport=PHONE)
    open_chat(page)
    say(page, "Rate me later")
    expect(page.get_by_text("You wrote: Rate me later")).to_be_visible()
    conversation_id = conversation_of(served, "Rate me later")
    resolve(served, conversation_id)
    page.get_by_role("radio", name="4 of 5").check()
    page.get_by_label("What could be better?").fill("A little faster")
    shoot(page, "widget-rating")
    page.get_by_role("button", name="Send rating").click()
    expect(page.get_by_text("Thank you for your rating.")).to_be_visible()
    with served.world.database.reading() as session:
        rating = session.get(Rating, conversation_id)
        assert (rating.score, rating.comment) == (4, "A little faster")
    page.reload()
    open_chat(page)
    expect(page.get_by_text("Chat ended")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)


def test_a_conversation_with_the_bot_alone_is_rated_when_its_customer_comes_back(visit, served):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Only the bot was here")
    expect(page.get_by_text("You wrote: Only the bot was here")).to_be_visible()
    conversation_id = conversation_of(served, "Only the bot was here")
    with served.world.database.writing() as session:
        yesterday = datetime.now(UTC) - timedelta(hours=25)
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(updated_at=yesterday))
    page.reload()
    open_chat(page)
    page.get_by_role("radio", name="5 of 5").check()
    page.get_by_role("button", name="Send rating").click()
    expect(page.get_by_text("Thank you for your rating.")).to_be_visible()
    [ended] = [one for one in served.world.events("Conversation Resolved") if one.conversation_id == conversation_id]
    [rated] = [one for one in served.world.events("Rating Given") if one.conversation_id == conversation_id]
    assert (ended.properties["by"], rated.properties["score"]) == ("silence", 5)


def test_a_customer_ends_a_talk_with_the_bot_and_rates_it(visit, served, shoot):
    page = visit(PRODUCT)
    open_chat(page)
    end = page.get_by_role("button", name="End chat")
    expect(end).to_be_hidden()
    say(page, "That was all")
    expect(page.get_by_text("You wrote: That was all")).to_be_visible()
    shoot(page, "widget-end")
    end.click()
    page.get_by_role("radio", name="5 of 5").check()
    page.get_by_role("button", name="Send rating").click()
    expect(page.get_by_text("Thank you for your rating.")).to_be_visible()
    expect(end).to_be_hidden()
    conversation_id = conversation_of(served, "That was all")
    [ended] = [one for one in served.world.events("Conversation Resolved") if one.conversation_id == conversation_id]
    [rated] = [one for one in served.world.events("Rating Given") if one.conversation_id == conversation_id]
    assert (ended.properties["by"], rated.properties["score"]) == ("customer", 5)


def test_who_says_goodbye_to_the_bot_is_asked_how_it_was_and_can_go_on(visit, served, shoot):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Does this lamp have a dimmer?")
    expect(page.get_by_text("You wrote: Does this lamp have a dimmer?")).to_be_visible()
    say(page, "Thanks, bye")
    stars = page.get_by_role("radio", name="4 of 5")
    stars.check()
    expect(page.get_by_text("You wrote: Thanks, bye")).to_be_in_viewport()
    shoot(page, "widget-goodbye")
    page.get_by_role("button", name="Send rating").click()
    expect(page.get_by_text("Thank you for your rating.")).to_be_visible()
    say(page, "One more thing")
    expect(page.get_by_text("You wrote: One more thing")).to_be_visible()
    expect(page.get_by_text("Thank you for your rating.")).to_have_count(0)
    page.reload()
    open_chat(page)
    expect(page.get_by_text("You wrote: One more thing")).to_be_visible()
    expect(stars).to_have_count(0)
    conversation_id = conversation_of(served, "Thanks, bye")
    [rated] = [one for one in served.world.events("Rating Given") if one.conversation_id == conversation_id]
    assert rated.properties["score"] == 4


@pytest.fixture
def waited(served):
    """Five others waited nine minutes for a person lately."""
    at = datetime.now(UTC)
    with served.world.database.writing() as session:
        for _ in range(5):
            visitor = conversations.open_visitor(session)
            one = conversations.open_conversation(session, visitor.id, "web")
            one.state, one.resolved_at = "resolved", at
            one.queued_at, one.assigned_at = at - timedelta(minutes=9), at
    yield
    with served.world.database.writing() as session:
        session.execute(update(Conversation).where(Conversation.assigned_at == at).values(assigned_at=None))


def test_who_waits_sees_the_place_and_that_it_was_read(visit, served, waited):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Something to read")
    expect(page.locator("shopkeeper-chat .state").last).to_have_text("Read")
    page.get_by_role("dialog").get_by_role("button", name="Talk to a person").first.click()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"number \d+, about \d min"))).to_be_visible()
    say(page, "Are you there?")
    expect(page.locator("shopkeeper-chat .state").last).to_have_text("Delivered")
    conversation_id = conversation_of(served, "Something to read")
    with served.world.database.writing() as session:
        conversations.take(session, conversation_id, agent_id(session))
        seq = conversations.find(session, conversation_id).last_seq
        conversations.mark_seen(session, conversation_id, agent_id(session), seq)
    expect(page.locator("shopkeeper-chat .state").last).to_have_text("Read")
    say_as_agent(served, conversation_of(served, "Something to read"), "Here I am")
    expect(page.get_by_text("Here I am")).to_be_visible()
    expect(page.locator("shopkeeper-chat .state").last).to_have_text("Read")


def test_a_closed_desk_takes_a_message_and_says_when_it_answers(visit, closed, served, shoot):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Nobody there?")
    expect(page.get_by_text("You wrote: Nobody there?")).to_be_visible()
    page.locator("shopkeeper-chat header .person").click()
    email = page.get_by_label("Your e-mail address")
    expect(email).to_be_focused()
    shoot(page, "widget-closed")
    assert findings(page, "shopkeeper-chat") == []
    email.fill("kim@example.com")
    page.get_by_role("form").get_by_label("Your message").fill("Please call me")
    page.get_by_role("form").get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. We answer from")).to_be_visible()
    expect(email).to_have_count(0)
    with served.world.database.reading() as session:
        conversation = conversations.find(session, conversation_of(served, "Nobody there?"))
        assert conversation.state == "queued"


def test_before_agreeing_nothing_is_sent_or_kept(visit, served, shoot):
    page = visit("/shop/icon.svg")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(
        "document.addEventListener('DOMContentLoaded', () =>"
        " document.querySelector('shopkeeper-chat')?.setAttribute('consent-url', 'https://shop.example/privacy'))"
    )
    page.goto(PRODUCT)
    open_chat(page)
    expect(page.get_by_text("Before we start")).to_be_visible()
    expect(page.get_by_role("link", name="How we treat your data")).to_be_visible()
    expect(page.get_by_label("Your message")).to_be_hidden()
    shoot(page, "widget-consent")
    assert not [url for url in asked if "/v1/" in url]
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    say(page, "Now I may write")
    expect(page.get_by_text("You wrote: Now I may write")).to_be_visible()
    assert served.world.events("Consent Given")[-1].properties == {"policy": "https://shop.example/privacy"}
    page.reload()
    open_chat(page)
    expect(page.get_by_text("You wrote: Now I may write")).to_be_visible()


def test_without_sockets_nothing_is_lost_or_doubled(visit, served):
    page = visit("/shop/icon.svg")
    line = Line(page)
    line.sockets = False
    page.goto(PRODUCT)
    open_chat(page)
    say(page, "Over plain requests")
    say(page, "And at once another")
    expect(page.get_by_text("You wrote: And at once another")).to_be_visible()
    conversation_id = conversation_of(served, "Over plain requests")
    say_as_agent(served, conversation_id, "Said by a person")
    expect(page.get_by_text("Said by a person")).to_be_visible()
    line.cut()
    say(page, "Written while offline")
    expect(page.get_by_text("The chat cannot be reached")).to_be_visible()
    line.mend()
    expect(page.get_by_text("You wrote: Written while offline")).to_be_visible(timeout=30_000)
    for text in ("Over plain requests", "And at once another", "Said by a person", "Written while offline"):
        assert bubbles(page).count(text) == 1
    with served.world.database.reading() as session:
        wanted = select(Message).where(Message.conversation_id == conversation_id, Message.author == "customer")
        texts = [message.body["text"] for message in session.scalars(wanted.order_by(Message.seq))]
    assert texts == ["Over plain requests", "And at once another", "Written while offline"]
