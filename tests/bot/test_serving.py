"""Two doors in one process: both answer, and one signal closes both."""

import os
import signal
import threading
import time

import httpx
from fastapi import FastAPI

from bot.serving import serve
from tests.ports import free_port


def application(name):
    app = FastAPI()

    @app.get("/")
    async def root() -> str:
        return name

    return app


def test_two_doors_open_together_and_close_on_one_signal():
    ports = {"public": free_port(), "internal": free_port()}
    answers = {}

    def visit():
        try:
            for name, port in ports.items():
                answers[name] = ask(port)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    visitor.start()
    serve(*((application(name), "127.0.0.1", port) for name, port in ports.items()))
    visitor.join()
    assert answers == {"public": "public", "internal": "internal"}


def ask(port):
    for _ in range(100):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False).json()
        except httpx.ConnectError:
            time.sleep(0.05)
    raise TimeoutError("the door did not open")
