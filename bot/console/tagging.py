"""Below the header: priority and tags as chips; a tag is added by typing and taken off by a click."""

from collections.abc import Awaitable, Callable

from nicegui import events, ui

from bot.console import words
from bot.console.choices import ENTER


class Tagging:
    """`add` and `remove` get a tag's name."""

    def __init__(self, *, add: Callable[[str], Awaitable[bool]], remove: Callable[[str], Awaitable[bool]]) -> None:
        self._add, self._remove = add, remove
        self._shown: tuple[str, ...] | None = None
        with ui.element("div").classes("tagging"):
            self._priority = ui.label().classes("chip urgent")
            self._chips = ui.element("div").classes("tag-chips").props('role="group" aria-label="Tags"')
            self._field = ui.input(placeholder="Add a tag").props(
                'borderless dense maxlength=40 aria-label="Add a tag" aria-keyshortcuts="#"'
            )
            self._field.classes("tag-field").on("keydown", self._entered, js_handler=ENTER)

    def update(self, tags: tuple[str, ...], *, priority: int) -> None:
        self._priority.set_text(words.PRIORITIES[priority])
        self._priority.set_visibility(priority > 0)
        if tags == self._shown:
            return
        self._shown = tags
        self._chips.clear()
        with self._chips:
            for tag in tags:
                with ui.element("button").classes("chip tags").props('type="button"') as chip:
                    ui.label(f"#{tag} ×")
                chip.props["aria-label"] = f"Take off the tag {tag}"
                chip.on("click", lambda tag=tag: self._remove(tag))

    async def _entered(self, _: events.GenericEventArguments) -> None:
        name = str(self._field.value or "").strip()
        if name and await self._add(name):
            self._field.set_value("")
