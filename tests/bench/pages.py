"""`shopkeeper bench pages`: customers in the chat and agents at the console, all typing at once, on this machine.

Every page is a real one in Chromium and drives itself (`pages.js`): it writes into the text field, presses Enter, and
notes when its message is on screen and stored, answered, and seen by whoever is at the other end. Chromium runs beside
the server on the same cores, so that the server has less of the machine than it would have in a shop.
"""

import asyncio
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect
from tqdm import tqdm

from bot import agents
from bot.database import Database
from tests.bench.chat import SCRIPT
from tests.browser.chromium import SWITCHES, executable
from tests.stack import running_stack

GOAL_MS = 300  # from Enter to the echo, for 95 of 100 messages, beside the load
WITH_A_PERSON = 3  # customers an agent; each agent talks to one, the others wait
PAUSE_S, AGENT_PAUSE_S = 15.0, 6.0  # about as long between two messages of a customer, of an agent
ALONE_S = 30.0
PATIENCE_MS = 60_000
PASSWORD = "correct horse battery"
SCREEN: ViewportSize = {"width": 1024, "height": 700}
BUSY = ["--process-per-site", "--disable-background-timer-throttling", "--disable-renderer-backgrounding"]
WIDGET = "document.querySelector('shopkeeper-chat').shadowRoot"
ANSWERS = ("I am looking into it.", "One moment, please.", "It leaves the warehouse today.", "Anything else?")

Noted = Mapping[str, Mapping[str, float]]  # what happened -> mark of the text -> when, in ms


@dataclass(frozen=True)
class Place:
    """Where the server listens, and its process."""

    url: str
    pid: int


@dataclass(frozen=True)
class Row:
    """How long something took, in milliseconds; `n` messages."""

    what: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Figures:
    pages: int
    agents: int
    seconds: float
    rows: tuple[Row, ...]
    unanswered: int  # of the messages to the bot that had ten seconds for their answer
    server_cores: float  # processor time of the server a second
    browser_cores: float


def run(*, pages: int, people: int, seconds: float, as_json: bool) -> None:
    """Measure one customer alone and then everybody, print both; with `as_json` one object as the last line."""
    limits = {"MESSAGES_PER_MINUTE": "100000", "VISITORS_PER_MINUTE": "100000"}
    with tqdm(total=3, desc="bench pages", file=sys.stderr) as bar:
        bar.set_postfix_str("starting the server")
        with running_stack(**limits) as stack:
            database = Database(f"sqlite:///{stack.var / 'shopkeeper.db'}")
            emails = add_agents(database, people)
            database.close()
            bar.update()
            place = Place(stack.url, stack.process.pid)
            alone = asyncio.run(measure(place, pages=1, emails=[], seconds=min(seconds, ALONE_S), pause=2.0))
            bar.update()
            bar.set_postfix_str(f"{pages} customers and {people} agents")
            found = asyncio.run(measure(place, pages=pages, emails=emails, seconds=seconds, pause=PAUSE_S))
            bar.update()
    for figures in (alone, found):
        print(table(figures))
    slowest = max(row.p95_ms for row in found.rows if row.what.endswith("echo"))
    print(f"Typing to echo beside the load: p95 {slowest:.0f} ms; the aim is {GOAL_MS} ms.")
    if as_json:
        told = {"machine": platform.platform(), "echo_p95_ms": slowest, "goal_ms": GOAL_MS}
        print(json.dumps(told | {"alone": asdict(alone), "beside_the_load": asdict(found)}))


def add_agents(database: Database, people: int) -> list[str]:
    """Their e-mail addresses."""
    emails = [f"agent{number}@shop.example" for number in range(people)]
    with database.writing() as session:
        for email in emails:
            agents.add(session, email=email, name=email.split("@")[0], role="agent", password=PASSWORD)
    return emails


async def measure(
    place: Place, *, pages: int, emails: Sequence[str], seconds: float, pause: float, agent_pause: float = AGENT_PAUSE_S
) -> Figures:
    """Open everything, let all type for `seconds`, and see how long it took."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=[*SWITCHES, *BUSY])
        desks = [await open_desk(browser, place, email) for email in emails]
        chats = [await open_chat(browser, place) for _ in range(pages)]
        helped = chats[: WITH_A_PERSON * len(desks)]
        for chat in helped:
            await chat.evaluate(f"{WIDGET}.querySelector('header .person').click()")
        for taken, desk in enumerate(desks):
            await take_first(desk, waiting=len(helped) - taken)
        before, started = processor_seconds(place), time.monotonic()
        talks = [talk(chat, f"c{number}", seconds, pause) for number, chat in enumerate(chats)]
        talks += [answer(desk, f"a{number}", seconds, agent_pause) for number, desk in enumerate(desks)]
        noted = await asyncio.gather(*talks)
        lasted, after = time.monotonic() - started, processor_seconds(place)
        await browser.close()
    customers, team = noted[:pages], noted[pages:]
    server, browsers = ((after[n] - before[n]) / lasted for n in (0, 1))
    with_bot = customers[len(helped) :]
    return Figures(
        pages=pages,
        agents=len(desks),
        seconds=round(lasted, 1),
        rows=tuple(rows(customers, with_bot, team)),
        unanswered=unanswered(with_bot),
        server_cores=round(server, 2),
        browser_cores=round(browsers, 2),
    )


async def open_chat(browser: Browser, place: Place) -> Page:
    """A customer of their own on a product's page, with the chat open."""
    page = await new_page(await new_context(browser, place))
    await page.goto("/products/LIG-001")
    await page.get_by_role("button", name="Open chat").click()
    await page.wait_for_function("() => document.querySelector('shopkeeper-chat').line.ready")
    await page.evaluate(f"bench.watch({WIDGET}.querySelector('.log'), 'customer')")
    return page


async def open_desk(browser: Browser, place: Place, email: str) -> Page:
    """The console of a signed-in agent."""
    page = await new_page(await new_context(browser, place))
    await page.goto("/console")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("tab", name="Unassigned").click()
    return page


async def new_context(browser: Browser, place: Place) -> BrowserContext:
    """Somebody of their own, for whom nothing moves: a shop's fifty customers have fifty machines that draw, we one."""
    return await browser.new_context(base_url=place.url, reduced_motion="reduce", viewport=SCREEN)


async def new_page(context: BrowserContext) -> Page:
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(path=Path(__file__).with_name("pages.js"))
    return await context.new_page()


async def take_first(desk: Page, *, waiting: int) -> None:
    """Take the conversation that has waited longest, and watch it; `waiting` no longer counts what colleagues took."""
    await expect(desk.locator(".items .item")).to_have_count(waiting, timeout=PATIENCE_MS)
    await desk.locator(".items .item").first.click()
    await desk.get_by_role("button", name="Take", exact=True).click()
    await desk.locator(".for-answer textarea:enabled").wait_for()
    await desk.evaluate("bench.watch(document.querySelector('.thread'), null)")


async def talk(page: Page, name: str, seconds: float, pause: float) -> Noted:
    texts = random.Random(name).sample(SCRIPT, len(SCRIPT))
    return await noted(page, f"{WIDGET}.querySelector('textarea')", name, texts, seconds, pause)


async def answer(page: Page, name: str, seconds: float, pause: float) -> Noted:
    return await noted(page, "document.querySelector('.for-answer textarea')", name, ANSWERS, seconds, pause)


async def noted(page: Page, box: str, name: str, texts: Sequence[str], seconds: float, pause: float) -> Noted:
    """What the page noted, a little after its last message."""
    options = json.dumps({"name": name, "texts": list(texts), "pause": pause})
    told: dict[str, Any] = await page.evaluate(
        f"bench.talk({{...{options}, box: () => {box}, until: bench.now() + {1000 * seconds}}})"
        ".then((noted) => new Promise((done) => setTimeout(() => done(noted), 3000)))"
    )
    return told


def processor_seconds(place: Place) -> tuple[float, float]:
    """Of the server and of Chromium so far."""
    others = [child for child in psutil.Process().children() if child.pid != place.pid]
    return tree(psutil.Process(place.pid)), sum(tree(child) for child in others)


def tree(process: psutil.Process) -> float:
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            used = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total


def rows(customers: Sequence[Noted], with_bot: Sequence[Noted], team: Sequence[Noted]) -> Iterable[Row]:
    """Each kind of message that was sent at all."""
    at_desks = first_of(team, "seen")
    in_chats = first_of(customers, "seen")
    took = {
        "chat: Enter to echo": waited(customers, first_of(customers, "delivered")),
        "chat: Enter to the bot's answer": waited(with_bot, first_of(with_bot, "answered")),
        "console: Enter to echo": waited(team, at_desks),
        "customer's Enter to the agent's screen": waited(customers, at_desks),
        "agent's Enter to the customer's screen": waited(team, in_chats),
    }
    for what, times in took.items():
        if len(times) > 1:
            cuts = statistics.quantiles(times, n=100, method="inclusive")
            yield Row(what, len(times), *(round(cuts[place - 1], 1) for place in (50, 95, 99)))


def first_of(pages: Sequence[Noted], what: str) -> dict[str, float]:
    """Mark -> when it happened first on any of the pages."""
    found: dict[str, float] = {}
    for page in pages:
        for mark, when in page[what].items():
            found[mark] = min(when, found.get(mark, when))
    return found


def waited(senders: Sequence[Noted], happened: Mapping[str, float]) -> list[float]:
    sent = [(mark, when) for page in senders for mark, when in page["sent"].items()]
    return [happened[mark] - when for mark, when in sent if mark in happened]


def unanswered(pages: Sequence[Noted]) -> int:
    last = max((when for page in pages for when in page["sent"].values()), default=0.0)
    return sum(
        mark not in page["answered"] for page in pages for mark, when in page["sent"].items() if when < last - 10_000
    )


def table(figures: Figures) -> str:
    head = f"{figures.pages} customers and {figures.agents} agents, {figures.seconds:.0f} s"
    lines = [f"{head:<42}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"]
    lines += [f"{row.what:<42}{row.n:>6}{row.p50_ms:>9.1f}{row.p95_ms:>9.1f}{row.p99_ms:>9.1f}" for row in figures.rows]
    cores = f"server {figures.server_cores:.2f}, Chromium {figures.browser_cores:.2f}"
    lines.append(f"messages to the bot without an answer: {figures.unanswered}; cores used: {cores}\n")
    return "\n".join(lines)
