"""A server for the browser of this folder's tests, and pages on it."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import update

from bot import agents, published
from bot.database import Database
from bot.tables import Conversation, Message
from insight.worker import Worker
from tests.browser.accessibility import examine  # noqa: F401 - a fixture
from tests.browser.chromium import TIMEOUT_MS, browser, shoot  # noqa: F401 - fixtures
from tests.browser.working import kim, sign_in, waiting  # noqa: F401 - fixtures
from tests.browser.world import Served, build
from tests.conftest import _with_tables
from tests.ports import free_ports
from tests.serving import ServerThread

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    var_dir = tmp_path_factory.mktemp("browser")
    database = _with_tables(Database(f"sqlite:///{var_dir / 'shop.db'}"))
    port, site_port = free_ports(2)
    app, served = build(database, var_dir, port=port, site_port=site_port)
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


@pytest.fixture(autouse=True)
def tidy_desk(served: Served) -> None:
    """A test finds no conversation open, nothing to review, nothing published and one agent.

    The shop is one for all, as NiceGUI's pages are, and a test that is tried again must not find what it left.
    """
    with served.world.database.writing() as session:
        for answer in published.published(session):
            published.withdraw(session, answer.template_id, by=answer.published_by)
        for agent in agents.everyone(session):
            if agent.email != agents.DEMO_EMAIL:
                agents.remove(session, agent.email)
        ended = {"state": "resolved", "resolved_at": datetime.now(UTC), "assignee_id": None, "snoozed_until": None}
        session.execute(update(Conversation).values(**ended))
        session.execute(update(Message).values(parse=None))


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:  # noqa: F811
    """`visit(path, **context options)` opens a page in a fresh browser profile; errors on it fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(path: str = "/", *, context: BrowserContext | None = None, **options: object) -> Page:
        if context is None:
            options = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
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
