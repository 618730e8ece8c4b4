"""The whole story in one browser: a customer, a person who helps, a rating, and the report that counts exactly it."""

import re

import pytest
from playwright.sync_api import Page, expect

from bot import agents
from tests.browser.chatting import conversation_of, open_chat, say
from tests.browser.working import SLOW_MS, box, customer_in, in_widget, row, type_until

ASKED = "Where is my order HP-20002? It is for a birthday"


@pytest.fixture
def nora(served):
    """A supervisor who has never had a conversation: what the report says of her is this story alone."""
    with served.world.database.writing() as session:
        agents.add(session, email="nora@example.com", name="Nora", role="supervisor", password="a long password")
    return "nora@example.com", "a long password"


def agent_of(served, email: str) -> str:
    with served.world.database.reading() as session:
        return next(one.id for one in agents.everyone(session) if one.email == email)


def tile(report: Page, title: str):
    """A number of the report's first row."""
    called = report.get_by_role("heading", name=title)
    return report.get_by_label("At a glance").locator(".tile").filter(has=called)


def test_a_customer_is_helped_by_a_person_and_the_report_counts_exactly_that(visit, sign_in, nora, served, shoot):
    console, customer = sign_in(*nora), visit("/")
    customer_in(customer, "Maya Thornton")
    customer.goto("/products/LIG-001")
    open_chat(customer)
    say(customer, ASKED)
    expect(in_widget(customer, "Order HP-20002")).to_be_visible()
    customer.locator("shopkeeper-chat header").get_by_role("button", name="Talk to a person").click()
    expect(customer.get_by_role("status").filter(has_text="Waiting for a person")).to_be_visible()

    console.get_by_role("tab", name="Unassigned").click()
    row(console, "Maya Thornton").click()
    expect(console.get_by_text("Handed over: Asked for a person")).to_be_visible()
    console.get_by_role("button", name="Take", exact=True).click()
    expect(in_widget(customer, "Nora is with you now.")).to_be_visible()

    expect(box(console)).to_be_enabled()
    type_until(box(console), in_widget(customer, "is writing…"))
    type_until(customer.get_by_label("Your message"), console.get_by_role("status").filter(has_text="is typing…"))
    say(customer, "Are you there?")
    expect(console.get_by_role("log")).to_contain_text("Are you there?")
    expect(in_widget(customer, "You wrote: Are you there?")).to_have_count(0)

    box(console).fill("/on its way")
    offer = console.get_by_role("group", name="Suggested replies").get_by_role("button").first
    expect(offer).to_contain_text("Order on its way")
    console.keyboard.press("Enter")
    expect(box(console)).to_have_value(re.compile(r"rder HP-20002 .* by \d+ \w+"))
    shoot(console, "story-console")
    canned = box(console).input_value()
    console.keyboard.press("Enter")
    expect(in_widget(customer, canned)).to_be_visible()
    expect(box(console)).to_have_value("")

    console.get_by_role("button", name="Resolve", exact=True).click()
    console.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(in_widget(customer, "This conversation is closed.")).to_be_visible()
    customer.get_by_role("radio", name="5 of 5").check()
    customer.get_by_role("button", name="Send rating").click()
    expect(in_widget(customer, "Thank you for your rating.")).to_be_visible()

    console.goto(f"/console/reports?agent={agent_of(served, nora[0])}")
    expect(tile(console, "Conversations").get_by_role("button")).to_have_text("1", timeout=SLOW_MS)
    expect(tile(console, "Handed to a person")).to_contain_text("100")
    expect(tile(console, "Handed to a person")).to_contain_text("1 of 1")
    expect(tile(console, "Satisfied customers")).to_contain_text("1 of 1")
    shoot(console, "story-report")
    tile(console, "Conversations").get_by_role("button").click()
    behind = console.get_by_role("dialog").get_by_role("link")
    expect(behind).to_have_count(1)
    expect(behind).to_have_attribute("href", f"./?conversation={conversation_of(served, ASKED)}")
    behind.click()
    expect(console.get_by_role("log")).to_contain_text(ASKED)
    expect(console.get_by_text("Resolved", exact=True).last).to_be_visible()
