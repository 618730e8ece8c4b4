"""Run applications on their doors: one event loop for all of a process, stopped together by SIGTERM or Ctrl-C."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import uvicorn
import uvloop
from fastapi import FastAPI

FRAME_LIMIT = 1_000_000  # bytes of a WebSocket frame; the gateway itself refuses much smaller ones politely
GRACE_S = 10


@dataclass(frozen=True)
class Door:
    """An application and where it listens."""

    app: FastAPI
    host: str
    port: int


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: of several servers each would take them from the others."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(doors: Sequence[Door]) -> None:
    """Serve until a signal; raises `SystemExit` when a port cannot be had."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(doors))


async def _serve(doors: Sequence[Door]) -> None:
    servers = [Server(_config(door)) for door in doors]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(_until_stopped(server, stop) for server in servers))


async def _until_stopped(server: Server, stop: Callable[[], None]) -> None:
    """One server that ends takes the others with it."""
    try:
        await server.serve()
    finally:
        stop()


def _config(door: Door) -> uvicorn.Config:
    return uvicorn.Config(
        door.app,
        host=door.host,
        port=door.port,
        log_config=None,
        access_log=False,
        ws_max_size=FRAME_LIMIT,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
