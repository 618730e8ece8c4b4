"""What every public route works with, made once by the composition root and kept in `app.state.gateway`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.requests import HTTPConnection

from bot import conversations, keys, opening_hours
from bot.conversations import Accepted, Closed
from bot.database import Database
from bot.errors import NotFound, NotSignedIn
from bot.gateway import tokens
from bot.gateway.limits import RateLimits
from bot.gateway.views import View, view
from bot.opening_hours import OpeningHours
from bot.push import Push
from bot.settings import Settings
from bot.tables import Message
from bot.turn.engine import Engine
from bot.turn.meters import Meters

WEB = "web"


@dataclass(frozen=True)
class Turn:
    """An accepted message; `task` gives the replies, None when another worker has the conversation."""

    conversation_id: str
    accepted: Accepted
    task: asyncio.Task[list[Message]] | None


@dataclass(frozen=True)
class Gateway:
    settings: Settings
    database: Database
    engine: Engine
    push: Push
    limits: RateLimits
    meters: Meters
    checks: Mapping[str, Callable[[], Awaitable[bool]]]  # by the part's name: is it there?

    @cached_property
    def hours(self) -> OpeningHours | None:
        """When people are at the desk; None: at any time."""
        return opening_hours.read(self.settings.opening_hours, zone=self.settings.time_zone)

    async def open(self, visitor_id: str, channel: str = WEB) -> str:
        """The id of the visitor's current conversation, opened if there is none."""
        return await asyncio.to_thread(self._open, visitor_id, channel)

    async def accept(
        self, visitor_id: str, conversation_id: str, client_msg_id: str, body: dict[str, Any], *, channel: str = WEB
    ) -> Turn:
        """Store a message and begin its turn, in a new conversation when this one is past reopening (or erased)."""
        try:
            return Turn(conversation_id, *await self.engine.accept(conversation_id, client_msg_id, body))
        except (Closed, NotFound):
            fresh = await self.open(visitor_id, channel)
            return Turn(fresh, *await self.engine.accept(fresh, client_msg_id, body))

    async def view(self, conversation_id: str, since_seq: int, *, parses: bool = False) -> View:
        return await asyncio.to_thread(self._view, conversation_id, since_seq, parses)

    async def answered(self, turn: Turn, wait_s: float) -> None:
        """Return when the message has its outcome, or after `wait_s`."""
        if turn.task is not None:
            await asyncio.wait([turn.task], timeout=wait_s)
            if not turn.task.done() or turn.task.result():
                return
        end = asyncio.get_running_loop().time() + wait_s
        async with self.push.subscribe(turn.conversation_id) as news:
            while await asyncio.to_thread(self._pending, turn) and asyncio.get_running_loop().time() < end:
                await news.next(min(1.0, wait_s))

    async def allows(self, key: str | None, *, scope: str, setting: str = "") -> bool:
        """Whether `key` is the one in the settings or was made for `scope` with `shopkeeper key create`."""
        if key is None:
            return False
        return (setting != "" and keys.same(key, setting)) or await asyncio.to_thread(self._made_for, key, scope)

    def _open(self, visitor_id: str, channel: str) -> str:
        with self.database.writing() as session:
            if channel != WEB:
                conversations.open_visitor(session, visitor_id)
            return conversations.open_conversation(session, visitor_id, channel).id

    def _view(self, conversation_id: str, since_seq: int, parses: bool) -> View:
        with self.database.reading() as session:
            return view(session, conversation_id, since_seq, settings=self.settings, hours=self.hours, parses=parses)

    def _pending(self, turn: Turn) -> bool:
        with self.database.reading() as session:
            found = conversations.messages(session, turn.conversation_id, turn.accepted.seq - 1)
            return any(message.seq == turn.accepted.seq and message.outcome == "pending" for message in found)

    def _made_for(self, key: str, scope: str) -> bool:
        with self.database.reading() as session:
            return keys.allows(session, key, scope=scope)


def current_gateway(connection: HTTPConnection) -> Gateway:
    return connection.app.state.gateway


CurrentGateway = Annotated[Gateway, Depends(current_gateway)]


def bearer(authorization: Annotated[str, Header()] = "") -> str | None:
    """The token of an `Authorization: Bearer` header."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


Bearer = Annotated[str | None, Depends(bearer)]


def current_visitor(gateway: CurrentGateway, token: Bearer) -> str:
    if token is None:
        raise NotSignedIn("Send the visitor's token as `Authorization: Bearer …`; POST /v1/visitors gives one.")
    return tokens.read(gateway.settings.secret_key, token)


CurrentVisitor = Annotated[str, Depends(current_visitor)]


async def require_reader(
    gateway: CurrentGateway, token: Bearer, x_read_key: Annotated[str | None, Header()] = None
) -> None:
    """A program that may read what is known of people."""
    if not await gateway.allows(x_read_key or token, scope="read"):
        raise NotSignedIn("Send a read key as `X-Read-Key`; `shopkeeper key create --scope read` makes one.")


READERS_ONLY = [Depends(require_reader)]
