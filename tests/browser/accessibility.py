"""What axe objects to on a page, or in a part of it, once nothing on it moves any more."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {"rules": {"target-size": {"enabled": True}}}  # of WCAG 2.2, which axe leaves out unless asked
STILL = """document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity
)"""


def findings(page: Page, context: str | None = None) -> list[str]:
    """The rule and the elements of each violation within the selector `context`."""
    page.wait_for_function(STILL)
    found = Axe().run(page, context=context, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}" for each in found]
