"""The review page's right column: what has been learned, when to train again and how."""

from nicegui import ui

from bot.review.examples import ENOUGH

STEPS = (
    ("shopkeeper nlu train", "trains a new model, on these too"),
    ("shopkeeper nlu compare", "shows what it would change"),
    ("shopkeeper nlu use", "lets it answer customers"),
)
PRIVACY = (
    "Names, addresses and numbers are replaced before a message is learned. "
    "Read what is left; ignore the message if it still says who somebody is."
)


def draw(*, unseen: int, confirmed: int) -> None:
    """Into the current container. `unseen`: messages confirmed since the last training; `confirmed`: all of them."""
    with _section("Learning"):
        ui.label(str(unseen)).classes("figure")
        ui.label("confirmed since the last training" + (f", {confirmed} in all" if confirmed > unseen else ""))
        if unseen < ENOUGH:
            ui.label(f"Training again is worth its minutes from about {ENOUGH}.").classes("quiet")
    with _section("Enough to train again" if unseen >= ENOUGH else "When there are enough") as section:
        section.classes("ready" if unseen >= ENOUGH else "")
        for command, what in STEPS:
            ui.label(command).classes("command")
            ui.label(what).classes("quiet")
    with _section("Privacy"):
        ui.label(PRIVACY).classes("quiet")


def _section(title: str) -> ui.element:
    section = ui.element("section").classes("fact")
    with section:
        ui.label(title).classes("fact-title").props('role="heading" aria-level="2"')
    return section
