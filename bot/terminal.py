"""The customer's side of a conversation for the terminal: plain HTTP to the gateway's public door."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.errors import BotError, Unavailable
from bot.gateway.tokens import customer_signature
from bot.settings import Settings

WAIT_S = 30.0
START_TIMEOUT_S = 180.0
OWNERS = {"bot": "bot", "queued": "queue", "assigned": "agent", "resolved": "nobody"}


@dataclass(frozen=True)
class Turn:
    """One message and what came back; `owner` is who has the conversation now: bot, queue, agent or nobody."""

    text: str
    replies: list[dict[str, Any]]
    intent: str | None
    confidence: float | None
    sentiment: str | None
    owner: str

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass
class Chat:
    """An open conversation."""

    client: httpx.Client
    since_seq: int = 0

    def say(self, text: str, payload: str | None = None) -> Turn:
        """Send a message (or a button's payload) and wait for the replies to it."""
        body = {"payload": payload} if payload else {"text": text}
        answer = self.client.post("/v1/conversation/messages", json={**body, "wait": WAIT_S})
        seen = _checked(answer)
        self.since_seq = max([self.since_seq, *(message["seq"] for message in seen["messages"])])
        own: dict[str, Any] = next((message for message in seen["messages"] if message["seq"] == seen["seq"]), {})
        parse = own.get("parse") or {}
        return Turn(
            text=text,
            replies=[message["body"] for message in seen["messages"] if message["author"] != "customer"],
            intent=parse.get("name"),
            confidence=parse.get("confidence"),
            sentiment=parse.get("sentiment"),
            owner=OWNERS[seen["state"]],
        )

    def news(self) -> list[dict[str, Any]]:
        """What the other side said since the last turn, such as an agent's messages."""
        seen = _checked(self.client.get("/v1/conversation/messages", params={"since_seq": self.since_seq}))
        self.since_seq = max([self.since_seq, *(message["seq"] for message in seen["messages"])])
        return [message["body"] for message in seen["messages"] if message["author"] != "customer"]


@contextmanager
def opened(settings: Settings, customer_id: str | None) -> Iterator[Chat]:
    """A conversation with the running server; with none, one is started for as long as this lasts."""
    url = settings.public_url
    with _server(url), httpx.Client(base_url=url, timeout=WAIT_S + 10, trust_env=False) as client:
        body = {}
        if customer_id is not None:
            signature = customer_signature(settings.identity_key, customer_id)
            body = {"customer_id": customer_id, "signature": signature}
        token = _checked(client.post("/v1/visitors", json=body))["token"]
        client.headers.update({"Authorization": f"Bearer {token}", "X-Channel-Key": settings.channel_key})
        yield Chat(client)


@contextmanager
def _server(url: str) -> Iterator[None]:
    if _ready(url):
        yield
        return
    print("No server is running: starting one for this conversation …", file=sys.stderr)
    command = [str(Path(sys.executable).with_name("shopkeeper")), "run"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_until_ready(url, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _ready(url):
        if process.poll() is not None:
            raise Unavailable("the server did not start; the lines above say why")
        if time.monotonic() > deadline:
            raise Unavailable(f"the server was not ready after {START_TIMEOUT_S:.0f} s; `shopkeeper run` shows more")
        time.sleep(0.3)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _checked(answer: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = answer.json() if answer.content else {}
    if answer.is_error:
        raise BotError(str(document.get("error") or document.get("detail") or f"the server said {answer.status_code}"))
    return document
