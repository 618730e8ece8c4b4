"""A customer for the tests: a widget without a browser, speaking the gateway's socket frames."""

import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.stack import Stack

ANSWER_TIMEOUT_S = 30
QUIET_S = 0.4


@dataclass
class Customer:
    """Opens a conversation at once; `customer_id` None is an anonymous visitor."""

    stack: Stack
    customer_id: str | None = None
    since_seq: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    state: str = "bot"
    conversation_id: str = ""
    token: str = ""
    socket: ClientConnection | None = None

    def __post_init__(self) -> None:
        body = {}
        if self.customer_id is not None:
            key = self.stack.env.get("IDENTITY_KEY", "development-only").encode()
            signature = hmac.new(key, self.customer_id.encode(), hashlib.sha256).hexdigest()
            body = {"customer_id": self.customer_id, "signature": signature}
        opened = httpx.post(f"{self.stack.url}/v1/visitors", json=body, timeout=10)
        opened.raise_for_status()
        self.token = opened.json()["token"]
        self.connect()

    def connect(self) -> None:
        """(Re)open the socket and read what was missed."""
        self.socket = connect(self.stack.url.replace("http", "ws", 1) + "/v1/socket", max_size=2**20)
        self.send({"type": "hello", "token": self.token, "since_seq": self.since_seq})
        for frame in self.frames(ANSWER_TIMEOUT_S):
            if frame["type"] == "welcome":
                self.conversation_id = frame["conversation_id"]
                break
        self.read_for(QUIET_S)

    def drop(self) -> None:
        """Lose the connection."""
        if self.socket is not None:
            self.socket.close()

    def send(self, frame: dict[str, Any]) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps(frame))

    def frames(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Frames as they come, until `seconds` are over; state and messages are kept."""
        assert self.socket is not None
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                frame = json.loads(self.socket.recv(timeout=left))
            except (TimeoutError, ConnectionClosed):
                return
            self.keep(frame)
            yield frame

    def keep(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            assert frame["seq"] > self.since_seq, "a message came twice or out of order"
            self.since_seq = frame["seq"]
            self.messages.append(frame)
        if frame["type"] in ("state", "welcome"):
            self.state = frame["state"]

    def keep_own(self, ack: dict[str, Any], text: str) -> None:
        """A page has its own message already, so the server does not send it back unless others came before it."""
        if ack["type"] == "ack" and ack["seq"] == self.since_seq + 1:
            own = {"seq": ack["seq"], "author": "customer", "body": {"type": "text", "text": text}}
            self.keep({"type": "message", **own})

    def read_for(self, seconds: float) -> list[dict[str, Any]]:
        """Whatever comes within `seconds`."""
        return list(self.frames(seconds))

    def post(self, text: str = "", *, payload: str | None = None, client_msg_id: str | None = None) -> dict[str, Any]:
        """Send a message and wait for its acknowledgement (or refusal)."""
        client_msg_id = client_msg_id or uuid.uuid4().hex
        frame = {"type": "message", "client_msg_id": client_msg_id, "text": text}
        self.send({**frame, "payload": payload} if payload else frame)
        for answer in self.frames(ANSWER_TIMEOUT_S):
            if answer["type"] in ("ack", "refused") and answer["client_msg_id"] == client_msg_id:
                self.keep_own(answer, text)
                return answer
        raise AssertionError(f"{text!r} was not acknowledged")

    def say(self, text: str = "", *, payload: str | None = None, seconds: float = ANSWER_TIMEOUT_S) -> "Answer":
        """Send a message and wait for what the shop says to it."""
        ack = self.post(text, payload=payload)
        assert ack["type"] == "ack", ack
        return self.answer_after(ack["seq"], seconds)

    def answer_after(self, seq: int, seconds: float = ANSWER_TIMEOUT_S) -> "Answer":
        """The messages of the other side after `seq`; all parts of a reply come at once."""
        deadline = time.monotonic() + seconds
        while not self.others_after(seq) and time.monotonic() < deadline:
            self.read_for(0.1)
        self.read_for(QUIET_S)
        return Answer(self.others_after(seq))

    def others_after(self, seq: int) -> list[dict[str, Any]]:
        return [each for each in self.messages if each["seq"] > seq and each["author"] != "customer"]

    def press(self, title: str) -> "Answer":
        """Press the newest button of that title."""
        buttons = itertools.chain.from_iterable(
            each["body"].get("buttons") or () for each in reversed(self.messages) if each["author"] == "bot"
        )
        button = next(button for button in buttons if button["title"].lower() == title.lower())
        return self.say(button["title"], payload=button["payload"])

    def silent_for(self, seconds: float) -> bool:
        """Whether the bot says nothing for that long."""
        before = len(self.messages)
        self.read_for(seconds)
        return not any(each["author"] == "bot" for each in self.messages[before:])


@dataclass(frozen=True)
class Answer:
    """What came back: one or several messages."""

    messages: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """All texts, in lower case, for looking things up in."""
        return " ".join(str(each["body"].get("text", "")) for each in self.messages).lower()

    @property
    def types(self) -> list[str]:
        return [each["body"]["type"] for each in self.messages]

    @property
    def buttons(self) -> list[str]:
        return [button["title"] for each in self.messages for button in each["body"].get("buttons") or ()]

    @property
    def everything(self) -> str:
        """The raw frames, for making sure that something is *not* in them."""
        return json.dumps(self.messages)

    def part(self, kind: str) -> dict[str, Any]:
        return next(each["body"] for each in self.messages if each["body"]["type"] == kind)
