import random
import re

from playwright.sync_api import expect

from bot import agents, conversations
from tests.browser.chatting import bubbles, open_chat, say
from tests.browser.working import box, customer_in, in_widget, menu, row, type_until, until, write


def test_a_person_answers_and_gives_back_and_resolves(visit, sign_in, shoot):
    console = sign_in()
    expect(console.get_by_text("Nobody is waiting. Well done.")).to_be_visible()
    customer = visit("/")
    customer_in(customer, "Maya Thornton")
    customer.goto("/products/LIG-001")
    customer.get_by_role("button", name="Ask about this product").click()
    expect(customer.get_by_label("Your message")).to_have_value(re.compile("I have a question about the"))
    say(customer, "Where is my order?")
    expect(in_widget(customer, "Order HP-20002")).to_be_visible()
    say(customer, "I am angry, it is late")
    expect(in_widget(customer, "You wrote: I am angry")).to_be_visible()
    customer.locator("shopkeeper-chat header").get_by_role("button", name="Talk to a person").click()
    expect(in_widget(customer, "I am passing you to a colleague")).to_be_visible()
    expect(customer.get_by_role("status").filter(has_text="Waiting for a person")).to_be_visible()

    row(console, "Maya Thornton").click()
    expect(console.get_by_text("Handed over: Asked for a person")).to_be_visible()
    expect(console.get_by_text("Complaint 90% · negative")).to_be_visible()
    aside = console.get_by_label("Customer", exact=True)
    expect(aside).to_contain_text("maya.thornton@example.com")
    expect(aside).to_contain_text("HP-20002")
    expect(box(console)).to_be_disabled()
    console.get_by_role("button", name="Take", exact=True).click()
    expect(in_widget(customer, "Robin is with you now.")).to_be_visible()
    write(console, "Hello Maya, I am looking into it.")
    expect(in_widget(customer, "Hello Maya, I am looking into it.")).to_be_visible()
    expect(box(console)).to_have_value("")
    expect(console.get_by_role("log").get_by_text("Read", exact=True)).to_be_visible()

    console.get_by_role("button", name="Note", exact=True).click()
    write(console, "The carrier says tomorrow.")
    expect(console.get_by_role("log")).to_contain_text("note, not shown to the customer")
    say(customer, "Thank you!")
    expect(console.get_by_role("log")).to_contain_text("Thank you!")
    assert "The carrier says tomorrow." not in bubbles(customer)
    shoot(console, "console")
    shoot(customer, "widget-person")

    menu(console, "Release to the bot")
    console.get_by_label("What was settled").fill("Arrives tomorrow; customer knows.")
    console.get_by_role("button", name="Release", exact=True).click()
    expect(in_widget(customer, "again. Robin told me what you settled")).to_be_visible()
    say(customer, "Are you the bot?")
    expect(in_widget(customer, "You wrote: Are you the bot?")).to_be_visible()

    console.get_by_role("button", name="Take over from the bot").click()
    expect(in_widget(customer, "Robin is with you now.")).to_have_count(2)
    console.get_by_role("button", name="Resolve", exact=True).click()
    console.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(in_widget(customer, "This conversation is closed.")).to_be_visible()
    console.get_by_role("tab", name="Resolved").click()
    expect(row(console, "Are you the bot?")).to_be_visible()


def test_the_customer_sees_that_the_agent_writes_and_the_other_way_round(visit, sign_in):
    console = sign_in()
    customer = visit("/")
    open_chat(customer)
    say(customer, "Typing, please")
    expect(in_widget(customer, "You wrote: Typing, please")).to_be_visible()
    console.get_by_role("tab", name="Bot").click()
    row(console, "Typing, please").click()
    console.get_by_role("button", name="Take over from the bot").click()
    expect(box(console)).to_be_enabled()
    type_until(box(console), in_widget(customer, "is writing…"))
    type_until(customer.get_by_label("Your message"), console.get_by_role("status").filter(has_text="is typing…"))


def test_two_agents_see_who_has_a_conversation(visit, sign_in, kim, served):
    robin, colleague = sign_in(), sign_in(*kim)
    customer = visit("/")
    open_chat(customer)
    say(customer, "Who has me?")
    expect(in_widget(customer, "You wrote: Who has me?")).to_be_visible()
    for console in (robin, colleague):
        console.get_by_role("tab", name="Bot").click()
        row(console, "Who has me?").click()
    robin.get_by_role("button", name="Take over from the bot").click()
    expect(colleague.get_by_text("With Robin")).to_be_visible()
    expect(colleague.get_by_role("button", name="Take over from the bot")).to_be_hidden()
    expect(box(colleague)).to_be_disabled()
    with served.world.database.writing() as session:
        agents.remove(session, kim[0])
    colleague.get_by_role("button", name="Note", exact=True).click()
    write(colleague, "Still here?")
    colleague.wait_for_url("**/console/sign-in")


def test_a_row_keeps_its_place_while_somebody_points_at_it(sign_in, waiting, served):
    page = sign_in()
    waiting("First in the queue")
    urgent = waiting("Second in the queue")
    aimed_at = row(page, "Second in the queue")
    aimed_at.hover()
    place = aimed_at.bounding_box()
    page.mouse.down()
    with served.world.database.writing() as session:
        conversations.set_priority(session, urgent, agents.everyone(session)[0].id, 2)

    def read_anew() -> bool:
        page.mouse.move(place["x"] + random.randrange(20), place["y"] + 10)
        return "Urgent" in aimed_at.inner_text()

    until(page, read_anew)
    assert aimed_at.bounding_box()["y"] == place["y"]
    page.mouse.up()
    expect(page.get_by_role("log")).to_contain_text("Second in the queue")
    page.mouse.move(720, 300)
    expect(
        page.get_by_label("Conversations").get_by_role("button").filter(has_text="in the queue").first
    ).to_contain_text("Second")


def test_signing_out_ends_presence(sign_in, served):
    page = sign_in()

    def present() -> list[str]:
        with served.world.database.reading() as session:
            return [agent.email for agent in agents.present(session)]

    until(page, lambda: agents.DEMO_EMAIL in present())
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/console/sign-in")
    assert agents.DEMO_EMAIL not in present()
    page.goto("/console/")
    assert page.url.endswith("/console/sign-in")


def test_the_console_fits_a_small_window(sign_in, shoot):
    page = sign_in()
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_role("tab", name="Resolved").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    expect(page.get_by_role("tab", name="Resolved")).to_be_in_viewport()
    shoot(page, "console-1024")
