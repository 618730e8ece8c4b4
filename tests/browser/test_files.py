from playwright.sync_api import expect

from bot import agents
from tests.browser.chatting import PRODUCT, conversation_of, open_chat, say


def test_an_agent_sees_the_picture_a_customer_sent(visit, served):
    customer = visit(PRODUCT)
    open_chat(customer)
    say(customer, "Look at this lamp")
    expect(customer.get_by_text("You wrote: Look at this lamp")).to_be_visible()
    picture = {"name": "lamp.png", "mimeType": "image/png", "buffer": customer.screenshot()}
    customer.locator("shopkeeper-chat input[type=file]").set_input_files(picture)
    expect(customer.get_by_role("img", name="lamp.png")).to_be_visible()
    console = visit("/console")
    console.get_by_label("E-mail address").fill(agents.DEMO_EMAIL)
    console.get_by_label("Password").fill(served.demo_password)
    console.get_by_role("button", name="Sign in").click()
    expect(console.get_by_role("navigation", name="Conversations")).to_be_visible()
    console.goto(f"/console/?conversation={conversation_of(served, 'Look at this lamp')}")
    shown = console.get_by_role("img", name="lamp.png")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
