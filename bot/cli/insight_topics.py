"""`shopkeeper insight topics`: what customers write of, and what changed last week."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from insight.topics.step import Topics

SHOWN = 20


def topics(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show the topics and the changes of the last whole week that the last `shopkeeper insight refresh` found."""
    from bot.database import Database
    from bot.settings import Settings
    from bot.shop.sql import SqlShop
    from insight.errors import NotLearntYet
    from insight.topics.step import read

    database = Database(Settings().database_url)
    with database.reading() as session:
        found = read(session)
    if found is None:
        raise NotLearntYet("nothing has been looked for yet; run `shopkeeper insight refresh`")
    names = {product.id: product.name for product in SqlShop(database).products()}
    database.close()
    for table in tables(found, lambda key: names.get(key, key)):
        Console().print(table)
    if as_json:
        print(json.dumps(asdict(found), default=str))


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
