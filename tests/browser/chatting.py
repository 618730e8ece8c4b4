"""How tests chat in a page: open, write, read, go on by Tab, and cut the line."""

import json

from playwright.sync_api import Page, Route, WebSocketRoute, expect
from sqlalchemy import select

from bot import conversations
from bot.tables import Agent, Message

PRODUCT = "/products/LIG-001"
SHADE = "document.querySelector('shopkeeper-chat').shadowRoot"


def open_chat(page: Page) -> None:
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def bubbles(page: Page) -> list[str]:
    return page.locator("shopkeeper-chat .bubble:not(.dots)").all_inner_texts()


def tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until the element that says `name`, or is called so, has the focus."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        focused = f"({SHADE}.activeElement ?? document.activeElement)"
        if name in page.evaluate(f"[{focused}.textContent.trim(), {focused}.getAttribute('aria-label')]"):
            return
    raise AssertionError(f"Tab never reaches {name!r}")


def conversation_of(served, text: str) -> str:
    """The id of the conversation somebody wrote this text in."""
    with served.world.database.reading() as session:
        found = session.scalars(select(Message).where(Message.author == "customer")).all()
    return next(message.conversation_id for message in found if message.body["text"] == text)


class Line:
    """The page's line, which can be cut and mended, and can lose the next frame of a type (and break with it)."""

    def __init__(self, page: Page) -> None:
        self.whole, self.lose, self.sockets = True, "", True
        self._open: list[WebSocketRoute] = []
        page.route_web_socket("**/v1/socket", self._connect)
        page.route("**/v1/conversation/**", self._request)

    def cut(self) -> None:
        self.whole = False
        while self._open:
            self._open.pop().close(code=4000)

    def mend(self) -> None:
        self.whole = True

    def _request(self, route: Route) -> None:
        route.continue_() if self.whole else route.abort()

    def _connect(self, socket: WebSocketRoute) -> None:
        if not (self.whole and self.sockets):
            socket.close(code=4000)
            return
        self._open.append(socket)
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if self.lose and json.loads(frame)["type"] == self.lose:
                self.lose = ""
                socket.close(code=4000)
                server.close()
            else:
                socket.send(frame)

        server.on_message(pass_on)


def say_as_agent(served, conversation_id: str, text: str) -> None:
    """A message that comes by itself; told by the poll, as if its push had been lost."""
    with served.world.database.writing() as session:
        conversations.take(session, conversation_id, agent_id(session))
        conversations.say(session, conversation_id, agent_id(session), text)
        conversations.release(session, conversation_id, agent_id(session))


def agent_id(session) -> str:
    return session.scalars(select(Agent.id)).first()
