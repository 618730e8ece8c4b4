"""`shopkeeper insight patterns`: what goes together, what follows what, and who goes on to the next step."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.found import show
from insight.patterns import Patterns, read

SHOWN = 15


def patterns(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Show the patterns that the last `shopkeeper insight refresh` found."""
    show(read, tables, as_json=as_json)


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
    for table, kind, counted in (
        (together, "rules", "orders"),
        (in_order, "sequences", "people"),
        (steps, "shopping", "people, in funnels of shopping"),
    ):
        if (share := found.shares.get(kind, 1.0)) < 1.0:
            table.caption = f"Counted in {share:.1%} of the {counted}, taken by chance."
    return [together, in_order, steps]
