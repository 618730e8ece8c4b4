"""What is published: how often each answer was said, what customers thought of it, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from bot.console import words
from bot.workshop.questions import WINDOW
from bot.workshop.usage import Usage

SAID = {0: "not said yet", 1: "said once"}


def draw_usage(
    usages: Sequence[Usage],
    *,
    wordings: Mapping[str, str],
    still: Mapping[str | None, int],
    zone: str,
    withdraw: Callable[[str], Any],
) -> None:
    """A card for each answer. `still`: how often its question came again and got no answer."""
    ui.label("Published answers").classes("top-name").props('role="heading" aria-level="1"')
    ui.label(f"Said and rated: among the newest {WINDOW:,} messages.").classes("quiet")
    if not usages:
        ui.label("Nothing has been published from here yet.").classes("quiet")
    for one in usages:
        name = one.answer.template_id
        with ui.element("section").classes("piece wide").props(f'aria-label="{words.plain(name)}"'):
            with ui.element("div").classes("piece-head"):
                ui.label(words.plain(name))
                _take_back(name, withdraw)
            ui.label(wordings[name]).classes("answer-text")
            again = still.get(name, 0)
            facts = [SAID.get(one.said, f"said {one.said} times")]
            facts += [f"{one.up} helped, {one.down} did not"] if one.up or one.down else ["no thumbs yet"]
            facts += [f"asked {again} times since without getting it"] if again else []
            facts += [f"since {words.clock(one.answer.published_at, zone)}"]
            ui.label(" · ".join(facts)).classes("quiet")


def _take_back(name: str, withdraw: Callable[[str], Any]) -> None:
    label = f"Take back {words.plain(name)}"
    button = ui.button("Take back", on_click=lambda: withdraw(name)).props("outline no-caps dense color=primary")
    button.classes("action").props(f'aria-label="{label}"')
