"""The small dialogs of the desk: each asks one thing and gives the answer, None when the agent thinks better of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nicegui import ui

RESOLVED = ("Solved", "Not a problem", "No answer from the customer", "Other")
OTHER_MAX = 200


async def release() -> str | None:
    """What was settled; may be empty."""
    with sheet("Release to the bot") as dialog:
        ui.label(
            "The bot answers from here on. Say in a sentence what was settled: customers do not see it, and whoever "
            "the conversation is handed over to next reads it."
        )
        said = ui.textarea("What was settled").props("outlined autofocus").classes("wide")
        buttons(dialog, "Release", lambda: dialog.submit((said.value or "").strip()))
    return await _answer(dialog)


async def resolve() -> str | None:
    """Why it is over, in a few words."""
    with sheet("Resolve the conversation") as dialog:
        ui.label("The customer is told that it is closed; writing again opens it.")
        reason = ui.radio(list(RESOLVED), value=RESOLVED[0]).classes("reasons")
        other = ui.input("In a few words").props(f"outlined dense maxlength={OTHER_MAX}").classes("wide")
        other.bind_visibility_from(reason, "value", value=RESOLVED[-1])
        buttons(dialog, "Resolve", lambda: dialog.submit(_reason(reason.value, other.value)))
    return await _answer(dialog)


async def choose(name: str, explained: str, options: Mapping[str, str], *, action: str) -> str | None:
    """The key of one of `options`, which are shown by their texts; there must be one."""
    with sheet(name) as dialog:
        ui.label(explained)
        chosen = ui.radio(dict(options), value=next(iter(options))).classes("reasons many")
        buttons(dialog, action, lambda: dialog.submit(chosen.value))
    return await _answer(dialog)


async def confirm(name: str, explained: str, *, action: str) -> bool:
    with sheet(name) as dialog:
        ui.label(explained)
        buttons(dialog, action, lambda: dialog.submit("yes"), back="Go back")
    return await _answer(dialog) is not None


def button(text: str, action: Callable[[], Any], *, main: bool = False, key: str = "") -> ui.button:
    """`key`: what to press for it anywhere on the page."""
    style = "unelevated color=primary" if main else "outline color=primary"
    made = ui.button(text, on_click=action).props(f"{style} no-caps dense").classes("action")
    if key:
        made.props(f'aria-keyshortcuts="{key}" title="{text} ({key})"')
    return made


def menu(name: str) -> ui.element:
    """Of the button that it is drawn into; a part of the page of its own, because it hangs beside the rest."""
    with ui.menu().props(f'role="region" aria-label="{name}"'):
        return ui.element("div").props(f'role="menu" aria-label="{name}"')


def item(text: str, action: Callable[[], Any]) -> ui.menu_item:
    """Of a menu."""
    return ui.menu_item(text, action).props('role="menuitem"')


def buttons(dialog: ui.dialog, text: str, action: Callable[[], Any], *, back: str = "Cancel") -> None:
    with ui.element("div").classes("sheet-buttons"):
        button(back, dialog.close)
        button(text, action, main=True)


@contextmanager
def sheet(name: str, *, kind: str = "") -> Iterator[ui.dialog]:
    """On the page itself: what is drawn in a menu goes away with it."""
    with ui.context.client.content, ui.dialog() as dialog, ui.element("div").classes(f"sheet {kind}"):
        dialog.props["aria-label"] = name
        ui.label(name).classes("sheet-title").props('role="heading" aria-level="2"')
        yield dialog


async def _answer(dialog: ui.dialog) -> str | None:
    answer = await dialog
    if not dialog.is_deleted:  # it goes with the page
        dialog.delete()
    return None if answer is None else str(answer)


def _reason(chosen: str, other: str | None) -> str:
    return (other or "").strip() or chosen if chosen == RESOLVED[-1] else chosen
