"""`shopkeeper insight refresh`: profiles, value tiers and what suggestions are made from, brought up to date."""

import json
from typing import Annotated

import typer
from rich.console import Console

from bot.database import Database
from bot.settings import Settings


def refresh(
    replay: Annotated[bool, typer.Option("--replay", help="First make every profile anew from the event log.")] = False,
    engine: Annotated[str, typer.Option(help="duckdb, or spark where a shop outgrows one machine.")] = "duckdb",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Recompute the value tiers and what is bought together, from all orders in the event log.

    Profiles follow every message by themselves; run this once a day, and after an import.
    """
    from insight import profile  # the batch libraries take a second to import
    from insight.refresh import refresh as refresh_all

    settings = Settings()
    database = Database(settings.database_url)
    console = Console(stderr=True)
    try:
        with console.status("reading the event log") as status:
            if replay:
                profile.replay(database.writing, half_life_days=settings.interest_half_life_days)
            done = refresh_all(
                database.reading,
                database.writing,
                half_life_days=settings.interest_half_life_days,
                engine=engine,
                folder=settings.var_dir / "scratch",
                progress=lambda step: status.update(f"{step} …"),
            )
    finally:
        database.close()
    console.print("\n".join(done.sentences), highlight=False)
    if as_json:
        print(json.dumps(done.facts))
