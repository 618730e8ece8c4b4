"""The page "Answers" in a browser: a group is turned into an answer, published and taken back."""

import re
from dataclasses import asdict

import numpy as np
import pytest
from playwright.sync_api import expect

from bot import agents, conversations, published
from bot.answers import index_folder
from bot.conversations import Understood
from retrieval.index import Index
from retrieval.search import Fusion
from tests.browser.chatting import open_chat, say
from tests.browser.working import box

PARSE = {
    "intent": {"name": "out_of_scope", "confidence": 0.9},
    "entities": [],
    "sentiment": {"label": "neutral"},
    "response_selector": {
        "default": {"response": None, "ranking": [{"intent_response_key": "gift_wrap", "confidence": 0.31}]}
    },
}
ASKED = ("do you rent out furniture", "please do you rent out furniture", "do you rent out furniture here")
GOOD = "do you rent out vans"
SAID = "Hi Peter, yes, sofas and chairs, by the day. Write to hello@harbourandpine.example about HP-20002."


def asked(session, text: str, template_id: str, parse: dict = PARSE) -> str:
    visitor = conversations.open_visitor(session)
    id = conversations.open_conversation(session, visitor.id, "web").id
    conversations.accept(session, id, "1", {"type": "text", "text": text})
    token = conversations.acquire(session, id, 30)
    conversations.next_work(session, id, token)
    part = {"type": "text", "text": "…", "template_id": template_id, "rateable": template_id != "no_answer"}
    conversations.reply(session, id, token, 1, [part], generation=1, understood=Understood(parse))
    conversations.let_go(session, id, token)
    return id


@pytest.fixture
def rental(served):
    """Three customers got no answer; an agent helped the first."""
    with served.world.database.writing() as session:
        robin = agents.everyone(session)[0]
        first = asked(session, ASKED[0], "no_answer")
    with served.world.database.writing() as session:
        conversations.take(session, first, robin.id)
        conversations.say(session, first, robin.id, SAID)
        conversations.resolve(session, first, robin.id)
    for text, template_id in ((ASKED[1], "no_answer"), (ASKED[2], "no_answer"), (GOOD, "van_hire")):
        with served.world.database.writing() as session:
            asked(session, text, template_id)


def test_an_agent_turns_a_group_into_an_answer_and_takes_it_back(sign_in, rental, served, shoot):
    page = sign_in()
    page.get_by_role("link", name="Answers").click()
    card = page.get_by_label("Groups of questions").get_by_role("button").filter(has_text="furniture")
    expect(card).to_contain_text("3 ×")
    expect(card).to_contain_text("1 handed over")
    card.click()
    expect(page.get_by_role("region", name="What customers asked")).to_contain_text(ASKED[1])
    expect(page.get_by_role("region", name="Nearest answer")).to_contain_text("Gift wrap, 0.20, too far to be given")
    answer = page.get_by_role("textbox", name="Answer")
    expect(answer).to_have_value("Yes, sofas and chairs, by the day. Write to {support_email} about your order.")
    expect(page.get_by_role("textbox", name="Questions, one a line")).to_have_value(re.compile(ASKED[1], re.IGNORECASE))

    answer.fill("Yes, by the day. Call {mobile}.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("{mobile} is no fact of the shop")).to_be_visible()
    answer.fill("Yes, by the day. Write to {support_email}.")
    page.get_by_role("button", name="What would it have answered?").click()
    expect(page.get_by_text("Answers 3 of this group")).to_be_visible()
    expect(page.get_by_text("Wrongly catches 1 that had a good answer")).to_be_visible()
    expect(page.get_by_text(GOOD)).to_be_visible()
    shoot(page, "workshop")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published. Customers get this answer from now on.")).to_be_visible()
    with served.world.database.reading() as session:
        (row,) = published.published(session)
    assert "{support_email}" in row.text and row.origin

    page.get_by_role("tab", name="Published").click()
    expect(page.get_by_role("main").last).to_contain_text("no thumbs yet")
    shoot(page, "workshop-published")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Taken back. Nobody gets this answer any more.")).to_be_visible()
    page.get_by_role("tab", name="Open").click()
    card.click()
    page.get_by_role("button", name="No answer needed").click()
    expect(card).to_have_count(0)
    page.get_by_role("tab", name="Set aside").click()
    expect(card).to_be_visible()


def test_a_customer_rates_an_answer_and_the_agent_sees_it(visit, sign_in, served, shoot):
    customer = visit("/")
    open_chat(customer)
    say(customer, "What is the answer?")
    helped = customer.get_by_role("button", name="This helped")
    not_helped = customer.get_by_role("button", name="This did not help")
    helped.click()
    expect(helped).to_have_attribute("aria-pressed", "true")
    not_helped.click()
    expect(helped).to_have_attribute("aria-pressed", "false")
    expect(not_helped).to_have_attribute("aria-pressed", "true")
    shoot(customer, "widget-thumbs")
    customer.reload()
    open_chat(customer)
    expect(not_helped).to_have_attribute("aria-pressed", "true")
    assert [event.properties["helpful"] for event in served.world.events("Answer Rated")] == [True, False]
    console = sign_in()
    console.get_by_role("tab", name="Bot").click()
    console.get_by_label("Conversations").get_by_role("button").filter(has_text="the answer").first.click()
    expect(console.get_by_text("The customer says: this did not help")).to_be_visible()


LAMP = {**PARSE, "intent": {"name": "product_question", "confidence": 0.9}}


def test_a_reply_that_fits_is_inserted_by_one_key(visit, sign_in, served, shoot):
    fusion = Fusion(nearest=1, centre=0, lexical=0, intent=0, unanswered=0, threshold=0.5)
    index = Index.build(np.eye(2, dtype=np.float32), ["a", "b"], model="small", fusion=asdict(fusion))
    index.save(index_folder(served.world.gateway.settings))
    with served.world.database.writing() as session:
        robin = agents.everyone(session)[0]
        before = asked(session, "does the lamp come with a bulb", "no_answer", parse=LAMP)
    with served.world.database.writing() as session:
        conversations.take(session, before, robin.id)
        conversations.say(session, before, robin.id, "Hi Peter, it comes with a bulb.")
        conversations.resolve(session, before, robin.id)
    customer = visit("/")
    customer.locator(".account summary").click()
    customer.get_by_role("button", name="Daniel Okafor").click()
    customer.goto("/")
    open_chat(customer)
    say(customer, "does this lamp come with a bulb")
    console = sign_in()
    console.get_by_role("tab", name="Bot").click()
    console.get_by_label("Conversations").get_by_role("button").filter(has_text="Daniel Okafor").first.click()
    console.get_by_role("button", name="Take over from the bot").click()
    offers = console.get_by_role("group", name="Suggested replies").get_by_role("button")
    expect(offers).to_have_text(["Alt+1Hi Daniel, it comes with a bulb."])
    console.keyboard.press("Alt+1")
    expect(box(console)).to_have_value("Hi Daniel, it comes with a bulb.")
    shoot(console, "console-suggested-replies")
    console.get_by_role("button", name="Send").click()
    expect(offers).to_have_count(0)
    say(customer, "hello, are you there")
    expect(console.get_by_role("log")).to_contain_text("are you there")
    expect(offers).to_have_count(0)
