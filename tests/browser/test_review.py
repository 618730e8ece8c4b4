"""Learning from use in the console: the review page and the detail of a message."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from bot import agents, conversations, review
from bot.shop.sql import SqlShop
from bot.tables import Verdict
from tests.bot.review.conftest import Talk
from tests.browser.working import row

CUSTOMER = "C-0003"
RETURNS = ("return_item", 0.31), ("exchange_item", 0.28), ("get_refund", 0.17), ("damaged_item", 0.12)


@pytest.fixture
def asked(served) -> Iterator[Talk]:
    """A conversation in which the bot was often at a loss; nothing is decided. It is resolved afterwards."""
    with served.world.database.writing() as session:
        session.execute(delete(Verdict))
    talk = Talk(served.world.database, CUSTOMER)
    talk.says(
        "the chair I got is not the colour from the picture, what can I do about HP-20002?", "nlu_fallback", *RETURNS
    )
    talk.says("can I still swap the blue mug for the green one", "nlu_fallback", ("exchange_item", 0.44), *RETURNS[2:])
    talk.says("can I still swap the blue mug for the green one please", "nlu_fallback", ("exchange_item", 0.5))
    talk.says("is your packaging compostable", "out_of_scope", ("product_question", 0.62), ("delivery_options", 0.11))
    talk.says(
        "nobody rang the bell", "nlu_fallback", ("track_order", 0.4), ("complaint", 0.3), ("delivery_options", 0.1)
    )
    yield talk
    with served.world.database.writing() as session:
        agent = agents.everyone(session)[0]
        conversations.resolve(session, talk.id, agent.id)


def learned(served) -> dict[str, str]:
    with served.world.database.reading() as session:
        return {example.text: example.label for example in review.learned(session, SqlShop(served.world.database))}


def open_review(console: Page) -> None:
    console.get_by_role("link", name="Review").click()
    expect(console.get_by_role("status").first).to_contain_text("decided", timeout=30_000)


def quote(console: Page):
    return console.get_by_role("heading", level=1)


def test_messages_are_decided_with_the_keyboard_and_taken_back(served, sign_in, asked, shoot):
    console = sign_in()
    open_review(console)
    expect(console.get_by_role("status").first).to_have_text("0 of 4 decided")
    expect(quote(console)).to_contain_text("the chair I got")
    expect(console.get_by_text("Learned without what is personal")).to_contain_text("HP-12345?")
    shoot(console, "console-review")
    console.keyboard.press("4")
    expect(console.get_by_role("status").first).to_have_text("1 of 4 decided")
    assert list(learned(served).values()) == ["damaged_item"]
    console.keyboard.press("u")
    expect(quote(console)).to_contain_text("the chair I got")
    assert learned(served) == {}

    row_of(console, "swap the blue mug").click()
    expect(console.get_by_text("One decision for 2 similar messages")).to_be_visible()
    console.get_by_role("button", name="Exchange item").click()
    expect(console.get_by_role("status").first).to_have_text("1 of 4 decided")
    assert set(learned(served).values()) == {"exchange_item"} and len(learned(served)) == 2

    row_of(console, "compostable").click()
    expect(quote(console)).to_have_text("is your packaging compostable")
    console.keyboard.press("o")
    expect(console.get_by_role("status").first).to_have_text("2 of 4 decided")
    row_of(console, "nobody rang").click()
    expect(quote(console)).to_have_text("nobody rang the bell")
    console.keyboard.press("/")
    expect(console.get_by_label("Search another intent")).to_be_focused()
    console.keyboard.type("delivery opt")
    expect(console.get_by_role("button", name="Delivery options").last).to_be_visible()
    console.keyboard.press("Enter")
    expect(console.get_by_role("status").first).to_have_text("3 of 4 decided")
    assert learned(served)["nobody rang the bell"] == "delivery_options"
    row_of(console, "the chair I got").click()
    console.keyboard.press("i")
    expect(console.get_by_text("That was the last one")).to_be_visible()
    expect(console.locator(".figure")).to_have_text("4")
    console.reload()
    expect(console.get_by_text("Nothing to review")).to_be_visible()
    shoot(console, "console-review-empty")


def row_of(console: Page, text: str):
    return console.get_by_label("Messages to review").get_by_role("button").filter(has_text=text)


def test_an_agent_sees_why_a_message_was_understood_and_corrects_it(served, sign_in, asked, shoot):
    asked.handed_over()
    console = sign_in()
    row(console, SqlShop(served.world.database).customer(CUSTOMER).name).click()
    console.get_by_role("button", name="Not sure which 60%").first.click()
    sheet = console.get_by_role("dialog")
    expect(sheet).to_contain_text("my lamp came broken, what now")
    expect(sheet).to_contain_text("Return item")
    shoot(console, "console-detail")
    sheet.get_by_label("Search an intent").fill("damaged")
    sheet.get_by_role("button", name="Damaged item").first.click()
    expect(sheet).to_have_count(0)
    assert learned(served) == {}
    open_review(console)
    expect(quote(console)).to_contain_text("the chair I got")
    expect(console.get_by_role("button", name="Damaged item · says Robin")).to_be_visible()
    console.keyboard.press("1")
    expect(console.get_by_role("status").first).to_contain_text("1 of")
    assert list(learned(served).values()) == ["damaged_item"]


def test_the_review_page_fits_a_small_window(sign_in, asked, shoot):
    console = sign_in()
    console.set_viewport_size({"width": 1024, "height": 768})
    open_review(console)
    assert console.evaluate("document.documentElement.scrollWidth") <= 1024
    shoot(console, "console-review-1024")
