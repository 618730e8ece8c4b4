"""Tables of the supervisor's and the admin's pages: lines of cells, which CSS lays out, with the roles of a table."""

from nicegui import ui


def head(*titles: str) -> None:
    """The line with the columns' names, into the current container."""
    with line().classes("head"):
        for title in titles:
            with cell(role="columnheader"):
                ui.label(title or "Actions").classes("" if title else "unseen")


def line() -> ui.element:
    return ui.element("div").classes("tr").props('role="row"')


def cell(text: str = "", *, role: str = "cell") -> ui.element:
    """With its text, or to be filled."""
    made = ui.element("div").classes("td").props(f'role="{role}"')
    if text:
        with made:
            ui.label(text)
    return made
