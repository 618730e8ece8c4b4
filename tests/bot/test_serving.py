"""Two doors in one process: both answer, and one signal closes both."""

import os
import signal
import subprocess
import sys
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


def test_no_serving_process_loads_a_library_that_only_batch_work_needs():
    """All that `shopkeeper serve` may import in any of its parts."""
    parts = ("bot.services", "bot.gateway.app", "bot.models.routes", "bot.models.local", "bot.models.following")
    parts += ("bot.actions.server", "bot.console.pages", "bot.widget.routes", "bot.nightly", "insight.worker")
    heavy = ("implicit", "lightgbm", "shap", "mlxtend", "mabwiser", "ibis", "duckdb", "pyspark", "torch")
    code = f"import sys, {', '.join(parts)}; print(*(sys.modules.keys() & set({heavy})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == ""
