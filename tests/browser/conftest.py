"""A browser (Debian's Chromium through Playwright) and a server for it, for this folder's tests.

The browser lives as long as a module: Playwright's event loop must not meet those of other tests.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import update

from bot.database import Database
from bot.tables import Conversation, Message
from insight.worker import Worker
from tests.browser.world import ROOT, Served, build
from tests.conftest import _with_tables
from tests.ports import free_port
from tests.serving import ServerThread

TIMEOUT_MS = 10_000
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    var_dir = tmp_path_factory.mktemp("browser")
    database = _with_tables(Database(f"sqlite:///{var_dir / 'shop.db'}"))
    port = free_port()
    app, served = build(database, var_dir, port=port)
    stop = threading.Event()
    worker = threading.Thread(target=lambda: Worker(database.writing).run(stop), daemon=True)
    server = ServerThread(app, port=port)
    server.start()
    worker.start()
    yield served
    stop.set()
    server.stop()
    worker.join(10)
    database.close()


@pytest.fixture(scope="module", autouse=True)
def tidy_desk(served: Served) -> None:
    """A module finds no conversation open and nothing to review: the shop is one for all, as NiceGUI's pages are."""
    with served.world.database.writing() as session:
        ended = {"state": "resolved", "resolved_at": datetime.now(UTC), "assignee_id": None, "snoozed_until": None}
        session.execute(update(Conversation).values(**ended))
        session.execute(update(Message).values(parse=None))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if executable is None:
        reason = "needs Chromium (package `chromium`, or its path in CHROMIUM)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """`visit(path, **context options)` opens a page in a fresh browser profile; errors on it fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(path: str = "/", *, context: BrowserContext | None = None, **options: object) -> Page:
        if context is None:
            options = {"viewport": {"width": 1440, "height": 900}, **options}
            context = browser.new_context(base_url=served.url, **options)
            context.set_default_timeout(TIMEOUT_MS)
            context.add_init_script(WATCH)
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Write a screenshot for people to look at."""
    folder = Path(os.environ.get("SHOPKEEPER_SCREENSHOTS") or ROOT / "var" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def shot(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return shot
