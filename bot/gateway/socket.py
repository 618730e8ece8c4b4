"""`/v1/socket`: the frames of docs/architecture.md. A socket holds no database session.

It delivers from the database, from the last `seq` it has sent: a push only says that there is something to read, and
every few seconds it looks without one.
"""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from bot.errors import BotError, TooLarge
from bot.gateway import incoming, tokens
from bot.gateway.body_limit import JSON_LIMIT
from bot.gateway.gateway import Gateway, current_gateway
from bot.gateway.messages import POLL_S, head, store_decline, store_rating, store_read, store_thumb
from bot.gateway.views import View, state_view
from bot.gateway.visitors import refuse_foreign
from bot.push import Subscription

router = APIRouter()

HELLO_S = 10.0
STORED = ("rating", "answer_rating", "decline")
BAD_FRAME, BAD_TOKEN, FOREIGN = 4400, 4401, 4403

Frame = dict[str, Any]


class BadFrame(BotError):
    """Not a JSON object, or not the frame that has to come now."""


@router.websocket("/v1/socket")
async def socket(websocket: WebSocket) -> None:
    gateway = current_gateway(websocket)
    await websocket.accept()
    line = Line(websocket, gateway)
    try:
        refuse_foreign(gateway, websocket.headers.get("origin"), websocket.headers.get("host", ""))
        hello = await line.hello()
        with gateway.meters.sockets.track_inprogress():
            await line.talk(hello)
    except WebSocketDisconnect:
        return
    except BotError as error:
        await line.close(error)


class Line:
    """One open socket: whose it is, which conversation it shows, and up to where."""

    def __init__(self, websocket: WebSocket, gateway: Gateway) -> None:
        self._websocket = websocket
        self._gateway = gateway
        self._visitor_id = ""
        self._conversation_id = ""
        self._cursor = 0
        self._state: Frame = {}
        self._sending = asyncio.Lock()

    async def hello(self) -> Frame:
        """The first frame; its token says whose line this is."""
        try:
            frame = await asyncio.wait_for(self._receive(), HELLO_S)
        except TimeoutError as error:
            raise BadFrame("The first frame must be `hello`, within 10 seconds.") from error
        if frame.get("type") != "hello":
            raise BadFrame("The first frame must be `hello`, with the visitor's token.")
        self._visitor_id = tokens.read(self._gateway.settings.secret_key, frame.get("token"))
        return frame

    async def talk(self, hello: Frame) -> None:
        """Show the visitor's conversation until the socket closes; go on in a new one when it has ended for good."""
        since_seq = hello.get("since_seq")
        self._cursor = since_seq if isinstance(since_seq, int) and since_seq > 0 else 0
        while True:
            self._conversation_id = await self._gateway.open(self._visitor_id)
            async with self._gateway.push.subscribe(self._conversation_id) as news:
                await self._welcome()
                await self._serve(news)
            self._cursor = 0

    async def close(self, error: BotError) -> None:
        code = {401: BAD_TOKEN, 403: FOREIGN}.get(error.status, BAD_FRAME)
        try:
            await self._send({"type": "error", "message": error.message, "status": error.status})
            await self._websocket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            return

    async def _serve(self, news: Subscription) -> None:
        """Listen and deliver until one of them ends; neither outlives this call, however it ends."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._deliver(news))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            failures = [task.exception() for task in tasks if not task.cancelled()]
        ending = next((failure for failure in failures if failure is not None), None)
        if ending is not None:
            raise ending

    async def _listen(self) -> None:
        """Take frames; returns when the visitor's messages have moved on to a new conversation."""
        while True:
            frame = await self._receive()
            kind = frame.get("type")
            if kind == "message":
                if not await self._take(frame):
                    return
            elif kind == "ping":
                await self._send({"type": "pong"})
            elif kind == "typing":
                await self._gateway.push.publish(self._conversation_id, typing="customer")
            elif kind == "read" and isinstance(frame.get("seq"), int):
                await store_read(self._gateway, self._conversation_id, frame["seq"])
            elif kind in STORED:
                await self._store(frame)

    async def _take(self, frame: Frame) -> bool:
        """Store a message and acknowledge it; False when that began another conversation."""
        client_msg_id = frame.get("client_msg_id")
        try:
            if len(str(frame.get("text", ""))) > JSON_LIMIT:
                raise TooLarge("That message is too large to send. Please write it shorter.")
            await self._gateway.limits.message(self._visitor_id)
            body = incoming.body(
                text=frame.get("text"), payload=frame.get("payload"), limit=self._gateway.settings.message_limit
            )
            turn = await self._gateway.accept(
                self._visitor_id, self._conversation_id, incoming.client_id(client_msg_id), body
            )
        except BotError as error:
            await self._send(
                {
                    "type": "refused",
                    "client_msg_id": client_msg_id,
                    "message": error.message,
                    "status": error.status,
                }
            )
            return True
        accepted = turn.accepted
        same = turn.conversation_id == self._conversation_id
        if same and accepted.seq == self._cursor + 1:
            self._cursor = accepted.seq  # this page has the message already: no need to read and send it
        await self._send(
            {"type": "ack", "client_msg_id": client_msg_id, "seq": accepted.seq, "duplicate": accepted.duplicate}
        )
        return same

    async def _deliver(self, news: Subscription) -> None:
        while True:
            pushed = await news.next(POLL_S)
            if pushed is not None and pushed.typing is not None:
                if pushed.typing != "customer":
                    await self._send({"type": "typing", "on": True, "author": pushed.typing})
            elif pushed is None or pushed.seq == 0 or pushed.seq > self._cursor:
                await self._catch_up()

    async def _welcome(self) -> None:
        seen = await self._gateway.view(self._conversation_id, self._cursor)
        self._state = state_view(seen)
        await self._send({"type": "welcome", **head(self._gateway, seen)})
        await self._show(seen)

    async def _catch_up(self) -> None:
        seen = await self._gateway.view(self._conversation_id, self._cursor)
        await self._show(seen)
        if state_view(seen) != self._state:
            self._state = state_view(seen)
            await self._send({"type": "state", **self._state})

    async def _show(self, seen: View) -> None:
        for message in seen.messages:
            if message["seq"] > self._cursor:
                await self._send({"type": "message", **message})
                self._cursor = message["seq"]
        self._cursor = max(self._cursor, seen.last_seq)

    async def _store(self, frame: Frame) -> None:
        """Keep a rating, a thumb or a "not interested"; why not, if not, goes to the page."""
        gateway, conversation_id = self._gateway, self._conversation_id
        try:
            match frame:
                case {"type": "rating", "score": int(score)}:
                    comment = frame.get("comment")
                    said = comment if isinstance(comment, str) else None
                    await asyncio.to_thread(store_rating, gateway, conversation_id, score, said)
                case {"type": "answer_rating", "seq": int(seq)}:
                    await store_thumb(gateway, conversation_id, seq, frame.get("helpful") is True)
                case {"type": "decline", "seq": int(seq), "product_id": str(product_id)}:
                    await asyncio.to_thread(store_decline, gateway, conversation_id, seq, product_id)
        except BotError as error:
            await self._send({"type": "refused", "message": error.message, "status": error.status})

    async def _receive(self) -> Frame:
        try:
            frame = json.loads(await self._websocket.receive_text())
        except (ValueError, KeyError, RecursionError) as error:
            raise BadFrame("A frame must be a JSON object in a text frame.") from error
        if not isinstance(frame, dict):
            raise BadFrame("A frame must be a JSON object in a text frame.")
        return frame

    async def _send(self, frame: Frame) -> None:
        async with self._sending:
            await self._websocket.send_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
