"""`shopkeeper insight`: import a shop's orders, refresh and measure what is known of its customers."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import insight_eval, insight_letters, insight_patterns, insight_refresh, insight_tiers, insight_topics

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def insight() -> None:
    """Import a shop's orders, refresh and measure what is known of its customers."""


app.command("refresh")(insight_refresh.refresh)
app.command("eval")(insight_eval.evaluate)
app.command("letters")(insight_letters.letters)
app.command("patterns")(insight_patterns.patterns)
app.command("tiers")(insight_tiers.tiers)
app.command("topics")(insight_topics.topics)


@app.command("import")
def import_orders(
    file: Annotated[Path, typer.Argument(help="Orders as CSV or Parquet, in the UCI Online Retail columns.")],
    columns: Annotated[
        str,
        typer.Option(
            "--map",
            help="Other column names: InvoiceNo=order_id,StockCode=sku,… or a JSON or YAML file that says the same.",
        ),
    ] = "",
    catalogue: Annotated[
        Path | None, typer.Option(help="Catalogue CSV: product_id,name,category,description,price,stock,…")
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rows that were set aside go. Default: FILE.rejects.csv beside the database."),
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Keep the shop that is loaded and add these orders to it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and count; store nothing.")] = False,
    currency: Annotated[str, typer.Option(help="Three letters; what the prices are in.")] = "GBP",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Load a real shop in place of the demo shop: its products, customers, orders and their events.

    Rows that cannot be used are counted by reason and written to a file with their row number.
    """
    from bot.database import Database
    from bot.settings import Settings
    from bot.shop.catalogue import read_catalogue
    from bot.shop.importing import store_orders, write_rejects
    from insight import orders
    from insight.errors import FileError

    settings = Settings()
    lines, set_aside = orders.read(file, orders.read_map(columns))
    products, bad_products = read_catalogue(catalogue, currency=currency) if catalogue else ([], [])
    summary = _summary(lines, set_aside, bad_products)
    if summary["set_aside"]:
        path = rejects or settings.var_dir / f"{file.stem}.rejects.csv"
        write_rejects(path, set_aside, bad_products)
        summary["rejects"] = str(path)
    if lines.empty:
        raise FileError(f"{file}: none of its {summary['rows']} rows can be used; {summary['rejects']} says why")
    if not dry_run:
        database = Database(settings.database_url)
        try:
            stored = store_orders(database, lines, products, currency=currency, add=add, now=datetime.now(UTC))
        finally:
            database.close()
        summary["stored"] = asdict(stored)
    print(json.dumps(summary) if as_json else _told(summary))


def _summary(lines: Any, set_aside: Any, bad_products: Any) -> dict[str, Any]:
    reasons = Counter(set_aside["Reason"]) + Counter(f"catalogue: {row.reason}" for row in bad_products)
    kinds = Counter(lines["Kind"])
    return {
        "rows": len(lines) + len(set_aside),
        "used": len(lines),
        "sales": kinds["sale"],
        "cancellations": kinds["cancellation"],
        "services": kinds["service"],
        "without_customer": int(lines["CustomerID"].isna().sum()),
        "set_aside": reasons.total(),
        "reasons": dict(reasons.most_common()),
    }


def _told(summary: dict[str, Any]) -> str:
    told = [
        f"{summary['rows']:,} rows: {summary['used']:,} can be used, {summary['set_aside']:,} were set aside.",
        f"Sales {summary['sales']:,}; cancellations, kept as refunds, {summary['cancellations']:,}; "
        f"postage, fees and the like, which are no products, {summary['services']:,}.",
        f"{summary['without_customer']:,} lines name no customer: they count for products, not for people.",
        *(f"  {count:>9,}  {reason}" for reason, count in summary["reasons"].items()),
    ]
    if "rejects" in summary:
        told.append(f"Every row that was set aside, with its reason: {summary['rejects']}")
    if "stored" in summary:
        told.append(
            "Stored: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in summary["stored"].items())
        )
        told.append("Next: `shopkeeper insight refresh` learns from them.")
    else:
        told.append("Nothing was stored (--dry-run).")
    return "\n".join(told)
