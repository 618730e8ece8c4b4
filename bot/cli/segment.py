"""`shopkeeper segment`: groups of customers by a rule, and those that the refresh found."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.database import Database
from bot.settings import Settings
from insight import segments
from insight.clusters.cards import Card
from insight.errors import SegmentError
from insight.segments import Preview

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Group customers by a rule, and see who is in which group."
)

RuleFile = Annotated[Path, typer.Argument(help='JSON such as {"all": [{"field": "orders", "is": ">=", "value": 3}]}.')]
SegmentId = Annotated[str, typer.Argument(help="Small letters, digits and hyphens, such as loyal-lamp-buyers.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@app.command()
def preview(rule: RuleFile, as_json: AsJson = False) -> None:
    """Say how many customers a rule matches now; saves nothing."""
    found = _preview(_read(rule))
    if as_json:
        print(json.dumps({"matching": found.matching, "people": found.people, "examples": found.examples}))
    else:
        print(_said(found))


@app.command()
def save(
    segment_id: SegmentId, rule: RuleFile, name: Annotated[str, typer.Option(help="What people call it.")] = ""
) -> None:
    """Keep a segment; who is in it follows within the hour, or at once with `shopkeeper insight refresh`."""
    document = _read(rule)
    found = _preview(document)
    with Database(Settings().database_url).writing() as session:
        condition = segments.save(session, segment_id, name=name or segment_id, rule=document)
    print(f"{segment_id}: {condition.sentence()}. {_said(found)}")


@app.command()
def retire(segment_id: SegmentId) -> None:
    """Let everybody leave a segment and keep its history."""
    with Database(Settings().database_url).writing() as session:
        segments.retire(session, segment_id)


@app.command("list")
def list_() -> None:
    """Show every segment, its rule or what its customers are like, and how many are in it."""
    table = Table("id", "name", "members", "who")
    with Database(Settings().database_url).reading() as session:
        for segment in segments.segments(session):
            table.add_row(segment.id, segment.name, str(segment.members), segment.sentence)
    Console().print(table)


@app.command()
def card(segment_id: SegmentId, as_json: AsJson = False) -> None:
    """Show what the customers are like of a group that the refresh found."""
    with Database(Settings().database_url).reading() as session:
        found = segments.find(session, segment_id)
    if found.card is None:
        raise SegmentError(f"{segment_id!r} has a rule and no card: {found.sentence}")
    if as_json:
        print(json.dumps({"id": found.id, "name": found.name, "members": found.members} | found.card.as_document()))
        return
    print("\n".join([found.name, *_lines(found.card)]))


@app.command()
def members(
    segment_id: SegmentId,
    past: Annotated[bool, typer.Option("--past", help="The stays that are over as well.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 100,
) -> None:
    """Show who is in a segment and since when."""
    table = Table("person", "entered", "left")
    with Database(Settings().database_url).reading() as session:
        for stay in segments.members(session, segment_id, past=past, limit=limit):
            left = f"{stay.left_at:%Y-%m-%d %H:%M}" if stay.left_at else ""
            table.add_row(stay.person_id, f"{stay.entered_at:%Y-%m-%d %H:%M}", left)
    Console().print(table)


def _preview(document: Any) -> Preview:
    with Database(Settings().database_url).reading() as session:
        found = segments.preview(session, document)
    if found.warning:
        print(found.warning, file=sys.stderr)
    return found


def _lines(card: Card) -> Iterator[str]:
    yield f"{card.size:,} customers, {card.share:.0%} of all, with {card.value:.0%} of the money spent."
    yield from (f"- {sentence}" for sentence in card.outstanding)
    if card.categories:
        yield f"They like {', '.join(card.categories)}."
    if card.words:
        yield f"They write of {', '.join(card.words)}."
    apart = "A gap sets it apart from the others" if card.natural else "It shades into the others"
    yield f"{apart}; samples of the customers find {card.stability:.0%} of it again."


def _said(found: Preview) -> str:
    return f"It matches {found.matching:,} of {found.people:,} people now."


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SegmentError(f"{path} cannot be read as JSON: {error}") from error
