"""How tests work at the console's desk: signing in, a colleague, customers who wait, and what is where on the page."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from bot import agents, conversations
from tests.browser.chromium import TIMEOUT_MS
from tests.browser.world import Served

MAYA = "C-0001"
SLOW_MS = 300_000  # a report is made by a process of its own, which gives way to all others
KIM, KIMS_PASSWORD = "kim@example.com", "a long password"

Queue = Callable[..., str]


@pytest.fixture
def sign_in(visit: Callable[..., Page], served: Served) -> Callable[..., Page]:
    """`sign_in(email, password, **context options)` opens the desk of an agent, by default the demo's."""

    def signed_in(email: str = agents.DEMO_EMAIL, password: str = "", **options: object) -> Page:
        page = visit("/console", **options)
        enter(page, email, password or served.demo_password)
        return page

    return signed_in


@pytest.fixture
def kim(served: Served) -> tuple[str, str]:
    """A colleague in the team for returns: what she signs in with."""
    with served.world.database.writing() as session:
        agents.add(session, email=KIM, name="Kim", role="agent", password=KIMS_PASSWORD)
        agents.change(session, KIM, team="returns")
    return KIM, KIMS_PASSWORD


@pytest.fixture
def waiting(served: Served) -> Iterator[Queue]:
    """`waiting(text)` puts a customer in the queue; what they have is resolved afterwards."""
    made: list[str] = []

    def queued(text: str, customer_id: str | None = None) -> str:
        with served.world.database.writing() as session:
            visitor = conversations.open_visitor(session)
            visitor.customer_id = customer_id
            id = conversations.open_conversation(session, visitor.id, "web").id
            conversations.accept(session, id, "m1", {"type": "text", "text": text})
            conversations.hand_off(session, id, "asked", "Wants a person.\nAsked about a return.")
        made.append(id)
        return id

    yield queued
    for id in made:
        with served.world.database.writing() as session:
            state = conversations.find(session, id)
            if state.state != "resolved":
                conversations.resolve(session, id, state.assignee_id or agents.everyone(session)[0].id)


def enter(page: Page, email: str, password: str) -> None:
    """Sign in with the form."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("tab", name="Unassigned")).to_be_visible()


def row(console: Page, text: str) -> Locator:
    """A conversation in the list."""
    return console.get_by_label("Conversations").get_by_role("button").filter(has_text=text)


def box(console: Page) -> Locator:
    """Where answers and notes are written: the one of the two that is there."""
    return console.locator(".composer textarea:visible")


def write(console: Page, text: str) -> None:
    box(console).fill(text)
    console.keyboard.press("Enter")


def menu(console: Page, item: str) -> None:
    console.get_by_role("button", name="More", exact=True).click()
    console.get_by_role("menuitem", name=item).click()


def in_widget(customer: Page, text: str) -> Locator:
    return customer.locator("shopkeeper-chat").get_by_text(text)


def customer_in(page: Page, name: str) -> None:
    """Sign in at the demo shop as this customer."""
    page.locator(".account summary").click()
    page.get_by_role("button", name=name).click()
    expect(page.locator(".account summary")).to_contain_text(name.split()[0])


def until(page: Page, holds: Callable[[], object]) -> None:
    """Wait until what is true behind the page is so."""
    for _ in range(TIMEOUT_MS // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came true")


def type_until(box: Locator, seen: Locator) -> None:
    """Type on until the other side shows it: the sign of typing goes after a few seconds."""
    for _ in range(TIMEOUT_MS // 1000):
        box.press_sequentially("ab ")
        with suppress(PlaywrightTimeout):
            seen.wait_for(state="attached", timeout=1000)
            return
    raise AssertionError("the typing was never shown")


def focused(page: Page) -> str:
    """What the element with the focus is called."""
    return page.evaluate(
        """() => {
          const one = document.activeElement;
          return one.tabIndex < 0 ? "" : one.getAttribute("aria-label") || one.textContent.trim();
        }"""
    )


def tab_to(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press the key until the element of that name has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        if name in focused(page):
            return
    raise AssertionError(f"{key} never reaches {name!r}")
