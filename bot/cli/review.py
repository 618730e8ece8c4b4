"""`shopkeeper review`: what the bot may have misunderstood, and what people made of it, from the command line."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot import review
from bot.database import Database
from bot.models import indexing
from bot.review import Candidate, Group, examples
from bot.settings import Settings
from bot.shop.sql import SqlShop

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Messages that people should look at.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@app.command("list")
def list_messages(
    limit: Annotated[int, typer.Option(min=1, help="How many groups of similar messages.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Messages that wait for a decision, those that teach most first; people decide in the console, under Review."""
    settings = Settings()
    database = Database(settings.database_url)
    with database.reading() as session:
        candidates = review.gather(session)
    database.close()
    groups = _grouped(settings, candidates)
    if as_json:
        shown = [[_as_json(candidate) for candidate in group.members] for group in groups[:limit]]
        print(json.dumps({"messages": len(candidates), "groups": len(groups), "shown": shown}))
        return
    table = Table("Message", "Alike", "Why", "Understood as", title=f"{len(groups)} to look at")
    for group in groups[:limit]:
        first = group.first
        table.add_row(first.text, str(len(group.members)), ", ".join(first.reasons), first.proposed or first.intent)
    Console().print(table if groups else "Nothing waits for a decision.")


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    as_json: AsJson = False,
) -> None:
    """Write all confirmed messages as a CSV of text, label and origin, without what names a person."""
    database = Database(Settings().database_url)
    with database.reading() as session:
        rows = review.learned(session, SqlShop(database))
    database.close()
    examples.write(out, rows)
    if as_json:
        newest: datetime | None = max((row.confirmed_at for row in rows), default=None)
        print(json.dumps({"out": str(out), "examples": len(rows), "newest": newest and newest.isoformat()}))
    else:
        print(f"{len(rows)} confirmed messages are in {out}. `shopkeeper nlu train` reads them without this file.")


def _grouped(settings: Settings, candidates: list[Candidate]) -> list[Group]:
    if not candidates:
        return []
    vectors = indexing.load_encoder(settings).encode([candidate.text for candidate in candidates])
    return review.grouped(candidates, vectors)


def _as_json(candidate: Candidate) -> dict[str, object]:
    return {
        "text": candidate.text,
        "conversation_id": candidate.conversation_id,
        "seq": candidate.seq,
        "reasons": list(candidate.reasons),
        "intent": candidate.intent,
        "ranking": [{"name": name, "confidence": score} for name, score in candidate.ranking],
        "proposed": candidate.proposed,
    }
