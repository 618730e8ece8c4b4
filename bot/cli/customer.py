"""`shopkeeper customer`: everything stored about one person, and its end."""

import json as jsonlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import create_engine

from bot import privacy
from bot.database import Database
from bot.privacy import Places
from bot.settings import Settings
from bot.shop.sql import SqlShop

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Export or erase everything stored about one customer."
)

Person = Annotated[str, typer.Argument(help="A customer's id, such as C-0001, or a visitor's.")]


@app.command()
def export(person: Person) -> None:
    """Print everything stored about a person as one JSON object: orders, conversations, profile, events, files."""
    with places(Settings()) as where:
        print(jsonlib.dumps(privacy.export(where, person), ensure_ascii=False, default=str))


@app.command()
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Erase a person's words, files and profile everywhere. Ids, times and amounts stay; it cannot be undone."""
    if not yes and not typer.confirm(f"Erase everything about {person}? This cannot be undone."):
        raise typer.Abort
    with places(Settings()) as where:
        erased = privacy.erase(where, person)
    if json:
        print(jsonlib.dumps(erased))
    else:
        print(f"Erased {person}: " + ", ".join(f"{count} {what}" for what, count in erased.items()), file=sys.stderr)


@contextmanager
def places(settings: Settings) -> Iterator[Places]:
    database = Database(settings.database_url)
    tracker = create_engine(settings.tracker_url, hide_parameters=True)
    try:
        yield Places(database, tracker, SqlShop(database), settings.var_dir / "uploads")
    finally:
        database.close()
        tracker.dispose()
