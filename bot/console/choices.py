"""Rows that each show one intent: what it is called, an example, how likely it was; and a search over all of them."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import events, ui

from bot.console import words
from bot.review import Label

FOUND = 6
ENTER = '(event) => { if (event.key === "Enter") emit() }'


def row(name: str, *, example: str = "", key: str = "", score: float | None = None, extra: str = "") -> ui.element:
    """A button into the current container; `key` is what to press for it, `score` draws a bar."""
    with ui.element("button").classes("choice").props('type="button"') as button:
        if key:
            ui.label(key).classes("key").props('aria-hidden="true"')
        with ui.element("div").classes("choice-text"):
            ui.label(words.plain(name) + (f" · {extra}" if extra else "")).classes("strong")
            if example:
                ui.label(f"“{example}”").classes("quiet row-text")
        if score is not None:
            bar(score)
    return button


def bar(score: float) -> None:
    """A share from 0 to 1 as a bar with its number."""
    with ui.element("div").classes("share"):
        with ui.element("div").classes("meter"):
            ui.element("i").style(f"width: {100 * score:.0f}%")
        ui.label(f"{score:.0%}").classes("quiet")


class Search:
    """A field that finds labels by name or example; Enter takes the first."""

    def __init__(self, labels: Sequence[Label], *, choose: Callable[[str], Any], hint: str) -> None:
        self._labels, self._choose = labels, choose
        self._found: list[str] = []
        self.field = ui.input(placeholder=hint).props(f'outlined dense clearable aria-label="{hint}"').classes("wide")
        self.field.on_value_change(self._changed)
        self.field.on("keydown", self._entered, js_handler=ENTER)
        self._list = ui.element("div").classes("choices")

    def _changed(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        asked = (event.value or "").strip().lower().replace(" ", "_")
        matching = [label for label in self._labels if asked and _matches(label, asked)]
        matching.sort(key=lambda label: asked not in label.name)
        self._found = [label.name for label in matching[:FOUND]]
        self._list.clear()
        with self._list:
            for label in matching[:FOUND]:
                row(label.name, example=label.example).on("click", lambda name=label.name: self._choose(name))
            if asked and not matching:
                ui.label("No intent is called so.").classes("quiet")

    def _entered(self) -> Any:
        return self._choose(self._found[0]) if self._found else None


def _matches(label: Label, asked: str) -> bool:
    return asked in label.name or asked.replace("_", " ") in label.example.lower()
