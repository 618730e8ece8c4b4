"""`shopkeeper insight topics`: what customers write of, and what changed last week."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.found import show
from insight.topics.step import Topics, read

SHOWN = 20


def topics(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show the topics and the changes of the last whole week that the last `shopkeeper insight refresh` found."""
    show(read, tables, as_json=as_json)


def tables(found: Topics, name: Callable[[str], str]) -> list[Table]:
    spoken = Table("topic", "texts", "words", title="What customers write of")
    for topic in found.topics[:SHOWN]:
        spoken.add_row(topic.name, f"{topic.texts:,}", ", ".join(topic.words))
    changed = Table("week", "what", "of", "now", "before", "statements", title="What changed")
    for one in found.changes[:SHOWN]:
        moved = (f"{one.now:.0%}", f"{one.before:.0%}") if one.topic else (f"{one.now:+.2f}", f"{one.before:+.2f}")
        of = name(one.key) if one.by == "product" else one.key if one.by == "all" else f"{one.by} {one.key}"
        counts = f"{one.statements:,} beside {one.earlier:,}"
        changed.add_row(f"{one.week:%Y-%m-%d}", f"“{one.topic}”" if one.topic else "mood", of, *moved, counts)
    return [spoken, changed]
