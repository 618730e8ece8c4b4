"""The console for everybody: axe finds nothing on any page, by day and by night, and a case needs no mouse."""

from playwright.sync_api import expect

from tests.bot.review.conftest import Talk
from tests.browser.working import MAYA, box, row, tab_to


def test_axe_finds_nothing_before_the_door(visit, examine):
    examine(visit("/console"), "door")


def test_axe_finds_nothing_at_the_desk(sign_in, waiting, examine):
    page = sign_in()
    waiting("The handle of my mug came off in the sink", MAYA)
    expect(row(page, "off in the sink")).to_be_visible()
    examine(page, "desk-queue")
    row(page, "off in the sink").click()
    page.get_by_role("button", name="Take", exact=True).click()
    expect(box(page)).to_be_enabled()
    page.get_by_label("Add a tag").fill("warranty")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take off the tag warranty")).to_be_visible()
    box(page).fill("/order")
    expect(page.get_by_role("group", name="Suggested replies").get_by_role("button").first).to_be_visible()
    examine(page, "desk")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    examine(page, "desk-note")
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("menuitem", name="Transfer…")).to_be_visible()
    examine(page, "desk-menu")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    examine(page, "desk-resolve")


def test_axe_finds_nothing_on_the_supervisors_page(sign_in, waiting, examine):
    waiting("Somebody has to look after me", MAYA)
    page = sign_in()
    page.get_by_role("link", name="Team").click()
    expect(page.get_by_role("table", name="Open").get_by_role("row").filter(has_text="look after me")).to_be_visible()
    examine(page, "team")


def test_axe_finds_nothing_in_the_review(sign_in, served, examine):
    Talk(served.world.database, "C-0003").says("is the box compostable", "nlu_fallback", ("product_question", 0.4))
    page = sign_in()
    page.get_by_role("link", name="Review").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("compostable")
    examine(page, "review")


def test_axe_finds_nothing_in_the_workshop(sign_in, served, examine):
    Talk(served.world.database, "C-0003").says("do you repair parasols", "out_of_scope", ("product_question", 0.4))
    page = sign_in()
    page.get_by_role("link", name="Answers").click()
    card = page.get_by_label("Groups of questions").get_by_role("button").filter(has_text="parasols")
    card.click()
    expect(page.get_by_role("textbox", name="Answer")).to_be_visible()
    examine(page, "workshop")


def test_a_case_is_taken_answered_and_resolved_without_a_mouse(visit, served, waiting):
    waiting("No mouse needed for me")
    page = visit("/console")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("agent@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(served.demo_password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Unassigned")).to_be_visible()
    expect(row(page, "No mouse needed")).to_be_visible()
    tab_to(page, "No mouse needed for me")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("No mouse needed for me")
    tab_to(page, "Take")
    page.keyboard.press("Enter")
    expect(page.get_by_text("With you", exact=True)).to_be_visible()
    expect(box(page)).to_be_enabled()
    tab_to(page, "Answer Guest")
    page.keyboard.type("Here I am.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Here I am.")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.wait_for_function("document.querySelector('[role=dialog]').contains(document.activeElement)")
    page.keyboard.press("Tab")
    tab_to(page, "Resolve")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("log")).to_contain_text("This conversation is closed.")
