"""The desk in a browser: what agents do with conversations, and how they find them."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from bot import agents, conversations
from bot.tables import Agent
from tests.browser.working import MAYA, box, menu, row, tab_to, until
from tests.browser.world import Served


def robin(served: Served) -> Agent:
    """The demo's agent."""
    with served.world.database.reading() as session:
        return next(agent for agent in agents.everyone(session) if agent.email == agents.DEMO_EMAIL)


def last_deed(served: Served) -> str:
    with served.world.database.reading() as session:
        return conversations.deeds(session)[0].action


def test_an_agent_keeps_the_desk_in_order(sign_in, kim, waiting, shoot):
    page, colleague = sign_in(), sign_in(*kim)
    waiting("The lid of my teapot is chipped", MAYA)
    waiting("Once more about the teapot", MAYA)
    row(page, "lid of my teapot").click()
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_text("With you", exact=True)).to_be_visible()
    page.get_by_label("Add a tag").fill("Warranty")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take off the tag warranty")).to_be_visible()
    menu(page, "Urgent")
    expect(page.locator(".tagging").get_by_text("Urgent")).to_be_visible()
    page.get_by_role("button", name="More", exact=True).click()
    shoot(page, "console-actions")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Snooze").click()
    page.get_by_role("menuitem", name="Tomorrow, 09:00").click()
    expect(page.get_by_text("put aside until")).to_be_visible()
    page.get_by_role("tab", name="Snoozed").click()
    expect(row(page, "lid of my teapot")).to_contain_text("Until")

    page.get_by_role("tab", name="Unassigned").click()
    row(page, "Once more about").click()
    menu(page, "Merge into another conversation…")
    page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    expect(row(page, "Once more about")).to_have_count(0)
    page.get_by_label("Search").fill("warranty")
    row(page, "lid of my teapot").click()
    expect(page.get_by_role("log")).to_contain_text("Merged from another conversation")
    shoot(page, "console-search")

    menu(page, "Transfer…")
    page.get_by_role("radio", name="Kim").click()
    page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    expect(page.get_by_text("With Kim", exact=True)).to_be_visible()
    colleague.get_by_role("tab", name="Mine").click()
    row(colleague, "lid of my teapot").click()
    colleague.get_by_role("button", name="Resolve", exact=True).click()
    colleague.get_by_role("radio", name="Other").click()
    colleague.get_by_label("In a few words").fill("Sent to the maker")
    colleague.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(colleague.get_by_text("Resolved", exact=True).last).to_be_visible()


def test_a_customer_is_found_by_the_number_of_an_order(sign_in, waiting):
    page = sign_in()
    waiting("Does anybody hear me", MAYA)
    for words in ("thornton", "HP-20002"):
        page.get_by_label("Search").fill(words)
        expect(row(page, "Does anybody hear me")).to_be_visible()
    page.get_by_label("Search").fill("zzzz nothing")
    expect(page.get_by_text("Nothing has these words")).to_be_visible()
    page.get_by_role("tab", name="Unassigned").click()
    expect(page.get_by_label("Search")).to_have_value("")
    expect(row(page, "Does anybody hear me")).to_be_visible()


def test_an_agent_answers_with_the_shops_own_words_and_cancels_an_order(sign_in, waiting, shoot, served):
    page = sign_in()
    waiting("Please cancel HP-20001, and how do I order again?", MAYA)
    row(page, "Please cancel").click()
    page.get_by_role("button", name="Take", exact=True).click()
    expect(box(page)).to_be_enabled()
    box(page).press_sequentially("/place order")
    offers = page.get_by_role("group", name="Suggested replies").get_by_role("button")
    expect(offers.first).to_contain_text("Place order")
    shoot(page, "console-canned-answers")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(re.compile("basket"))
    expect(page.get_by_role("log")).not_to_contain_text("basket")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("basket")
    page.get_by_role("button", name="As the bot would").click()
    expect(page.get_by_text("The bot has no answer")).to_be_visible()

    page.get_by_role("button", name="Actions for order HP-20001").click()
    page.get_by_role("menuitem", name="Cancel order HP-20001…").click()
    expect(page.get_by_text("what was paid goes back to the customer")).to_be_visible()
    shoot(page, "console-order-action")
    page.get_by_role("dialog").get_by_role("button", name="Cancel order HP-20001").click()
    expect(page.get_by_role("log")).to_contain_text("Done in the shop: Order HP-20001 is cancelled")
    expect(page.get_by_role("button", name="Actions for order HP-20001")).to_have_count(0)


def test_the_desk_works_by_keys_alone_and_never_while_somebody_types(sign_in, waiting, shoot):
    page = sign_in()
    for text in ("First by keys", "Second by keys"):
        waiting(text)
    expect(row(page, "Second by keys")).to_be_visible()
    page.keyboard.press("j")
    expect(row(page, "First by keys")).to_be_focused()
    page.keyboard.press("j")
    expect(row(page, "Second by keys")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("First by keys")
    page.keyboard.press("t")
    expect(page.get_by_text("With you", exact=True)).to_be_visible()
    expect(box(page)).to_be_enabled()
    page.keyboard.type("rthe rest is settled, then")  # at once: no letter waits for the server
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("the rest is settled, then")
    page.keyboard.press("Escape")
    page.keyboard.type("nnext time by post")
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    expect(box(page)).to_have_value("next time by post")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_text("Next or previous conversation in the list")).to_be_visible()
    shoot(page, "console-keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("s")
    expect(page.get_by_role("menuitem", name="For an hour")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="For an hour")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("This conversation is closed.")).to_be_visible()


def test_every_key_of_the_list_does_what_it_says(sign_in, kim, waiting, served):
    page = sign_in()
    for text in ("All of it by keys", "More of it by keys"):
        waiting(text, MAYA)
    for number, tab in ((2, "Unassigned"), (3, "Snoozed"), (4, "Bot"), (5, "Resolved"), (1, "Mine"), (2, "Unassigned")):
        page.keyboard.press(str(number))
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(row(page, "All of it by keys")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("All of it by keys")
    page.keyboard.press("t")
    expect(page.get_by_text("With you", exact=True)).to_be_visible()
    page.keyboard.press("#")
    page.keyboard.type("warranty")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take off the tag warranty")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.get_by_text("The bot has no answer")).to_be_visible()

    page.keyboard.press("r")
    expect(box(page)).to_be_focused()
    page.keyboard.type("/place order")
    expect(page.get_by_role("group", name="Suggested replies").get_by_role("button").first).to_be_visible()
    page.evaluate("addEventListener('keydown', (event) => { if (event.altKey) window.kept = event.defaultPrevented })")
    page.keyboard.press("Alt+1")
    expect(box(page)).to_have_value(re.compile("basket"))
    assert page.evaluate("kept"), "the browser goes to another tab"
    page.keyboard.press("Escape")

    page.keyboard.press("c")
    expect(page.get_by_label("Customer", exact=True)).to_be_focused()
    tab_to(page, "Actions for order")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem")).to_have_count(0)
    for deed in ("went away", "came back"):
        page.keyboard.press("a")
        until(page, lambda deed=deed: last_deed(served) == deed)

    for item, sheet in (("Merge into", "Merge into"), ("Release to the bot", "Release"), ("Transfer", "Transfer to")):
        page.keyboard.press("m")
        tab_to(page, item, key="ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text(sheet)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("m")
    tab_to(page, "Urgent")  # the other way through a menu
    page.keyboard.press("Enter")
    expect(page.locator(".tagging").get_by_text("Urgent")).to_be_visible()
    page.goto("/console/review")
    expect(page.get_by_text("Reading the messages…")).to_have_count(0)
    for deed in ("went away", "came back"):
        page.keyboard.press("a")
        until(page, lambda deed=deed: last_deed(served) == deed)


def test_an_agent_is_told_on_any_page_and_led_to_the_conversation(sign_in, waiting, served):
    page = sign_in()
    opened_at = datetime.now(UTC)
    page.get_by_role("link", name="Team").click()
    until(page, lambda: robin(served).seen_at > opened_at)
    page.evaluate(
        """window.told = [];
        window.Notification = class {
          constructor(title, { body }) { this.says = `${title}: ${body}`; told.push(this); }
          static permission = "default";
          static requestPermission() { this.permission = "granted"; return Promise.resolve("granted"); }
        };
        window.hears = (words) => told.some((one) => one.says.endsWith(words));
        document.hasFocus = () => false;
        document.body.classList.add("asks-to-notify");"""
    )
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_role("button", name="Notify me")).to_be_hidden()
    id = waiting("Is somebody there for me")
    with served.world.database.writing() as session:
        assert conversations.assign_next(session).id == id
    page.wait_for_function("hears('is yours now: Is somebody there for me')")
    expect(page.get_by_role("alert").filter(has_text="is yours now")).to_be_visible()
    own, agent_id = waiting("Taken by the agent"), robin(served).id
    with served.world.database.writing() as session:
        conversations.accept(session, id, "m2", {"type": "text", "text": "Hello again"})
        conversations.take(session, own, agent_id)
    waiting("Nobody is free for me")
    page.wait_for_function("hears('wrote: Hello again')")
    page.wait_for_function("hears('waits for a person: Nobody is free for me')")
    assert not page.evaluate("hears('Taken by the agent')")
    page.evaluate("told.find((one) => one.says.endsWith('Hello again')).onclick()")
    expect(page.get_by_role("log")).to_contain_text("Is somebody there for me")


def test_what_was_begun_and_not_sent_waits_for_the_agent(sign_in, waiting, served):
    page = sign_in()
    agent_id = robin(served).id
    for id in (waiting("First with a draft"), waiting("Second without one")):
        with served.world.database.writing() as session:
            conversations.take(session, id, agent_id)
    page.get_by_role("tab", name="Mine").click()
    row(page, "First with a draft").click()
    expect(page.get_by_role("log")).to_contain_text("First with a draft")
    box(page).press_sequentially("Half an answer")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(box(page)).to_have_value("")
    box(page).press_sequentially("half a note")
    row(page, "Second without one").click()
    expect(page.get_by_role("log")).to_contain_text("Second without one")
    expect(box(page)).to_have_value("")
    row(page, "First with a draft").click()
    expect(box(page)).to_have_value("Half an answer")
    page.get_by_role("link", name="Review").click()
    page.get_by_role("link", name="Desk").click()
    page.get_by_role("tab", name="Mine").click()
    row(page, "First with a draft").click()
    expect(box(page)).to_have_value("Half an answer")
    box(page).press_sequentially(", and the rest")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Half an answer, and the rest")
    expect(row(page, "and the rest")).to_be_visible()  # the list has been put in order again
    row(page, "Second without one").click()
    expect(page.get_by_role("log")).to_contain_text("Second without one")
    row(page, "and the rest").click()
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    expect(box(page)).to_have_value("half a note")


def test_who_is_away_gets_nothing_assigned(sign_in, waiting, served):
    page = sign_in()

    page.get_by_role("switch", name="Away").click()
    until(page, lambda: last_deed(served) == "went away")
    id = waiting("Nobody is free for me")
    with served.world.database.writing() as session:
        assert conversations.assign_next(session) is None
    page.get_by_role("switch", name="Away").click()
    until(page, lambda: last_deed(served) == "came back")
    with served.world.database.writing() as session:
        assert conversations.assign_next(session).id == id
