"""Makes reports, in a process of its own: `python -m bot.console.reports.making`, a line of JSON on stdin for each.

A line is `{"folder", "order"}`. It says on stdout, a line each, what it is doing and how it ended; what it made is in
the folder then. It gives way to the processes that customers wait for, and ends when stdin does.
"""

import json
import logging
import os
import signal
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

BODY, DRAWN = "body.html", "drawn.json"
PAGE, PAPER, TABLES = "report.html", "report.pdf", "tables.zip"
STEPS = ("Reading the event log", "Drawing the page", "Setting the PDF", "Writing the tables")
DONE, FAILED = "done", "failed"
NICE = 5


@dataclass(frozen=True)
class Order:
    """What a report is made from; times in ISO 8601, `names` by dimension and key, for keys that are not words."""

    database_url: str
    since: str
    until: str
    zone: str
    shop: str
    filters: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    skills: Sequence[tuple[str, str, str, str]]  # as `bot.models.skills` reads them
    console: str  # address of the console, for the links in the page that can be downloaded


def make(order: Order, folder: Path) -> None:
    """Write the five files into `folder`."""
    from bot.console.reports import body
    from bot.database import Database
    from insight import report as owner_report

    _say(0)
    database = Database(order.database_url)
    try:
        with database.reading() as session:
            made = owner_report.compose(
                session,
                datetime.fromisoformat(order.since),
                datetime.fromisoformat(order.until),
                zone=ZoneInfo(order.zone),
                shop=order.shop,
                filters=order.filters,
                names=order.names,
                skills=order.skills,
            )
    finally:
        database.close()
    _say(1)
    html, behind = body.draw(made)
    (folder / BODY).write_text(html, encoding="utf-8")
    (folder / DRAWN).write_text(
        json.dumps({"title": body.title(made), "against": owner_report.against(made), "behind": behind}),
        encoding="utf-8",
    )
    (folder / PAGE).write_text(owner_report.as_html(made, console=order.console), encoding="utf-8")
    _say(2)
    (folder / PAPER).write_bytes(owner_report.as_pdf(made))
    _say(3)
    with zipfile.ZipFile(folder / TABLES, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in owner_report.as_tables(made).items():
            archive.writestr(f"{name}.csv", table.to_csv(index=False))


def _say(step: int) -> None:
    print(STEPS[step], flush=True)


def _made(asked: Mapping[str, Any]) -> str:
    """How it ended; what went wrong is in the log."""
    try:
        make(Order(**asked["order"]), Path(asked["folder"]))
    except Exception:
        logging.getLogger(__name__).exception("a report could not be made")
        return FAILED
    return DONE


if __name__ == "__main__":
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C ends the console, and that ends stdin
    for line in sys.stdin:
        print(_made(json.loads(line)), flush=True)
