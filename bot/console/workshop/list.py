"""The left column: tabs by what is done with a group, an order, and a card for each group."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from bot.console.steady import SteadyList
from bot.workshop.groups import Group

TABS = {"open": "Open", "published": "Published", "dismissed": "Set aside"}
ORDERS: dict[str, tuple[str, Callable[[Group], Any]]] = {
    "asked": ("Most asked", lambda group: (-group.asked, -group.handed_over)),
    "cost": ("Most handed over", lambda group: (-group.handed_over, -group.asked)),
    "new": ("Newest", lambda group: -group.questions[0].at.timestamp()),
}
NOTHING = {
    "open": "Every question got an answer. Well done.",
    "published": "Nothing has been published from here yet.",
    "dismissed": "Nothing has been set aside.",
}


class GroupList:
    """Draws itself into the current container."""

    def __init__(self, *, choose: Callable[[str], Any], show: Callable[[str], Any]) -> None:
        self._show = show
        self._tab, self._order = "open", "asked"
        self._groups: Sequence[Group] = ()
        self._published = 0
        self._selected: str | None = None
        self._tabs: dict[str, tuple[ui.element, ui.label]] = {}
        with ui.element("div").classes("tabs").props('role="tablist" aria-label="Groups of questions"'):
            for tab, title in TABS.items():
                with ui.element("button").classes("tab").props('role="tab" type="button"') as button:
                    ui.label(title)
                    count = ui.label().classes("count")
                button.on("click", lambda tab=tab: self._chosen(tab))
                self._tabs[tab] = (button, count)
        orders = {name: title for name, (title, _) in ORDERS.items()}
        ui.select(orders, value=self._order, on_change=lambda event: self._sorted(event.value)).props(
            'dense borderless options-dense aria-label="Order"'
        ).classes("order-by")
        self._items = SteadyList(lambda id: Card(id, choose))
        with ui.element("div").classes("nothing") as self._empty:
            self._nothing = ui.label("Reading the conversations …").props('role="status"')

    def update(self, groups: Sequence[Group], *, published: int | None = None, selected: str | None) -> None:
        self._published = self._published if published is None else published
        self._groups, self._selected = groups, selected
        self._draw()

    def fail(self, message: str) -> None:
        self._items.let_go()
        self._items.show(())
        self._nothing.set_text(message)
        self._empty.set_visibility(True)

    async def _chosen(self, tab: str) -> None:
        self._tab = tab
        self._items.let_go()
        self._draw()
        await self._show(tab)

    def _sorted(self, order: str) -> None:
        self._order = order
        self._items.let_go()
        self._draw()

    def _draw(self) -> None:
        for name, (button, count) in self._tabs.items():
            button.props(f'aria-selected="{str(name == self._tab).lower()}"')
            number = self._published if name == "published" else sum(group.state == name for group in self._groups)
            count.set_text(str(number))
            count.set_visibility(number > 0)
        shown = sorted((group for group in self._groups if group.state == self._tab), key=ORDERS[self._order][1])
        cards = self._items.show([group.id for group in shown], selected=self._selected)
        for group in shown:
            cards[group.id].update(group)
        self._nothing.set_text(NOTHING[self._tab])
        self._empty.set_visibility(not cards and not (self._tab == "published" and self._published))


class Card:
    """One group in the list."""

    def __init__(self, group_id: str, choose: Callable[[str], Any]) -> None:
        with ui.element("button").classes("item").props('type="button"') as self.element:
            with ui.element("div").classes("row-top"):
                self._name = ui.label().classes("row-name")
                self._asked = ui.label().classes("row-since").props('title="How often it was asked"')
            self._example = ui.label().classes("row-text")
            self._chips = ui.element("div").classes("chips")
        self._shown_chips: list[tuple[str, str]] = []
        self.element.on("click", lambda: choose(group_id))

    def update(self, group: Group) -> None:
        self._name.set_text(group.name)
        self._asked.set_text(f"{group.asked} ×")
        self._example.set_text(group.example.text)
        if self._shown_chips != (found := chips(group)):
            self._shown_chips = found
            self._chips.clear()
            with self._chips:
                for text, style in found:
                    ui.label(text).classes(f"chip {style}")


def chips(group: Group) -> list[tuple[str, str]]:
    """What it cost, and which way it goes: (text, style)."""
    found = []
    if group.handed_over:
        found.append((f"{group.handed_over} handed over", "reason"))
    if down := group.count("not_helpful"):
        found.append((f"{down} did not help", "negative"))
    this, before = group.weeks(datetime.now(UTC))
    if this != before:
        found.append((f"{'↑' if this > before else '↓'} {this} this week, {before} before", ""))
    return found
