"""`shopkeeper setup`: everything a start needs."""

import typer

from bot import setup
from bot.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def prepare() -> None:
    """Migrate the database, build the demo shop, train and index whatever is not up to date.

    Run again at any time: nothing is rebuilt whose inputs have not changed.
    """
    setup.prepare(Settings())
