"""`shopkeeper bench chat`: one script of 30 turns with 1, 4 and 16 customers, against us and against Rasa.

Both are asked through Rasa's REST channel by the same client, one after the other on the same machine. Ours stores
every message, runs both encoders, searches the answers, calls actions and learns the profile; the peer is what `rasa
init` sets up (`rasa_peer`). A reply is a non-empty answer; its time is what the customer waits.
"""

import asyncio
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from tqdm import tqdm

from bot.turn.answers import apology
from tests.bench import rasa_peer
from tests.ports import free_port
from tests.stack import ROOT, memory_mb, running_stack

CUSTOMERS = (1, 4, 16)
KEY = "bench-channel-key"
APOLOGY = apology()[0]["text"]
SCRIPT = (
    "hello there",
    "do you ship to Ireland?",
    "how long does delivery take",
    "and what does express cost?",
    "which payment methods do you take",
    "can I pay with paypal",
    "I am looking for a lamp for my desk",
    "is it dimmable?",
    "do you have it in stock",
    "thanks",
    "what is your return policy",
    "how long do refunds take?",
    "do I pay for sending something back",
    "how do I create an account",
    "I forgot my password",
    "can you recommend a gift for my mother",
    "something for the garden maybe",
    "do you have a discount code",
    "how do I subscribe to the newsletter",
    "when are you open",
    "what is your phone number",
    "how can I leave a review",
    "is there a fee if I cancel an order",
    "how do I place an order",
    "what is the capital of Australia",
    "my payment does not go through",
    "how do I change my e-mail address on my account",
    "are you a robot",
    "thank you, that was helpful",
    "bye",
)


@dataclass(frozen=True)
class Row:
    """What one system did for `customers` at a time; times in milliseconds, memory in MB."""

    system: str
    customers: int
    median_ms: float
    p95_ms: float
    replies_per_second: float
    empty: int
    memory_mb: float


async def play(client: httpx.AsyncClient, url: str, sender: str, times: list[float]) -> int:
    """One customer plays the script; returns how many turns got no answer or only an apology."""
    empty = 0
    for text in SCRIPT:
        started = time.perf_counter()
        answer = await client.post(url, json={"sender": sender, "message": text}, headers={"X-Channel-Key": KEY})
        times.append(1000 * (time.perf_counter() - started))
        empty += answer.status_code != 200 or not answered(answer.json())
    return empty


def answered(replies: list[dict[str, str]]) -> bool:
    """Whether there is a reply, and not only the apology of a gateway that reached nobody."""
    return any(reply.get("text") != APOLOGY for reply in replies)


async def measure(system: str, url: str, customers: int, pid: int, run: str) -> Row:
    times: list[float] = []
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=64)) as client:
        started = time.perf_counter()
        empty = sum(
            await asyncio.gather(*(play(client, url, f"{run}-{customers}-{n}", times) for n in range(customers)))
        )
        seconds = time.perf_counter() - started
    return Row(
        system=system,
        customers=customers,
        median_ms=round(statistics.median(times), 1),
        p95_ms=round(statistics.quantiles(times, n=20)[-1], 1),
        replies_per_second=round((len(times) - empty) / seconds, 1),
        empty=empty,
        memory_mb=round(memory_mb(pid)),
    )


async def measure_all(system: str, base_url: str, customers: Sequence[int], pid: int, bar: tqdm) -> list[Row]:
    """Warm up with one customer, then measure each number of customers once."""
    url = f"{base_url}/webhooks/rest/webhook"
    await measure(system, url, 1, pid, "warm-up")
    rows = []
    for count in customers:
        bar.set_postfix_str(f"{system}, {count} customers")
        rows.append(await measure(system, url, count, pid, "bench"))
        bar.update()
    return rows


def measure_ours(customers: Sequence[int], bar: tqdm) -> list[Row]:
    limits = {"MESSAGES_PER_MINUTE": "100000", "VISITORS_PER_MINUTE": "100000", "CHANNEL_KEY": KEY}
    with running_stack(**limits) as stack:
        return asyncio.run(measure_all("shopkeeper", stack.url, customers, stack.process.pid, bar))


def measure_peer(customers: Sequence[int], bar: tqdm, folder: Path) -> list[Row]:
    port = free_port()
    process = rasa_peer.start(rasa_peer.build(folder, ROOT / "data" / "intents.csv"), port)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process)
        return asyncio.run(measure_all("rasa init", f"http://127.0.0.1:{port}", customers, process.pid, bar))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def wait_for(url: str, process: "subprocess.Popen[bytes]", timeout: float = 240) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise RuntimeError("Rasa's own bot did not start; its log is run.log in the benchmark's folder")


def table(rows: Sequence[Row]) -> str:
    lines = [
        f"{'system':<12}{'customers':>10}{'median ms':>11}{'p95 ms':>9}{'replies/s':>11}{'empty':>7}{'memory MB':>11}"
    ]
    lines += [
        f"{row.system:<12}{row.customers:>10}{row.median_ms:>11.1f}{row.p95_ms:>9.1f}"
        f"{row.replies_per_second:>11.1f}{row.empty:>7}{row.memory_mb:>11.0f}"
        for row in rows
    ]
    return "\n".join(lines)


def run(*, as_json: bool, customers: Sequence[int] = CUSTOMERS) -> None:
    """Measure both, print the table and the ratio at the most customers; with `as_json` one object as the last line."""
    with tqdm(total=2 * len(customers), desc="bench chat", file=sys.stderr) as bar:
        bar.set_postfix_str("the first time Rasa's own bot is trained, which takes long")
        folder = rasa_peer.build(ROOT / "var" / "bench" / "rasa-init", ROOT / "data" / "intents.csv")
        rows = [*measure_peer(customers, bar, folder), *measure_ours(customers, bar)]
    most = {row.system: row.replies_per_second for row in rows if row.customers == max(customers)}
    ratio = most["shopkeeper"] / most["rasa init"]
    print(table(rows))
    print(f"At {max(customers)} customers we answer {ratio:.2f} times as many per second as Rasa's own bot.")
    if as_json:
        print(json.dumps({"machine": platform.platform(), "ratio": ratio, "rows": [asdict(row) for row in rows]}))
