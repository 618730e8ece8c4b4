"""`shopkeeper customer`: everything stored about one person, its end, and who is who."""

import json as jsonlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer
from sqlalchemy import create_engine, select

from bot import privacy
from bot.database import Database
from bot.errors import NotFound
from bot.privacy import Places
from bot.review.examples import learned_file
from bot.settings import Settings
from bot.shop.sql import SqlShop
from insight.events import SEPARATED, Event, append
from insight.tables import AliasRow

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Export or erase everything stored about one customer; take back a merging.",
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


@app.command()
def separate(
    customer: Annotated[str, typer.Argument(help="A customer's id, such as C-0001.")],
    visitor: Annotated[str, typer.Argument(help="The visitor who is somebody else after all.")],
) -> None:
    """Take back that a visitor is this customer: what was seen of the visitor leaves the customer's profile."""
    event = Event(
        name=SEPARATED,
        message_id=uuid4().hex,
        occurred_at=datetime.now(UTC),
        customer_id=customer,
        anonymous_id=visitor,
    )
    with Database(Settings().database_url).writing() as session:
        if session.scalar(select(AliasRow.customer_id).where(AliasRow.anonymous_id == visitor)) != customer:
            raise NotFound(f"{visitor} is not merged into {customer}; the profile of {visitor} says whose it is")
        append(session, [event])


@contextmanager
def places(settings: Settings) -> Iterator[Places]:
    database = Database(settings.database_url)
    tracker = create_engine(settings.tracker_url, hide_parameters=True)
    try:
        yield Places(database, tracker, SqlShop(database), settings.var_dir / "uploads", learned_file(settings))
    finally:
        database.close()
        tracker.dispose()
