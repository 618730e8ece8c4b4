"""`shopkeeper insight letters`: messages from other programs that could not be recorded."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def letters(
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, with the whole message.")
    ] = False,
) -> None:
    """Show what other programs sent to /v1/track and its kin that could not be recorded, and the field to mend."""
    from bot.database import Database
    from bot.settings import Settings
    from insight import tracking

    with Database(Settings().database_url).reading() as session:
        found = list(tracking.letters(session, limit=limit))
    if as_json:
        for letter in found:
            print(json.dumps(letter))
        return
    table = Table("received", "message", "error")
    for letter in found:
        table.add_row(letter["received_at"][:19], letter["message_id"] or "", letter["error"])
    Console().print(table)
