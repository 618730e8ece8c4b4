"""Debian's Chromium through Playwright, and where screenshots go: the fixtures of every folder that needs a browser.

The browser lives as long as a module: Playwright's event loop must not meet those of other tests.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
TIMEOUT_MS = 30_000  # a condition that comes costs no time; a busy machine takes long
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


def executable() -> str | None:
    """Where Chromium is: the build without windows first, which takes a fraction of the processor; None: nowhere."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = executable()
    if found is None:
        reason = "needs Chromium (package `chromium-headless-shell` or `chromium`, or its path in CHROMIUM)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Write a screenshot for people to look at."""
    folder = Path(os.environ.get("SHOPKEEPER_SCREENSHOTS") or ROOT / "var" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def shot(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    return shot
