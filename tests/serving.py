"""An application on a port of its own, served by uvicorn in a thread, for clients that are not asynchronous."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from tests.ports import free_port


class ServerThread:
    """uvicorn in a thread, so that a browser can be driven from the test's own."""

    def __init__(self, app: FastAPI, *, port: int) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + 30
        while not self._server.started:
            if time.monotonic() > end or not self._thread.is_alive():
                raise RuntimeError("the server does not start")
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(15)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address at which `app` answers."""
    port = free_port()
    server = ServerThread(app, port=port)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
