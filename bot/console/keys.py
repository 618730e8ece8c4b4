"""Below the list: which keys do what."""

from nicegui import ui

from bot.console import sheets

KEYS = (
    ("j / k", "Next or previous conversation in the list"),
    ("Enter", "Open it"),
    ("1 … 5", "Mine, unassigned, snoozed, bot, resolved"),
    ("/", "Search everything"),
    ("t", "Take the conversation"),
    ("r", "Write an answer"),
    ("n", "Write a note"),
    ("b", "Draft what the bot would answer"),
    ("/ in an answer", "Find an answer of the shop"),
    ("Alt + 1 … 5", "Use a suggested reply or answer"),
    ("s", "Snooze"),
    ("#", "Add a tag"),
    ("e", "Resolve"),
    ("m", "More: transfer, merge, release, priority"),
    ("↑ / ↓", "Through an open menu"),
    ("c", "Go to the customer: orders, earlier conversations"),
    ("a", "Away, or back"),
    ("Esc", "Leave a field or close what is open"),
    ("?", "This list"),
)


def draw() -> None:
    """Into the current container."""
    with ui.element("div").classes("below-list"):
        with ui.element("button").classes("plain").props('type="button" aria-keyshortcuts="?"') as button:
            ui.label("Keys (?)")
        button.on("click", _show)


def _show() -> None:
    with sheets.sheet("Keys") as dialog:
        with ui.element("dl").classes("facts keys"):
            for key, meaning in KEYS:
                with ui.element("dt"):
                    ui.label(key).classes("key")
                with ui.element("dd"):
                    ui.label(meaning)
        with ui.element("div").classes("sheet-buttons"):
            sheets.button("Close", dialog.close)
    dialog.on("hide", dialog.delete)
    dialog.open()
