"""`shopkeeper insight eval`: how well our methods foresee a file of orders, beside the simplest peers."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

Block = dict[str, dict[str, float]]

TITLES = {
    "clv": "Purchases of each customer in the second half of the file",
    "clv_spend": "Money of each customer in the second half of the file",
    "repurchase": "Who buys again in the last 30 days",
    "churn": "Who bought in the 90 days before and stays away in the last 90",
    "next_basket": "The last order of each customer",
    "new_items": "What is new to the customer in the last order",
    "purchase_intent": "Which visits end with a purchase, with PageValues, which leak it (5-fold)",
    "purchase_intent_without_page_values": "Which visits end with a purchase, without PageValues (5-fold)",
}


def evaluate(
    orders: Annotated[
        Path | None, typer.Option(help="Orders as CSV or Parquet, in the UCI Online Retail columns.")
    ] = None,
    visits: Annotated[Path | None, typer.Option(help="Visits as CSV, in the UCI Online Shoppers columns.")] = None,
    columns: Annotated[str, typer.Option("--map", help="Other column names, as for `shopkeeper insight import`.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Foresee the end of a file of orders from what came before it, and compare with simple methods.

    Nothing is stored, and nothing is tuned on what is foreseen.
    """
    if orders is None and visits is None:
        raise typer.BadParameter("give --orders FILE, --visits FILE or both")
    console = Console(stderr=True)
    told: dict[str, Any] = {}
    blocks: dict[str, Block] = {}
    with console.status("reading") as status:
        if orders is not None:
            told, blocks = _of_orders(orders, columns, lambda name: _say(console, status, name))
        if visits is not None:
            blocks |= _of_visits(visits, lambda name: _say(console, status, name))
    for name, block in blocks.items():
        console.print(_table(TITLES[name], block))
    for reason, rows in told.get("reasons", {}).items():
        console.print(f"{rows:,} rows set aside: {reason}")
    for name, note in told.get("notes", {}).items():
        console.print(f"{TITLES[name]}: {note}")
    for name, reason in told.get("skipped", {}).items():
        console.print(f"{TITLES[name]}: left out, {reason}")
    if as_json:
        print(json.dumps({**told, **blocks}))


def _of_orders(path: Path, columns: str, progress: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, Block]]:
    """Of the file, what is told of it (rows, blocks that it does not allow) and the blocks."""
    from insight import orders as order_files  # the batch libraries take a second to import
    from insight.evaluate import evaluate as measure
    from insight.evaluate import shortened

    lines, rejects = order_files.read(path, order_files.read_map(columns))
    order_files.require_lines(path, lines, rejects)
    blocks, skipped = measure(lines, progress=progress)
    told = {"file": str(path), "lines": len(lines), "rejects": len(rejects), "reasons": order_files.reasons(rejects)}
    return {**told, "skipped": skipped, "notes": shortened(blocks)}, blocks


def _of_visits(path: Path, progress: Callable[[str], None]) -> dict[str, Block]:
    from insight.evaluate import visits

    progress("purchase_intent")
    return visits.purchase_intent(visits.read(path))


def _say(console: Console, status: Status, name: str) -> None:
    """A line for each block where nobody sees the status, so that a log shows how far it is."""
    status.update(f"{TITLES[name]} …")
    if not console.is_terminal:
        console.print(f"{TITLES[name]} …")


def _table(title: str, block: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("", title=title)
    for metric in block["ours"]:
        table.add_column(metric.replace("_", " "), justify="right")
    for name, values in block.items():
        numbers = (f"{value:,}" if isinstance(value, int) else f"{value:,.4f}" for value in values.values())
        table.add_row(name.replace("_", " "), *numbers)
    return table
