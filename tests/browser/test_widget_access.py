"""The widget for everybody: axe finds nothing in any of its states, and a return needs no mouse."""

import pytest
from playwright.sync_api import expect

from bot import conversations
from tests.browser.accessibility import findings
from tests.browser.chatting import PRODUCT, SHADE, agent_id, conversation_of, open_chat, say, tab_to


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_conversation(visit, scheme):
    page = visit(PRODUCT, color_scheme=scheme)
    assert findings(page, "shopkeeper-chat") == []
    open_chat(page)
    for text, shown in (
        ("Where is my order?", "Order HP-20002"),
        ("Please recommend me something", "Because you looked at lamps."),
        ("Give me an answer", "The answer is 42."),
        ("I want to return my lamp", "Replacement"),
    ):
        say(page, text)
        expect(page.get_by_text(shown).first).to_be_visible()
    assert findings(page, "shopkeeper-chat") == []
    page.locator("shopkeeper-chat header .person").click()
    expect(page.get_by_role("status").filter(has_text="Waiting for a person: number")).to_be_visible()
    assert findings(page, "shopkeeper-chat") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_forms(visit, served, scheme):
    page = visit(PRODUCT, color_scheme=scheme)
    page.locator("shopkeeper-chat").evaluate("(chat) => chat.setAttribute('consent-url', '/privacy')")
    open_chat(page)
    expect(page.get_by_role("button", name="I agree")).to_be_focused()
    assert findings(page, "shopkeeper-chat") == []
    page.keyboard.press("Enter")
    text = f"To be rated in the {scheme}"
    say(page, text)
    expect(page.get_by_text(f"You wrote: {text}")).to_be_visible()
    with served.world.database.writing() as session:
        conversations.resolve(session, conversation_of(served, text), agent_id(session))
    expect(page.get_by_role("radio")).to_have_count(5)
    assert findings(page, "shopkeeper-chat") == []


def test_a_whole_return_needs_no_mouse(visit):
    page = visit(PRODUCT, reduced_motion="reduce")
    launcher = page.get_by_role("button", name="Open chat")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("I want to return my lamp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Replacement")).to_be_visible()
    tab_to(page, "Replacement", backwards=True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You wrote: Replacement")).to_be_visible()
    expect(page.get_by_label("Your message")).to_be_focused()
    moving = page.evaluate(f"{SHADE}.getAnimations({{subtree: true}}).filter((a) => a.playState === 'running').length")
    assert moving == 0
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
