"""The middle column's messages: text, orders, products and notes, as an agent reads them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from nicegui import ui

from bot.console import files, words
from bot.console.readings import Line


class Thread:
    """Messages are only ever added; what is on screen stays where it is."""

    def __init__(self, zone: str, *, detail: Callable[[int], Any]) -> None:
        """`detail(seq)` is called when the agent asks what was understood of a message."""
        self._zone, self._detail = zone, detail
        self._scroll = ui.element("div").classes("thread").props('role="log" aria-label="Messages" tabindex="0"')
        self._parses: dict[int, ui.label] = {}
        self._thumbs: dict[int, ui.label] = {}
        self._lines: dict[int, ui.element] = {}
        self._receipts: dict[int, ui.label] = {}  # of what agents said

    def clear(self) -> None:
        self._scroll.clear()
        self._parses.clear()
        self._thumbs.clear()
        self._lines.clear()
        self._receipts.clear()

    def add(self, lines: list[Line], *, customer: str) -> None:
        with self._scroll:
            for line in lines:
                self._draw(line, customer)
        if lines:
            ui.run_javascript(f"shopkeeperToEnd(getHtmlElement({self._scroll.id}))")

    def understood(self, lines: dict[int, Line]) -> None:
        """What our models made of the customer's messages, which comes after the message itself."""
        for seq, label in self._parses.items():
            if seq in lines and not label.text:
                label.set_text(_understanding(lines[seq]))

    def rated(self, lines: dict[int, Line]) -> None:
        """What the customer thinks of the bot's answers, which may change."""
        for seq, label in self._thumbs.items():
            if seq in lines:
                label.set_text(words.HELPFUL[lines[seq].helpful])

    def read_to(self, seq: int) -> None:
        """The customer has seen everything up to `seq`: said below the last of it that an agent wrote."""
        last = max((said for said in self._receipts if said <= seq), default=None)
        for said, label in self._receipts.items():
            label.set_text("Read" if said == last else "")

    def point_to(self, seq: int | None) -> None:
        """Bring this message into view and mark it."""
        if seq in self._lines:
            ui.run_javascript(f"shopkeeperPointTo(getHtmlElement({self._lines[seq].id}))")

    def _draw(self, line: Line, customer: str) -> None:
        kind = "note" if line.internal else line.author
        self._lines[line.seq] = ui.element("div").classes(f"line {kind}")
        with self._lines[line.seq]:
            if kind == "system":
                ui.label(f"{line.body.get('text', '')} · {words.clock(line.at, self._zone)}").classes("told")
                return
            names = {
                "customer": customer,
                "bot": "Bot",
                "agent": line.name,
                "note": f"{line.name} · note, not shown to the customer",
            }
            ui.label(f"{names.get(kind, kind)} · {words.clock(line.at, self._zone)}").classes("by")
            draw_body(line.body)
            if line.author == "customer":
                with ui.element("button").classes("parse").props('type="button"') as button:
                    self._parses[line.seq] = ui.label(_understanding(line))
                button.on("click", lambda seq=line.seq: self._detail(seq))
            elif kind == "agent":
                self._receipts[line.seq] = ui.label().classes("parse")
            elif line.body.get("rateable"):
                self._thumbs[line.seq] = ui.label(words.HELPFUL[line.helpful]).classes("parse")


def draw_body(body: dict[str, Any]) -> None:
    """A message's part; an unknown type is shown by its text."""
    kind = body.get("type")
    if body.get("text"):
        ui.label(str(body["text"])).classes("bubble")
    if kind == "order" and body.get("order"):
        _order(body["order"])
    elif kind in ("products", "suggestion"):
        with ui.element("div").classes("goods"):
            for product in body.get("products") or ():
                _product(product)
    elif kind in ("image", "file"):
        _file(body, picture=kind == "image")
    buttons = [str(button.get("title")) for button in body.get("buttons") or ()]
    if buttons:
        with ui.element("div").classes("offered"):
            for title in buttons:
                ui.label(title)


def _file(body: dict[str, Any], *, picture: bool) -> None:
    ui.label(f"{'Picture' if picture else 'File'}: {body.get('mime', '')}").classes("told")
    address = files.address(body)
    if address is None:
        return
    with ui.element("a").props('target="_blank" rel="noopener"') as link:
        link.props["href"] = address
        if picture:
            image = ui.element("img").props('width="180"')
            image.props["src"], image.props["alt"] = address, str(body.get("text", ""))
        else:
            ui.label("Open the file")


def _order(order: dict[str, Any]) -> None:
    with ui.element("div").classes("piece"):
        with ui.element("div").classes("piece-head"):
            ui.label(f"Order {order.get('id')}")
            ui.label(words.plain(order.get("status"))).classes("badge")
        for item in order.get("lines") or ():
            ui.label(f"{item.get('quantity')} × {item.get('name')}")
        total = words.money(float(order["total"]), order.get("currency", "")) if order.get("total") is not None else ""
        placed, expected = (_day(order.get(name)) for name in ("placed_on", "expected_on"))
        facts = [("placed", placed), ("expected", expected), ("total", total)]
        ui.label(" · ".join(f"{name} {value}" for name, value in facts if value)).classes("quiet")


def _product(product: dict[str, Any]) -> None:
    with ui.element("div").classes("piece product"):
        if product.get("image"):
            ui.element("img").props["src"] = str(product["image"])
        with ui.element("div"):
            ui.label(str(product.get("name"))).classes("strong")
            if product.get("price") is not None:
                ui.label(words.money(float(product["price"]), product.get("currency", "")))
            if product.get("reason"):
                ui.label(str(product["reason"])).classes("quiet")


def _day(iso: Any) -> str:
    """A day of a message's part, which may be of any making."""
    with suppress(ValueError):
        return words.day(date.fromisoformat(str(iso)))
    return str(iso or "")


def _understanding(line: Line) -> str:
    if line.intent is None:
        return ""
    sure = f" {line.confidence:.0%}" if line.confidence is not None else ""
    mood = f" · {line.sentiment}" if line.sentiment else ""
    return f"{words.intent(line.intent)}{sure}{mood}"
