"""`shopkeeper report`: the owner's report as one HTML page, or its numbers as JSON."""

import json
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot.database import Database
from bot.errors import BotError
from bot.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
DAYS = 30


@app.command()
def report(
    first: Annotated[
        str, typer.Option("--from", help=f"First day, as 2026-03-31. Default: {DAYS} days before the last.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, as 2026-04-30. Default: today, up to now.")] = "",
    out: Annotated[Path, typer.Option(help="Where the page goes.")] = Path("report.html"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as one JSON object, too.")] = False,
) -> None:
    """Write the owner's report as one HTML page.

    It counts the conversations that started in the period: how many the bot handled alone, what was asked, when people
    were needed and how fast they were, how customers felt, and what suggestions did. Every number has its denominator.
    """
    from insight import report as owner_report  # its drawing library takes a second to import

    settings = Settings()
    zone = ZoneInfo(settings.time_zone)
    since, until = _period(first, last, zone)
    console = Console(stderr=True)
    database = Database(settings.database_url)
    try:
        with console.status("Reading the event log"), database.reading() as session:
            page = owner_report.build(session, since, until, zone=zone, shop=settings.shop_name)
            numbers = owner_report.figures(session, since, until) if as_json else {}
    finally:
        database.close()
    _write(out, page)
    console.print(f"The report is in {out}")
    if as_json:
        print(json.dumps({"file": str(out), "from": since.isoformat(), "to": until.isoformat(), "metrics": numbers}))


def _period(first: str, last: str, zone: tzinfo) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    until = min(now, _midnight(last, "--to", zone) + timedelta(days=1)) if last else now
    since = _midnight(first, "--from", zone) if first else until - timedelta(days=DAYS)
    if since >= until:
        raise BotError("--from must be before --to, and not in the future")
    return since, until


def _midnight(day: str, option: str, zone: tzinfo) -> datetime:
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), tzinfo=zone)
    except ValueError as error:
        raise BotError(f"{option}: {day!r} is not a day; write it as 2026-03-31") from error


def _write(out: Path, page: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BotError(f"cannot write {out}: {error.strerror}; choose another place with --out") from error
