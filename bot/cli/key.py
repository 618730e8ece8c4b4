"""`shopkeeper key`: keys for programs that talk to the API."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot import keys
from bot.database import Database
from bot.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Create, list and revoke keys for programs that talk to the API."
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, such as 'newsletter sync'.")],
    scope: Annotated[
        str, typer.Option(help="channel: chat as a Rasa REST client. read: profiles. write: send events.")
    ] = "channel",
) -> None:
    """Create a key and print it. It is shown once and only its hash is stored."""
    with Database(Settings().database_url).writing() as session:
        print(keys.create(session, scope=scope, name=name))


@app.command("list")
def list_() -> None:
    """Show every key: its id, scope, name and whether it was revoked."""
    table = Table("id", "scope", "name", "created", "revoked")
    with Database(Settings().database_url).reading() as session:
        for key in keys.list_keys(session):
            revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
            table.add_row(key.id, key.scope, key.name, f"{key.created_at:%Y-%m-%d}", revoked)
    Console().print(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id that `shopkeeper key list` shows.")]) -> None:
    """Refuse a key from now on."""
    with Database(Settings().database_url).writing() as session:
        keys.revoke(session, key_id)
