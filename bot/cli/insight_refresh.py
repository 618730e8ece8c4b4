"""`shopkeeper insight refresh`: profiles, value tiers and what suggestions are made from, brought up to date."""

import json
import os
from typing import Annotated

import typer
from rich.console import Console

from bot.database import Database
from bot.settings import Settings

LOWEST_PRIORITY = 19


def refresh(
    replay: Annotated[bool, typer.Option("--replay", help="First make every profile anew from the event log.")] = False,
    engine: Annotated[
        str | None,
        typer.Option(help="duckdb, or spark where a shop outgrows one machine. Default: REFRESH_ENGINE."),
    ] = None,
    gently: Annotated[bool, typer.Option("--gently", help="Give way to everything else on this machine.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Recompute the value tiers and what is bought together, from all orders in the event log.

    Profiles follow every message by themselves. A running shop does this every night; run it after an import.
    """
    from bot.models import indexing  # these libraries take a second to import
    from bot.shop.sql import SqlShop
    from bot.turn.catalogue import Catalogue
    from insight.refresh import refresh as refresh_all

    if gently:
        os.nice(LOWEST_PRIORITY)
    settings = Settings()
    database = Database(settings.database_url)
    console = Console(stderr=True)
    try:
        with console.status("reading the event log") as status:
            done = refresh_all(
                database.reading,
                database.writing,
                half_life_days=settings.interest_half_life_days,
                engine=engine or settings.refresh_engine,
                folder=settings.var_dir / "scratch",
                anew=replay,
                embed=indexing.embedding(settings),
                items=list(Catalogue(SqlShop(database)).items().values()),
                progress=lambda step: status.update(f"{step} …"),
            )
    finally:
        database.close()
    console.print("\n".join(done.sentences), highlight=False)
    if as_json:
        print(json.dumps(done.facts))
