"""`shopkeeper insight eval`: how well our methods foresee a file of orders, beside the simplest peers."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def evaluate(
    orders: Annotated[Path, typer.Option(help="Orders as CSV or Parquet, in the UCI Online Retail columns.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Foresee each customer's last order from all other orders, and compare with simple rankings.

    Nothing is stored, and nothing is tuned on the orders that are foreseen.
    """
    from insight import orders as order_files  # the batch libraries take a second to import
    from insight.evaluate import next_basket

    console = Console(stderr=True)
    with console.status("reading the orders") as status:
        lines, rejects = order_files.read(orders)
        status.update("foreseeing last orders …")
        measured = next_basket(lines)
    table = Table(title=f"The next basket: {len(lines):,} lines, {len(rejects):,} rows set aside")
    for heading in ("ranking", "hit in 10", "recall in 10", "NDCG in 10", "customers"):
        table.add_column(heading, justify="left" if heading == "ranking" else "right")
    for name, values in measured.items():
        numbers = [f"{values[key]:.3f}" for key in ("hr_at_10", "recall_at_10", "ndcg_at_10")]
        table.add_row(name.replace("_", " "), *numbers, f"{values['customers']:,}")
    console.print(table)
    if as_json:
        counts = {"lines": len(lines), "rejects": len(rejects)}
        print(json.dumps({"file": str(orders), **counts, "next_basket": measured}))
