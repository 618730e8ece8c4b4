"""`shopkeeper insight tiers`: the rules that make a customer's value high, mid or low."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from insight.tiers import Rule


def tiers(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show the rules of the value tiers that the last `shopkeeper insight refresh` found, the worthiest first."""
    from bot.database import Database
    from bot.settings import Settings
    from insight.profile import read_tiers
    from insight.tiers.tree import DEFAULT

    database = Database(Settings().database_url)
    with database.reading() as session:
        found = read_tiers(session)
    database.close()
    Console().print(table(found.rules(), learnt=found.basis != DEFAULT))
    if as_json:
        print(json.dumps({"basis": found.basis, "rules": [asdict(rule) for rule in found.rules()]}))


def table(rules: tuple[Rule, ...], *, learnt: bool) -> Table:
    shown = Table("tier", "rule", "customers", title="Value tiers", box=None)
    for rule in rules:
        shown.add_row(rule.tier, rule.sentence, f"{rule.share:.0%}" if learnt else "")
    if not learnt:
        shown.caption = "These are a small shop's; `shopkeeper insight refresh` learns this shop's own."
    return shown
