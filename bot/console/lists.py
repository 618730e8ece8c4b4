"""The left column: a search, the tabs, and the conversations in the chosen one or found.

Rows are changed in place, so that a row under the pointer or the keyboard's focus stays where it is.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from bot.console import words
from bot.console.clocks import Promises
from bot.console.rows import SEARCH, TABS, Lists, Row
from bot.console.steady import SteadyList

LABELS = {
    "mine": "Mine",
    "unassigned": "Unassigned",
    "snoozed": "Snoozed",
    "bot": "Bot",
    "resolved": "Resolved",
}
NOTHING = {
    "unassigned": "Nobody is waiting. Well done.",
    "mine": "You have no conversation. Take one from the queue, or from the bot.",
    "snoozed": "You have put nothing aside.",
    "bot": "The bot is talking to nobody.",
    "resolved": "Nothing has been resolved yet.",
    SEARCH: "Nothing has these words: no message, note, tag, customer or order number.",
}
SHORT_REASONS = {
    "asked": "Asked",
    "fallback": "Not understood",
    "sentiment": "Unhappy",
    "policy": "Decision",
    "error": "Problem",
}


class ListColumn:
    """Draws itself into the current container; `update` shows what was read."""

    def __init__(
        self,
        zone: str,
        promises: Promises,
        *,
        choose_tab: Callable[[str], Any],
        choose: Callable[[str], Any],
        search: Callable[[str], Any],
    ) -> None:
        self._tab = ""
        with ui.element("div").classes("searching").props('role="search"'):
            self.words = ui.input(placeholder="Search everything")
            self.words.props('outlined dense clearable debounce=250 aria-label="Search" aria-keyshortcuts="/"')
            self.words.classes("wide").on_value_change(lambda event: search(str(event.value or "").strip()))
        self._tabs: dict[str, tuple[ui.element, ui.label]] = {}
        with ui.element("div").classes("tabs").props('role="tablist" aria-label="Conversations"'):
            for number, tab in enumerate(TABS, 1):
                tab_props = f'role="tab" type="button" aria-keyshortcuts="{number}"'
                with ui.element("button").classes("tab").props(tab_props) as button:
                    ui.label(LABELS[tab])
                    count = ui.label().classes("count")
                button.on("click", lambda tab=tab: choose_tab(tab))
                self._tabs[tab] = (button, count)
        self._list = SteadyList(lambda id: Card(id, zone, promises, choose))
        with ui.element("div").classes("nothing") as self._empty:
            self._nothing = ui.label()

    def update(self, lists: Lists, *, selected: str | None) -> None:
        for name, (button, count) in self._tabs.items():
            button.props(f'aria-selected="{str(name == lists.tab).lower()}"')
            count.set_text(str(lists.counts[name]))
            count.set_visibility(lists.counts[name] > 0 and name != "resolved")
        if lists.tab != self._tab:
            self.let_go()
        self._tab = lists.tab
        cards = self._list.show([row.id for row in lists.rows], selected=selected)
        for row in lists.rows:
            cards[row.id].update(row, own=lists.tab in ("mine", "snoozed"))
        self._nothing.set_text(NOTHING[lists.tab])
        self._empty.set_visibility(not cards)

    def let_go(self) -> None:
        """What comes next is the agent's own doing, and shown at once."""
        self._list.let_go()


class Card:
    """One conversation in the list."""

    def __init__(self, conversation_id: str, zone: str, promises: Promises, choose: Callable[[str], Any]) -> None:
        self._zone, self._promises = zone, promises
        with ui.element("button").classes("item").props('type="button"') as self.element:
            with ui.element("div").classes("row-top"):
                self._name = ui.label().classes("row-name")
                self._since = ui.label().classes("row-since")
            self._text = ui.label().classes("row-text")
            with ui.element("div").classes("chips"):
                self._state = ui.label().classes("chip")
                self._late = ui.label().classes("chip urgent")
                self._priority = ui.label().classes("chip urgent")
                self._reason = ui.label().classes("chip reason")
                self._sentiment = ui.label().classes("chip")
                self._tier = ui.label().classes("chip tier")
                self._tags = ui.label().classes("chip tags")
        self.element.on("click", lambda: choose(conversation_id))

    def update(self, row: Row, *, own: bool) -> None:
        self._name.set_text(row.name)
        self._since.set_text(words.waited(row.since))
        speaker = {"bot": "Bot: ", "agent": "You: " if own else "Agent: "}.get(row.last_author, "")
        self._text.set_text(f"{speaker}{row.last_text}")
        _chip(self._state, self._aside(row))
        _chip(self._late, self._overdue(row))
        _chip(self._priority, words.PRIORITIES[row.priority] if row.priority else None)
        _chip(self._reason, SHORT_REASONS.get(row.reason or "") if row.state in ("queued", "assigned") else None)
        _chip(self._sentiment, words.plain(row.sentiment) if row.sentiment in ("negative", "positive") else None)
        self._sentiment.classes(remove="positive negative neutral").classes(add=row.sentiment or "")
        _chip(self._tier, words.TIERS[row.tier] if row.tier in ("high", "mid") else None)
        _chip(self._tags, " ".join(f"#{tag}" for tag in row.tags) or None)

    def _aside(self, row: Row) -> str | None:
        return f"Until {words.clock(row.snoozed_until, self._zone)}" if row.snoozed_until else None

    def _overdue(self, row: Row) -> str | None:
        """How late the first answer or the end is; nothing while a case is put aside."""
        if row.asked_at is None or row.snoozed_until:
            return None
        now = datetime.now(UTC)
        due_at = self._promises.overdue(row.asked_at, row.answered_at, now)
        return words.late(now - due_at) if due_at else None


def _chip(label: ui.label, text: str | None) -> None:
    label.set_text(text or "")
    label.set_visibility(bool(text))
