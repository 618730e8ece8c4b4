"""`shopkeeper insight eval`: how well our methods foresee a file of orders, beside the simplest peers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

TITLES = {
    "clv": "Purchases of each customer in the second half of the file",
    "clv_spend": "Money of each customer in the second half of the file",
    "repurchase": "Who buys again in the last 30 days",
    "churn": "Who bought in the 90 days before and stays away in the last 90",
    "next_basket": "The last order of each customer",
    "new_items": "What is new to the customer in the last order",
}


def evaluate(
    orders: Annotated[Path, typer.Option(help="Orders as CSV or Parquet, in the UCI Online Retail columns.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Foresee the end of a file of orders from what came before it, and compare with simple methods.

    Nothing is stored, and nothing is tuned on what is foreseen.
    """
    from insight import orders as order_files  # the batch libraries take a second to import
    from insight.evaluate import evaluate as measure

    console = Console(stderr=True)
    with console.status("reading the orders") as status:
        lines, rejects = order_files.read(orders)
        blocks, skipped = measure(lines, progress=lambda name: status.update(f"{TITLES[name]} …"))
    console.print(f"{len(lines):,} lines, {len(rejects):,} rows set aside")
    for name, block in blocks.items():
        console.print(_table(TITLES[name], block))
    for name, reason in skipped.items():
        console.print(f"{TITLES[name]}: left out, {reason}")
    if as_json:
        counts = {"lines": len(lines), "rejects": len(rejects)}
        print(json.dumps({"file": str(orders), **counts, **blocks, "skipped": skipped}))


def _table(title: str, block: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("", title=title)
    for metric in block["ours"]:
        table.add_column(metric.replace("_", " "), justify="right")
    for name, values in block.items():
        numbers = (f"{value:,}" if isinstance(value, int) else f"{value:,.4f}" for value in values.values())
        table.add_row(name.replace("_", " "), *numbers)
    return table
