"""A return from signing in to its number in a browser, against the whole system, with nothing but the keyboard."""

from playwright.sync_api import expect

from bot.shop.sql import SqlShop
from tests.browser.chatting import tab_to
from tests.browser.chromium import browser  # noqa: F401 - a fixture

PATIENCE_MS = 30_000
ORDER = "HP-20006"  # Daniel's, delivered, of one thing


def test_a_whole_return_needs_only_the_keyboard(browser, stack, shop_database):  # noqa: F811
    page = browser.new_context(base_url=stack.url, reduced_motion="reduce").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/")
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.textContent").startswith("Daniel Okafor"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".account summary")).to_have_text("Daniel", timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()
    tab_to(page, "Open chat")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()

    def write(text: str) -> None:
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    def choose(title: str) -> None:
        expect(page.get_by_role("button", name=title)).to_be_visible(timeout=PATIENCE_MS)
        tab_to(page, title, backwards=True)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Your message")).to_be_focused()

    asked = page.locator("shopkeeper-chat .bot .bubble:not(.dots)")
    expect(asked).to_have_count(1)  # the greeting
    write(f"I want to return something from order {ORDER}")
    expect(asked).to_have_count(2, timeout=PATIENCE_MS)
    write("It is too large for my kitchen")
    choose("Money back")
    choose("Yes, please")
    expect(asked.last).to_contain_text(f"RT-{ORDER.removeprefix('HP-')}", timeout=PATIENCE_MS)
    (returned,) = SqlShop(shop_database).order(ORDER).returns
    expect(asked.last).to_contain_text(returned.id)
    assert (returned.reason, returned.resolution) == ("It is too large for my kitchen", "refund")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()
    page.context.close()
