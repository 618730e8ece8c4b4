"""Serve one or two ASGI applications in one process on one event loop, until SIGTERM or Ctrl-C."""

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

Door = tuple[ASGIApp, str, int]  # application, host, port

SHUTDOWN_S = 5
LARGEST_FRAME = 2**20


class Server(uvicorn.Server):
    """Leaves the process' signals to `serve`, which stops every door together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(*doors: Door) -> None:
    """Open the doors and block until the process is told to stop; SystemExit when one of them cannot open."""
    asyncio.run(_serve(doors))


async def _serve(doors: tuple[Door, ...]) -> None:
    servers = [Server(_config(*door)) for door in doors]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop()
    await asyncio.gather(*tasks)
    if not all(server.started for server in servers):
        sys.exit(1)


def _config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


def log_to_stderr(level: str) -> None:
    """One line an event; libraries say only what is wrong, since their INFO lines may carry addresses and texts."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for library in ("httpx", "httpcore", "uvicorn", "nicegui", "engineio", "socketio", "asyncio", "alembic"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLevelName(level)))
