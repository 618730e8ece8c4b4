import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot import conversations, verification
from bot.tables import Message, Visitor
from tests.browser.chatting import PRODUCT, Line, bubbles, conversation_of, open_chat, say, say_as_agent


def test_a_message_is_answered_under_a_strict_policy(visit, shoot):
    page = visit(PRODUCT)
    open_chat(page)
    assert page.evaluate("document.querySelector('shopkeeper-chat').shadowRoot.activeElement.tagName") == "TEXTAREA"
    say(page, "Where is my order?")
    expect(page.get_by_text("Order HP-20002")).to_be_visible()
    expect(page.get_by_text("Read", exact=True)).to_be_visible()
    say(page, "Please recommend me something")
    expect(page.get_by_role("list", name="Products").get_by_role("listitem")).to_have_count(5)
    expect(page.get_by_text("Because you looked at lamps.").first).to_be_visible()
    shoot(page, "widget")
    say(page, "<img src=x onerror=alert(1)> & <b>bold</b>")
    expect(page.get_by_text("You wrote: <img src=x onerror=alert(1)> & <b>bold</b>")).to_be_visible()
    assert page.evaluate("violations") == []


def test_a_button_answers_and_the_choice_goes_away(visit):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "I want to return my lamp")
    page.get_by_role("button", name="Refund").click()
    expect(page.locator("shopkeeper-chat .customer .bubble").last).to_have_text("Refund")
    expect(page.get_by_role("button", name="Replacement")).to_have_count(0)
    expect(page.get_by_text("Not sent")).to_have_count(0)


def test_a_suggestion_says_why_and_takes_a_no(visit):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Tell me about the lamp")
    suggestion = page.locator("shopkeeper-chat .suggestion")
    expect(suggestion).to_contain_text("It goes well with it.")
    suggestion.get_by_role("button", name="No thanks").click()
    expect(page.locator("shopkeeper-chat .customer .bubble").last).to_have_text("No thanks")
    expect(suggestion.get_by_role("button")).to_have_count(0)


def test_history_is_there_after_a_reload_and_is_not_announced(visit):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Remember me")
    expect(page.get_by_text("You wrote: Remember me")).to_be_visible()
    before = bubbles(page)
    page.reload()
    open_chat(page)
    expect(page.get_by_text("You wrote: Remember me")).to_be_visible()
    assert bubbles(page) == before
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    say(page, "And now")
    expect(page.get_by_text("You wrote: And now")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_a_second_tab_shows_the_same_conversation(visit):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "From the first tab")
    expect(page.get_by_text("You wrote: From the first tab")).to_be_visible()
    other = visit(PRODUCT, context=page.context)
    open_chat(other)
    say(other, "From the second tab")
    for tab in (page, other):
        expect(tab.get_by_text("You wrote: From the second tab")).to_be_visible()
        assert bubbles(tab).count("From the first tab") == bubbles(tab).count("From the second tab") == 1


def test_keyboard_alone_is_enough_and_escape_gives_the_focus_back(visit, served):
    page = visit(PRODUCT)
    launcher = page.get_by_role("button", name="Open chat")
    launcher.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Typed without a mouse")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You wrote: Typed without a mouse")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(launcher).to_be_focused()
    say_as_agent(served, conversation_of(served, "Typed without a mouse"), "One more thing")
    expect(page.get_by_role("button", name="Open chat, unread messages: 1")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("One more thing")).to_be_visible()
    expect(page.get_by_role("button", name="Close chat").last).to_have_attribute("aria-expanded", "true")


def test_an_interrupted_line_loses_nothing_and_doubles_nothing(visit, served, shoot):
    page = visit("/shop/icon.svg")
    line = Line(page)
    page.goto(PRODUCT)
    open_chat(page)
    say(page, "Before the cut")
    expect(page.get_by_text("You wrote: Before the cut")).to_be_visible()
    line.cut()
    say(page, "Written while offline")
    expect(page.get_by_text("Sending…")).to_be_visible()
    expect(page.get_by_text("The chat cannot be reached")).to_be_visible()
    shoot(page, "widget-offline")
    say_as_agent(served, conversation_of(served, "Before the cut"), "Said while you were away")
    line.mend()
    expect(page.get_by_text("You wrote: Written while offline")).to_be_visible()
    expect(page.get_by_text("The chat cannot be reached")).to_be_hidden()
    for text in ("Before the cut", "Said while you were away", "Written while offline"):
        assert bubbles(page).count(text) == 1
    line.cut()
    say_as_agent(served, conversation_of(served, "Before the cut"), "News is announced")
    line.mend()
    expect(page.get_by_text("News is announced")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_a_message_whose_acknowledgement_is_lost_is_stored_once(visit, served):
    page = visit("/shop/icon.svg")
    line = Line(page)
    page.goto(PRODUCT)
    open_chat(page)
    say(page, "A first word")
    expect(page.get_by_text("You wrote: A first word")).to_be_visible()
    line.lose = "ack"
    say(page, "Only once, please")
    expect(page.get_by_text("You wrote: Only once, please")).to_be_visible()
    assert bubbles(page).count("Only once, please") == 1
    with served.world.database.reading() as session:
        texts = [message.body["text"] for message in session.scalars(select(Message))]
    assert texts.count("Only once, please") == 1


def test_a_conversation_goes_on_after_signing_in(visit, served):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Hello from a guest")
    expect(page.get_by_text("You wrote: Hello from a guest")).to_be_visible()
    page.locator(".account summary").click()
    page.get_by_role("button", name="Maya Thornton").click()
    expect(page.locator(".account summary")).to_have_text("Maya")
    open_chat(page)
    expect(page.get_by_text("You wrote: Hello from a guest")).to_be_visible()
    with served.world.database.reading() as session:
        conversation = conversations.find(session, conversation_of(served, "Hello from a guest"))
        assert session.get(Visitor, conversation.visitor_id).customer_id == "C-0001"
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    open_chat(page)
    expect(page.get_by_text("How can I help?")).to_be_visible()
    say(page, "Somebody else now")
    expect(page.get_by_text("You wrote: Somebody else now")).to_be_visible()
    assert "Hello from a guest" not in bubbles(page)


def test_the_demo_inbox_shows_the_code_once_something_is_said(visit, served):
    page = visit("/")
    open_chat(page)
    say(page, "I have no account here")
    expect(page.get_by_text("You wrote: I have no account here")).to_be_visible()
    with served.world.database.writing() as session:
        code = verification.request_code(
            session,
            served.world.gateway.settings,
            conversation_of(served, "I have no account here"),
            customer_id="C-0001",
            order_id="HP-20002",
            email="maya.thornton@example.com",
        )
    say(page, "Where is the code?")  # the page looks when something is said
    expect(page.locator(".inbox b")).to_have_text(code.code)


def test_the_interface_speaks_chinese(visit, shoot):
    page = visit(PRODUCT)
    page.locator("shopkeeper-chat").evaluate("(chat) => chat.setAttribute('language', 'zh-CN')")
    page.get_by_role("button", name="打开客服窗口").click()
    expect(page.get_by_label("您的消息")).to_be_focused()
    page.get_by_role("button", name="转人工客服").first.click()
    expect(page.get_by_text("已为您转接人工客服")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="您排在第")).to_be_visible()


def test_phone_and_dark_mode(visit, shoot):
    phone = visit("/", viewport={"width": 390, "height": 844})
    shoot(phone, "shop-phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    dark = visit(PRODUCT, color_scheme="dark")
    open_chat(dark)
    say(dark, "Where is my order?")
    expect(dark.get_by_text("Order HP-20002")).to_be_visible()
    shoot(dark, "widget-dark")
    open_chat(phone)
    say(phone, "I want to return my lamp")
    expect(phone.get_by_role("button", name="Refund")).to_be_visible()
    box = phone.get_by_role("dialog").bounding_box()
    assert [box["x"], box["width"], box["height"]] == pytest.approx([0, 390, 844])
    shoot(phone, "widget-phone")
    front = visit("/")
    open_chat(front)
    say(front, "Where is my order?")
    expect(front.get_by_text("Order HP-20002")).to_be_visible()
    shoot(front, "shop")
