"""What axe objects to on a page, or in a part of it, once nothing on it moves any more."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {"rules": {"target-size": {"enabled": True}}}  # of WCAG 2.2, which axe leaves out unless asked
COLOURS = {"runOnly": ["color-contrast"]}
STILL = """document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity
)"""
NARROW = {"width": 1024, "height": 768}


def findings(page: Page, context: str | None = None, *, options: dict[str, object] | None = None) -> list[str]:
    """The rule and the elements of each violation within the selector `context`."""
    page.wait_for_function(STILL)
    found = Axe().run(page, context=context, options=options or OPTIONS).response["violations"]
    return [f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}" for each in found]


@pytest.fixture
def examine(shoot: Callable[[Page, str], None]) -> Callable[[Page, str], None]:
    """`examine(page, name)`: axe finds nothing by day, nor in the colours of the night, and nothing sticks out of a
    small window; with a picture of each.
    """

    def examined(page: Page, name: str) -> None:
        assert findings(page) == []
        shoot(page, name)
        page.emulate_media(color_scheme="dark")
        assert findings(page, options=COLOURS) == []
        shoot(page, f"{name}-dark")
        page.emulate_media(color_scheme="light")
        size = page.viewport_size
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        shoot(page, f"{name}-small")
        page.set_viewport_size(size)

    return examined
