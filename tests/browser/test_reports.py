"""The page Reports in a browser: filters, drill-down, downloads, what is wrong is said, and agents do not see it."""

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from bot import conversations
from insight import segments
from tests.browser.accessibility import findings
from tests.browser.chatting import agent_id
from tests.browser.working import MAYA, SLOW_MS


@pytest.fixture
def report(sign_in, waiting, served) -> Page:
    """Opened by the demo's supervisor; Maya's conversation is in it."""
    id = waiting("Is the oak table in stock?", MAYA)
    with served.world.database.writing() as session:
        conversations.take(session, id, agent_id(session))
        conversations.resolve(session, id, agent_id(session))
        conversations.rate(session, id, 5, None)
    page = sign_in()
    page.goto("/console/reports")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW_MS)
    return page


def test_an_owner_filters_follows_a_number_and_takes_the_report_along(report, examine, served):
    tiles = report.get_by_label("At a glance")
    expect(tiles).to_contain_text("Handled by the bot alone")
    everything = int(tiles.get_by_role("button").first.inner_text())
    examine(report, "console-reports")
    report.get_by_label("Segment").select_option(label="High value")
    report.get_by_role("button", name="Show").click()
    expect(report.get_by_role("link", name="Clear filters")).to_be_visible(timeout=SLOW_MS)
    expect(report.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW_MS)
    tile = report.get_by_label("At a glance").get_by_role("button").first
    assert 1 <= int(tile.inner_text()) <= everything
    tile.focus()
    report.keyboard.press("Enter")
    behind = report.get_by_role("dialog")
    expect(behind.get_by_role("link").filter(has_text="Maya Thornton").first).to_be_visible()
    assert findings(report, '[role="dialog"]') == []
    report.keyboard.press("Escape")
    expect(behind).to_have_count(0)

    with report.expect_download() as download:
        report.get_by_role("link", name="Download: Tables (CSV)").click()
    tables = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    assert {"metrics.csv", "knowledge_gap.csv", "skills.csv"} <= set(tables.namelist())
    assert b"conversations" in tables.read("metrics.csv")
    for name, starts in (("report.pdf", b"%PDF-"), ("report.html", b"<!doctype html>")):
        address = report.locator(f'a[download="{name}"]').get_attribute("href")
        assert report.request.get(f"{served.url}{address}").body().startswith(starts)


def test_a_time_that_cannot_be_is_said(sign_in):
    page = sign_in()
    page.goto("/console/reports?from=2026-31-12")
    expect(page.get_by_role("alert")).to_contain_text("write it as 2026-03-31")


def test_agents_see_no_report_and_get_none_of_its_files(sign_in, kim, served):
    page = sign_in(*kim)
    expect(page.get_by_role("link", name="Reports")).to_have_count(0)
    page.goto("/console/reports")
    expect(page.get_by_role("tab", name="Mine")).to_be_visible()
    assert page.request.get(f"{served.url}/console/reports/files/report.html").status == 403
    assert page.context.browser.new_page().request.get(f"{served.url}/console/reports/files/report.pdf").status == 401


def test_the_customers_column_names_the_segments_and_why_and_what_was_asked_last(sign_in, waiting, served, shoot):
    with served.world.database.writing() as session:
        segments.save(session, "regulars", name="Regulars", rule={"field": "orders", "is": ">=", "value": 2})
        last: str | None = ""
        while last is not None:
            last = segments.sweep(session, after=last)
    page = sign_in()
    waiting("Which segment am I in", MAYA)
    page.get_by_role("button").filter(has_text="Which segment am I in").click()
    aside = page.get_by_label("Customer", exact=True)
    expect(aside).to_contain_text("Regulars")
    expect(aside).to_contain_text("The number of orders is at least 2, since")
