"""The report's page in a browser: it needs nothing from outside, and a number opens its conversations."""

from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.database import Database
from insight import report
from insight.events import append
from insight.tables import Base
from tests.bench.report import DAYS, UNTIL, events_of


def test_an_owner_reads_the_report_and_follows_a_number(
    browser: Browser, shoot: Callable[[Page, str], None], tmp_path: Path
):
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        append(session, events_of(8_000))
    with database.reading() as session:
        made = report.compose(session, UNTIL - timedelta(days=DAYS / 2), UNTIL, zone=UTC, shop="Harbour & Pine")
    database.close()
    file = tmp_path / "report.html"
    file.write_text(report.as_html(made, console="http://shop.test/console"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1180, "height": 1400})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    shoot(page, "report")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
    row = page.get_by_role("row", name="Handed to a person").first
    row.get_by_text("conversations", exact=False).last.click()
    first = row.get_by_role("link").first
    expect(first).to_be_visible()
    assert first.get_attribute("href") == f"http://shop.test/console/?conversation={first.inner_text()}"
    assert asked == [file.as_uri()]
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
