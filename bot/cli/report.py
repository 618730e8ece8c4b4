"""`shopkeeper report`: the owner's report as a page, a PDF, tables, JSON, or a mail.

Who sends it weekly is the machine's own timer (a line in cron, see the README): it needs no state of ours, several
workers cannot send it twice, and the mail server's password stays with one command.
"""

import json
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot import mail, periods, report_names
from bot.database import Database
from bot.errors import BotError
from bot.models import skills
from bot.settings import Settings

if TYPE_CHECKING:
    from insight.report import Report

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OPTIONS = ("--from", "--to")


@app.command()
def report(
    first: Annotated[
        str, typer.Option("--from", help=f"First day, as 2026-03-31. Default: {periods.DAYS} days up to the last.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, as 2026-04-30. Default: today, up to now.")] = "",
    channel: Annotated[str, typer.Option(help="Only conversations on this channel.")] = "",
    intent: Annotated[str, typer.Option(help="Only conversations in which this intent was said.")] = "",
    segment: Annotated[str, typer.Option(help="Only customers of this segment, or of a tier: high, mid, low.")] = "",
    agent: Annotated[str, typer.Option(help="Only conversations that this agent took or wrote in (an id).")] = "",
    out: Annotated[Path, typer.Option(help="Where the page goes.")] = Path("report.html"),
    pdf: Annotated[Path | None, typer.Option(help="Write a PDF there, too.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV file a table into this folder, too.")] = None,
    console: Annotated[str, typer.Option(help="The console's address; conversations become links to it.")] = "",
    by_mail: Annotated[
        bool, typer.Option("--mail", help="Mail page and PDF to REPORT_TO; by default of the last seven whole days.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as one JSON object, too.")] = False,
) -> None:
    """Write the owner's report as one HTML page.

    It counts the conversations that started in the period: how many the bot handled alone, what was asked, when people
    were needed and how fast they were, how customers felt, and what suggestions did. Every number has its denominator,
    its change against the same time before, and the conversations behind it.
    """
    from insight import report as owner_report  # its drawing library takes a second to import

    settings = Settings()
    if by_mail and not (settings.smtp_url and settings.mail_from and settings.report_to):
        raise BotError("--mail needs the settings SMTP_URL, MAIL_FROM and REPORT_TO")
    zone = ZoneInfo(settings.time_zone)
    asked = periods.between(first, last, zone=zone, names=OPTIONS) if first or last else None
    given = {"channel": channel, "intent": intent, "segment": segment, "agent": agent}
    filters = {dimension: key for dimension, key in given.items() if key}
    terminal = Console(stderr=True)
    database = Database(settings.database_url)
    try:
        with terminal.status("Reading the event log"), database.reading() as session:
            since, until = asked or (periods.last_week(zone) if by_mail else periods.usual(session, zone=zone))
            names = report_names.read(session)
            made = owner_report.compose(
                session,
                since,
                until,
                zone=zone,
                shop=settings.shop_name,
                filters=filters,
                names=names,
                skills=skills.read(settings),
            )
    finally:
        database.close()
    page = owner_report.as_html(made, console=console)
    _write(out, page.encode())
    if pdf is not None:
        _write(pdf, owner_report.as_pdf(made))
    if csv is not None:
        for name, table in owner_report.as_tables(made).items():
            _write(csv / f"{name}.csv", table.to_csv(index=False).encode())
    if by_mail:
        mail.send(_message(made, page, settings), smtp_url=settings.smtp_url)
        terminal.print(f"The report was mailed to {settings.report_to}")
    terminal.print(f"The report is in {out}")
    if as_json:
        found = {"file": str(out), "from": since.isoformat(), "to": until.isoformat()}
        print(json.dumps(found | owner_report.as_json(made)))


def _message(made: "Report", page: str, settings: Settings) -> EmailMessage:
    from insight import report as owner_report

    message = EmailMessage()
    message["Subject"] = owner_report.subject(made)
    message["From"], message["To"] = settings.mail_from, settings.report_to
    message.set_content(owner_report.as_text(made))
    message.add_attachment(page, subtype="html", filename="report.html")
    message.add_attachment(owner_report.as_pdf(made), maintype="application", subtype="pdf", filename="report.pdf")
    return message


def _write(out: Path, content: bytes) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        raise BotError(f"cannot write {out}: {error.strerror}; choose another place with --out") from error
