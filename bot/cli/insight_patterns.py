"""`shopkeeper insight patterns`: what goes together, what follows what, and who goes on to the next step."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from insight.patterns import Patterns

SHOWN = 15


def patterns(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show the patterns that the last `shopkeeper insight refresh` found."""
    from bot.database import Database
    from bot.settings import Settings
    from bot.shop.sql import SqlShop
    from insight.errors import NotLearntYet
    from insight.patterns import read

    database = Database(Settings().database_url)
    with database.reading() as session:
        found = read(session)
    if found is None:
        raise NotLearntYet("nothing has been looked for yet; run `shopkeeper insight refresh`")
    names = {product.id: product.name for product in SqlShop(database).products()}
    database.close()
    for table in tables(found, lambda product_id: names.get(product_id, product_id)):
        Console().print(table)
    if as_json:
        print(json.dumps(asdict(found), default=str))


def tables(found: Patterns, name: Callable[[str], str]) -> list[Table]:
    together = Table("with", "comes", "orders", "confidence", "lift", title="What goes together")
    for rule in found.rules[:SHOWN]:
        with_ = " + ".join(map(name, rule.left))
        together.add_row(with_, name(rule.right), str(rule.together), f"{rule.confidence:.0%}", f"{rule.lift:.1f}")
    in_order = Table("first", "then", "days later", "people", title="What follows what")
    for one in found.sequences[:SHOWN]:
        later = ", ".join(f"{gap:.0f}" for gap in one.gaps)
        in_order.add_row(name(one.steps[0]), " → ".join(map(name, one.steps[1:])), later, str(one.people))
    steps = Table("of", "entered", "then", "then", "instead", title="Who goes on")
    for funnel in found.funnels[:SHOWN]:
        stages = [f"{stage.name}: {stage.reached} of {stage.before}" for stage in funnel.stages]
        instead = ", ".join(f"{what} {count}" for what, count in funnel.instead)
        steps.add_row(funnel.of_what, str(funnel.entered), *stages, instead)
    return [together, in_order, steps]
