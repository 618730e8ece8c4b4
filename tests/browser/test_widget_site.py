"""The widget on a site that is not ours: on the list or not, in the site's colours and words, and on any screen."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse
from playwright.sync_api import Page, expect

from tests.browser.accessibility import findings
from tests.browser.chatting import PRODUCT, SHADE, bubbles, conversation_of, open_chat, say, say_as_agent
from tests.serving import ServerThread

FRENCH = {
    "open": "Ouvrir le chat",
    "label": "Votre message",
    "hello": "Bonjour, ici {shop} !",
    "read": "",
    "status": {"paid": "Payée"},
}
STYLE = """
shopkeeper-chat { --shopkeeper-accent: #7a1f5c; --shopkeeper-on-accent: #fff0fa; --shopkeeper-surface: #fdf6e3;
  --shopkeeper-text: #33210f; --shopkeeper-radius: 4px; --shopkeeper-z-index: 7;
  --shopkeeper-font: "Liberation Serif"; }
"""


@pytest.fixture
def site(served) -> Iterator[FastAPI]:
    """A shop at localhost:`site_port`; the same pages at 127.0.0.1 are another site's, which is not listed."""
    app = FastAPI()

    @app.get("/")
    def front(attributes: str = "") -> HTMLResponse:
        chat = f'<shopkeeper-chat server="{served.url}" shop="Atelier" {attributes}></shopkeeper-chat>'
        head = f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        script = f'<script src="{served.url}/widget.js" defer></script>'
        body = f"<main><h1>Atelier</h1><a href='#'>A link</a></main>{chat}"
        return HTMLResponse(f"<!doctype html><html lang='en'><title>Atelier</title>{head}{script}{body}</html>")

    @app.get("/fr.json")
    def french() -> JSONResponse:
        return JSONResponse(FRENCH)

    server = ServerThread(app, port=served.site_port)
    server.start()
    yield app
    server.stop()


def listed(served, attributes: str = "") -> str:
    return f"http://localhost:{served.site_port}/?attributes={attributes}"


def style(page: Page, element: str, name: str) -> str:
    return page.evaluate(f"getComputedStyle({SHADE}.querySelector('{element}')).getPropertyValue('{name}')")


def test_a_listed_site_has_the_chat_in_its_own_colours(visit, served, site, shoot):
    page = visit(listed(served))
    open_chat(page)
    say(page, "Hello from another site")
    expect(page.get_by_text("You wrote: Hello from another site")).to_be_visible()
    assert style(page, ".launcher", "background-color") == "rgb(122, 31, 92)"
    assert style(page, ".customer .bubble", "color") == "rgb(255, 240, 250)"
    assert style(page, ".panel", "background-color") == "rgb(253, 246, 227)"
    assert style(page, ".panel", "border-radius") == "4px"
    assert style(page, ".panel", "color") == "rgb(51, 33, 15)"
    assert "Liberation Serif" in style(page, "textarea", "font-family")
    assert page.evaluate("getComputedStyle(document.querySelector('shopkeeper-chat')).zIndex") == "7"
    assert findings(page, "shopkeeper-chat") == []
    shoot(page, "widget-themed")


def test_a_site_that_is_not_listed_gets_no_chat_no_token_and_no_socket(visit, served, site):
    page = visit("about:blank")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/widget/en.json")):
        page.goto(f"http://127.0.0.1:{served.site_port}/")
    expect(page.get_by_role("heading", name="Atelier")).to_be_visible()
    expect(page.get_by_role("button", name="Open chat")).to_have_count(0)
    answer = page.request.post(
        f"{served.url}/v1/visitors", data={}, headers={"Origin": f"http://127.0.0.1:{served.site_port}"}
    )
    assert (answer.status, "ALLOWED_ORIGINS" in answer.json()["error"]) == (403, True)
    asked = (
        "fetch(`${server}/v1/visitors`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})"
    )
    assert page.evaluate(f"(server) => {asked}.then(() => 'taken', () => 'refused')", served.url) == "refused"
    closed = """(address) => new Promise((told) => {
        const socket = new WebSocket(address);
        socket.onopen = () => socket.send('{"type": "hello", "token": "x"}');
        socket.onclose = (event) => told(event.code);
    })"""
    assert page.evaluate(closed, served.url.replace("http", "ws") + "/v1/socket") == 4403


def test_a_language_is_a_file_of_the_site_and_english_where_it_says_nothing(visit, served, site):
    page = visit(listed(served, "strings-url=http://localhost:" + str(served.site_port) + "/fr.json"))
    page.get_by_role("button", name="Ouvrir le chat").click()
    expect(page.get_by_label("Votre message")).to_be_focused()
    expect(page.get_by_text("Bonjour, ici Atelier !")).to_be_visible()
    page.get_by_label("Votre message").fill("Where is my order?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your order is on its way.")).to_be_visible()
    expect(page.locator("shopkeeper-chat .pill")).to_have_text("On its way")
    expect(page.get_by_text("Read", exact=True)).to_be_visible()


@pytest.mark.parametrize("size", [(320, 568), (640, 320), (1280, 400)], ids="{0[0]}x{0[1]}".format)
def test_nothing_is_cut_off_or_needs_two_directions_on_a_small_screen(visit, size):
    """1280 pixels at 400 % are 320; a phone on its side and a low window are the other two."""
    page = visit(PRODUCT, viewport={"width": size[0], "height": size[1]})
    open_chat(page)
    say(page, "Where is my order?")
    expect(page.get_by_text("Order HP-20002")).to_be_visible()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1]
    expect(page.get_by_label("Your message")).to_be_in_viewport(ratio=1)
    for button in ("Talk to a person", "Close chat", "Send"):
        expect(page.get_by_role("dialog").get_by_role("button", name=button).last).to_be_in_viewport(ratio=1)
    assert page.evaluate(f"{SHADE}.querySelector('.log').scrollWidth <= {SHADE}.querySelector('.log').clientWidth")
    assert findings(page, "shopkeeper-chat") == []


def test_on_a_phone_the_focus_stays_in_the_chat_that_covers_the_page(visit):
    phone = visit(PRODUCT, viewport={"width": 390, "height": 844})
    open_chat(phone)
    expect(phone.get_by_label("Your message")).to_be_focused()
    outside = "document.activeElement !== document.body && document.activeElement.tagName !== 'SHOPKEEPER-CHAT'"
    for _ in range(20):
        phone.keyboard.press("Tab")
        assert not phone.evaluate(outside)
    phone.keyboard.press("Escape")
    expect(phone.get_by_role("dialog")).to_have_count(0)
    expect(phone.get_by_role("button", name="Open chat")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("Your message")).to_be_focused()
    phone.set_viewport_size({"width": 1200, "height": 800})
    phone.keyboard.press("Escape")
    expect(phone.get_by_role("dialog")).to_have_count(0)


def test_what_one_tab_has_shown_is_not_unread_in_another(visit, served):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "To be read in two tabs")
    expect(page.get_by_text("You wrote: To be read in two tabs")).to_be_visible()
    page.keyboard.press("Escape")
    other = visit(PRODUCT, context=page.context)
    say_as_agent(served, conversation_of(served, "To be read in two tabs"), "News for you")
    for tab in (page, other):
        expect(tab.get_by_role("button", name="Open chat, unread messages: 1")).to_be_visible()
    open_chat(other)
    expect(other.get_by_text("News for you")).to_be_visible()
    expect(page.get_by_role("button", name="Open chat", exact=True)).to_be_visible()


def test_a_product_of_no_interest_leaves_the_shelf_for_good(visit, served):
    page = visit(PRODUCT)
    open_chat(page)
    say(page, "Please recommend me something")
    goods = page.get_by_role("list", name="Products").get_by_role("listitem")
    expect(goods).to_have_count(5)
    previous, more = (page.get_by_role("button", name=label) for label in ("Previous products", "More products"))
    expect(previous).to_be_hidden()
    more.click()
    expect(previous).to_be_visible()
    previous.click()
    expect(previous).to_be_hidden()
    name = goods.nth(1).locator("strong").inner_text()
    following = goods.nth(2).locator("strong").inner_text()
    page.get_by_role("button", name=f"Not interested: {name}").focus()
    page.keyboard.press("Enter")
    expect(goods).to_have_count(4)
    expect(page.get_by_role("button", name=f"Not interested: {following}")).to_be_focused()
    assert bubbles(page)[-1] == "These might be something for you:"
    page.reload()
    open_chat(page)
    expect(goods).to_have_count(4)
    expect(page.get_by_role("button", name=f"Not interested: {name}")).to_have_count(0)
    (declined,) = served.world.events("Suggestion Declined")[-1:]
    assert declined.properties["reason"] == "Because you looked at lamps."
